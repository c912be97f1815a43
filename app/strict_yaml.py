"""The one reader of untrusted YAML: what JSON can say, in the spelling people like to write.

Scalars follow the core schema of YAML 1.2 (10.3.2), so `no`, `12:30` and `2016-01-22` are texts. Tags,
anchors, aliases, merge keys, complex keys and a second document are refused, and so is every value that
the reader of JSON refuses.

One rule is ours: a plain scalar under the key `version` is text as written, because `1.10` is a version
and, as a number, would be read as `1.1`.
"""

import re
from dataclasses import dataclass
from typing import Any, NoReturn

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


@dataclass(frozen=True, slots=True)
class Document:
    """A value, and the line (from 1) on which the value at each JSON Pointer (RFC 6901) begins."""

    value: Any
    lines: dict[str, int]


def loads(text: bytes | str) -> Document:
    """Return the one document of `text`, UTF-8 when bytes.

    Raises `MalformedBodyError`, with the line, for anything that is not plain data.
    """
    try:
        source = text.decode("utf-8") if isinstance(text, bytes) else text
        reader = _Reader(source)
        value = reader.document()
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8: byte {error.start} cannot be decoded.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise MalformedBodyError(f"The body is not YAML: {error.problem or error.context}{where}.") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise MalformedBodyError("The body is not YAML: it holds what is not a character there.") from error
    check_text(value)
    return Document(value, reader.lines)


class _Reader:
    """Builds the value straight from the events, so that nothing is resolved that was not written."""

    def __init__(self, source: str) -> None:
        self.lines: dict[str, int] = {}
        self._events = yaml.parse(source, Loader=yaml.SafeLoader)

    def document(self) -> Any:  # noqa: ANN401 (YAML has no narrower type)
        event = next(self._events)
        while not isinstance(event, yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                raise MalformedBodyError("The body holds no YAML document.")
            event = next(self._events)
        if event.tags:
            _refuse(event, "a %TAG directive")
        value = self._value(next(self._events), "", 0, verbatim=False)
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            _refuse(following, "a second document")
        return value

    def _value(self, event: yaml.Event, pointer: str, depth: int, *, verbatim: bool) -> Any:  # noqa: ANN401 (as above)
        if isinstance(event, yaml.AliasEvent):
            _refuse(event, f"the alias *{event.anchor}")
        if depth > MAX_DEPTH:
            raise MalformedBodyError(f"The body is nested more than {MAX_DEPTH} levels deep.")
        _refuse_decoration(event)
        self.lines[pointer] = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, verbatim=verbatim)
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
            name = _name(event)
            if name in members:
                _refuse(event, f"the key {name[:80]!r} a second time")
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            members[name] = self._value(next(self._events), place, depth + 1, verbatim=name == _VERBATIM)
        return members


def _refuse(event: yaml.Event, what: str) -> NoReturn:
    raise MalformedBodyError(f"Line {_line(event)} of the body holds {what}, which is not plain data.")


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None, "the parser marks every event"
    return event.start_mark.line + 1


def _refuse_decoration(event: yaml.Event) -> None:
    for what in ("anchor", "tag"):
        if (name := getattr(event, what, None)) is not None:
            _refuse(event, f"the {what} {name}")


def _name(event: yaml.Event) -> str:
    if isinstance(event, yaml.AliasEvent):
        _refuse(event, f"the alias *{event.anchor}")
    _refuse_decoration(event)
    if not isinstance(event, yaml.ScalarEvent):
        _refuse(event, "a key that is a list or a mapping")
    if event.value == "<<" and event.style is None:
        _refuse(event, "a merge key")
    if not isinstance(_scalar(event, verbatim=False), str):
        _refuse(event, f"the key {event.value!r}, which is no text; quote it")
    return str(event.value)


def _scalar(event: yaml.ScalarEvent, *, verbatim: bool) -> str | int | float | bool | None:
    text = str(event.value)
    if event.style is not None:
        return text
    if text in _NULLS:
        return None
    if verbatim:
        return text
    return _BOOLEANS[text] if text in _BOOLEANS else _number_or_text(event, text)


def _number_or_text(event: yaml.Event, text: str) -> str | int | float:
    if _INTEGER.fullmatch(text):
        return _integer(event, text, 10)
    if _HEXADECIMAL.fullmatch(text):
        return _integer(event, text, 0)
    if _NOT_FINITE.fullmatch(text):
        _refuse(event, f"{text}, which is not a number JSON has")
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if number in (float("inf"), float("-inf")):
        _refuse(event, f"the number {text[:40]}, which is too large")
    return number


def _integer(event: yaml.Event, digits: str, base: int) -> int:
    # the length is looked at first, because reading very long digits takes quadratic time
    if len(digits) > len(str(MAX_INTEGER)) + 3 or abs(int(digits, base)) > MAX_INTEGER:
        _refuse(event, f"the integer {digits[:40]}, which is beyond 2^53-1")
    return int(digits, base)
