"""The one reader of untrusted YAML: what JSON can say, in the spelling people like to write.

Scalars follow the core schema of YAML 1.2 (10.3.2), so `no`, `12:30` and `2016-01-22` are texts. Tags,
anchors, aliases, merge keys, complex keys and duplicate keys are refused, and so is every value that the
reader of JSON refuses.

One rule is ours: a plain scalar under the key `version` is text as written, because `1.10` is a version
and, as a number, would be read as `1.1`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from app.errors import MalformedBodyError
from app.strict_json import MAX_DEPTH, MAX_INTEGER, check_text

_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_VERBATIM = "version"
_BEGINNING = re.compile(r"^(?:%.*\n){0,9}---(?=\s|\Z)", re.MULTILINE)
"""Of a document, with its directives: no value holds such a line (YAML 1.2, 9.1.2)."""

_NO_TABS = "Indent with spaces: YAML takes no tabs there. The rest of this document was not read."

MAX_REFUSALS = 100
"""More are not kept of one text."""


@dataclass(frozen=True, slots=True)
class Document:
    """A value, and the line (from 1) of each JSON Pointer (RFC 6901) into it: of the key, if it has one."""

    value: Any
    lines: dict[str, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not plain data, the line on which it stands, and how to mend it.

    After one that is `syntax`, nothing more of its document could be read.
    """

    line: int
    detail: str
    hint: str | None = None
    syntax: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents of a text, and all that was refused; what was refused is null in the documents."""

    documents: tuple[Document, ...]
    refusals: tuple[Refusal, ...]


def loads(text: bytes | str) -> Document:
    """Return the one document of `text`, UTF-8 when bytes.

    Raises `MalformedBodyError`, with the line, for anything that is not plain data, and for a second
    document.
    """
    reader = _Reader(strict=True)
    documents = list(reader.documents(_decoded(text)))
    if not documents:
        raise MalformedBodyError("The body holds no YAML document.")
    check_text(documents[0].value)
    return documents[0]


def read_all(text: str) -> Reading:
    """Return all documents of `text` that can be read, and everything in it that is refused.

    After a fault of syntax, reading goes on with the next document.
    """
    reader = _Reader(strict=False)
    documents: list[Document] = []
    for above, part in _parts(text):
        try:
            for document in reader.documents(part, above=above):
                check_text(document.value)
                documents.append(document)
        except MalformedBodyError as error:
            hint = _NO_TABS if "'\\t'" in error.detail else None
            reader.refusals.append(Refusal(reader.line, error.detail, hint, syntax=True))
    return Reading(tuple(documents), tuple(reader.refusals[:MAX_REFUSALS]))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Yield each document by itself, after the number of lines above it."""
    above, start = 0, 0
    ends = [each.start() for each in _BEGINNING.finditer(text) if each.start() > 0]
    for end in (*ends, len(text)):
        part = text[start:end]
        yield above, part
        above, start = above + part.count("\n"), end


def _decoded(text: bytes | str) -> str:
    try:
        return text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8: byte {error.start} cannot be decoded.") from error


class _Reader:
    """Builds the values straight from the events, so that nothing is resolved that was not written.

    A strict one raises at the first thing to refuse; the other one keeps it and reads on.
    """

    def __init__(self, *, strict: bool) -> None:
        self.refusals: list[Refusal] = []
        self.line = 1
        self._strict = strict
        self._above = 0
        self._lines: dict[str, int] = {}
        self._events: Iterator[Any] = iter(())

    def documents(self, source: str, *, above: int = 0) -> Iterator[Document]:
        """Yield the documents; raises `MalformedBodyError` for what cannot be read on from.

        So many lines are `above` the source.
        """
        self._above = above
        self.line = above + 1
        try:
            self._events = yaml.parse(source, Loader=yaml.SafeLoader)
            number = 0
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    number += 1
                    yield self._document(event, number)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.line = above + mark.line + 1 if mark else self.line
            where = f" at line {self.line}, column {mark.column + 1}" if mark else ""
            what = error.problem or error.context
            raise MalformedBodyError(f"The body is not YAML: {what}{where}.") from error
        except yaml.reader.ReaderError as error:
            self.line = above + source.count("\n", 0, error.position) + 1
            detail = f"The body is not YAML: line {self.line} holds what is not a character there."
            raise MalformedBodyError(detail) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            detail = "The body is not YAML: it holds what is not a character there."
            raise MalformedBodyError(detail) from error

    def _document(self, event: yaml.DocumentStartEvent, number: int) -> Document:
        if number > 1 and self._strict:
            self._refuse(event, "a second document")
        if event.tags:
            self._refuse(event, "a %TAG directive")
        self._lines = {}
        return Document(self._value(next(self._events), "", 0, verbatim=False), self._lines)

    def _refuse(self, event: yaml.Event, what: str, hint: str | None = None) -> None:
        line = self._line(event)
        if self._strict:
            raise MalformedBodyError(f"Line {line} of the body holds {what}, which is not plain data.")
        refusal = Refusal(line, f"Here stands {what}, which is not plain data.", hint)
        if len(self.refusals) < MAX_REFUSALS and refusal not in self.refusals:
            self.refusals.append(refusal)

    def _line(self, event: yaml.Event) -> int:
        assert event.start_mark is not None, "the parser marks every event"
        return self._above + event.start_mark.line + 1

    def _value(self, event: yaml.Event, pointer: str, depth: int, *, verbatim: bool) -> Any:  # noqa: ANN401 (YAML has no narrower type)
        self.line = self._line(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse_alias(event)
            return None
        if depth > MAX_DEPTH:
            raise MalformedBodyError(f"The body is nested more than {MAX_DEPTH} levels deep.")
        self._refuse_decoration(event)
        self._lines.setdefault(pointer, self.line)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, verbatim=verbatim)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(pointer, depth)
        return self._mapping(pointer, depth)

    def _sequence(self, pointer: str, depth: int) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, f"{pointer}/{len(values)}", depth + 1, verbatim=False))
        return values

    def _mapping(self, pointer: str, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._name(event, pointer, depth)
            known = name in members
            if known:
                self._refuse(event, f"the key {name[:80]!r} a second time", "Keep one of the two.")
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            self._lines.setdefault(place, self._line(event))
            value = self._value(next(self._events), place, depth + 1, verbatim=name == _VERBATIM)
            if not known:
                members[name] = value
        return members

    def _name(self, event: yaml.Event, pointer: str, depth: int) -> str:
        if isinstance(event, yaml.AliasEvent):
            self._refuse_alias(event)
            return f"*{event.anchor}"
        self._refuse_decoration(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "a key that is a list or a mapping")
            self._value(event, f"{pointer}/?", depth + 1, verbatim=False)
            return "?"
        if event.value == "<<" and event.style is None:
            self._refuse(event, "a merge key", "Write the keys out that it stands for.")
        elif not isinstance(self._scalar(event, verbatim=False), str):
            self._refuse(event, f"the key {event.value!r}, which is no text; quote it")
        return str(event.value)

    def _refuse_decoration(self, event: yaml.Event) -> None:
        if (anchor := getattr(event, "anchor", None)) is not None:
            self._refuse(event, f"the anchor {anchor}", f"Leave &{anchor} out.")
        if (tag := getattr(event, "tag", None)) is not None:
            self._refuse(event, f"the tag {tag}", "Leave it out; a text can stand in quotes.")

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        self._refuse(event, f"the alias *{event.anchor}", "Write out here what it stands for.")

    def _scalar(self, event: yaml.ScalarEvent, *, verbatim: bool) -> str | int | float | bool | None:
        text = str(event.value)
        if event.style is not None:
            return text
        if text in _NULLS:
            return None
        if verbatim:
            return text
        return _BOOLEANS[text] if text in _BOOLEANS else self._number_or_text(event, text)

    def _number_or_text(self, event: yaml.Event, text: str) -> str | int | float | None:
        if _INTEGER.fullmatch(text):
            return self._integer(event, text, 10)
        if _HEXADECIMAL.fullmatch(text):
            return self._integer(event, text, 0)
        if _NOT_FINITE.fullmatch(text):
            self._refuse(event, f"{text}, which is not a number JSON has")
            return None
        if not _FLOAT.fullmatch(text):
            return text
        number = float(text)
        if number in (float("inf"), float("-inf")):
            self._refuse(event, f"the number {text[:40]}, which is too large")
            return None
        return number

    def _integer(self, event: yaml.Event, digits: str, base: int) -> int | None:
        # the length is looked at first, because reading very long digits takes quadratic time
        if len(digits) > len(str(MAX_INTEGER)) + 3 or abs(int(digits, base)) > MAX_INTEGER:
            self._refuse(event, f"the integer {digits[:40]}, which is beyond 2^53-1")
            return None
        return int(digits, base)


# Writing --------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Writes texts plain only where the reader above takes them for texts."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 (its parent's)
        """Indent lists below their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (its parent's)
        """Write a value that occurs twice twice: anchors are refused by the reader."""
        return True


_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(rf"(?:{_INTEGER.pattern}|{_HEXADECIMAL.pattern}|{_FLOAT.pattern})$", re.ASCII),
    list("-+.0123456789"),
)


def dumps(value: Any) -> str:  # noqa: ANN401 (any value that JSON has)
    """Return `value` as one document that `loads` reads back as it is."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
