"""From files to definitions: everything that is wrong with any of them in one answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from app import strict_json, strict_yaml
from app.domain.bundles.findings import Finding, Place, finding_of
from app.domain.bundles.kinds import (
    APPROVALS,
    BY_PLURAL,
    BY_WORD,
    CONTENT,
    EARNED,
    KINDS,
    RANKS,
    BundleKind,
    Named,
)
from app.domain.payloads import name_of, nearest, pointer_to
from app.domain.versions import OPEN, STATE_MEMBERS, VersionState, read_state
from app.errors import Fault, InvalidPayloadError, MalformedBodyError

DRAFTS = "drafts"
MAX_FINDINGS = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition of a bundle; a draft is stored and not published.

    `state` is how far the life of a published passport or series has come.
    """

    kind: BundleKind
    key: str
    version: str | None
    document: dict[str, Any]
    place: Place
    is_draft: bool = False
    state: VersionState = OPEN

    @property
    def name(self) -> tuple[str, str, str | None, bool]:
        """What no two definitions of one bundle share."""
        return (self.kind.plural, self.key, self.version, self.is_draft)


@dataclass(frozen=True, slots=True)
class Unread:
    """A definition that breaks a rule of its kind: where, and its key as far as it says one."""

    kind: BundleKind
    key: str
    document: Mapping[str, Any]
    place: Place
    faults: tuple[Fault, ...]
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Bundle:
    """The definitions that could be read, in the order in which they are applied, and what was found.

    `unread` are those with faults, which are among the findings.
    """

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A value that is to be a definition; without a kind it says of which itself."""

    value: Any
    place: Place
    kind: BundleKind | None = None
    is_draft: bool = False


def read_bundle(files: Mapping[str, str | Mapping[str, Any]]) -> Bundle:
    """Return what stands in `files`: by name, the text of each, or what was read from it already.

    A file holds YAML documents or one of JSON. Each is a definition that says its `kind`, a list of
    those, or a mapping of lists by their plurals: `{frameworks: […], passports: […]}`, and what stands
    there under `drafts`.
    """
    findings: list[Finding] = []
    unread: list[Unread] = []
    entries: dict[tuple[str, str, str | None, bool], Entry] = {}
    for name in sorted(files):
        for found in _definitions(name, files[name], findings):
            entry = _entry(found, findings)
            if isinstance(entry, Unread):
                unread.append(entry)
            if not isinstance(entry, Entry):
                continue
            other = entries.setdefault(entry.name, entry)
            if other is not entry:
                detail = f"{_words(entry)} stands in {_where(other.place)} already."
                findings.append(finding_of(Fault("", "duplicate_key", detail), entry.place))
    ordered = sorted(entries.values(), key=lambda each: (RANKS[each.kind.plural], each.is_draft))
    return Bundle(tuple(ordered), tuple(findings[:MAX_FINDINGS]), tuple(unread))


def _words(entry: Entry) -> str:
    return " ".join(each for each in (entry.kind.word, entry.key, entry.version) if each)


def _where(place: Place) -> str:
    line = place.line_of("")
    return f"{place.file}:{line}" if line else place.file


# Files and documents --------------------------------------------------------------------------------


def _definitions(name: str, text: str | Mapping[str, Any], findings: list[Finding]) -> Iterator[_Found]:
    documents = _documents(name, text, findings) if isinstance(text, str) else [(text, Place(name))]
    for value, place in documents:
        if isinstance(value, list):
            yield from (_Found(each, _below(place, number)) for number, each in enumerate(value))
        elif isinstance(value, Mapping) and "kind" not in value and _tell_tale(value) is None:
            yield from _listed(value, place, findings, is_draft=False)
        elif value is not None:
            yield _Found(value, place)


def _documents(name: str, text: str, findings: list[Finding]) -> list[tuple[Any, Place]]:
    reading = strict_yaml.read_all(text)
    if name.endswith(".json"):
        try:
            value = strict_json.loads(text.encode())
        except MalformedBodyError as error:
            fault = Fault("", "malformed_body", _of_file(error.detail), line=_line_of(error, reading))
            findings.append(finding_of(fault, Place(name)))
            return []
        lines = reading.documents[0].lines if reading.documents else {}
        return [(value, Place(name, "", lines))]
    for refusal in reading.refusals:
        code = "malformed_body" if refusal.syntax else "not_plain_data"
        fault = Fault("", code, _of_file(refusal.detail), refusal.hint, refusal.line)
        findings.append(finding_of(fault, Place(name)))
    return [(document.value, Place(name, "", document.lines)) for document in reading.documents]


def _of_file(detail: str) -> str:
    return detail.replace("The body", "The file", 1)


def _line_of(error: MalformedBodyError, reading: strict_yaml.Reading) -> int | None:
    """Return the line of what is wrong with JSON; that of a second key is what the reader of YAML says."""
    if isinstance(error.__cause__, JSONDecodeError):
        return error.__cause__.lineno
    return reading.refusals[0].line if reading.refusals else None


def _below(place: Place, *steps: str | int) -> Place:
    pointer = place.pointer
    for step in steps:
        pointer = pointer_to(pointer, step)
    return Place(place.file, pointer, place.lines)


def _listed(
    value: Mapping[str, Any], place: Place, findings: list[Finding], *, is_draft: bool
) -> Iterator[_Found]:
    """Yield what a mapping of lists holds."""
    for plural, members in value.items():
        is_drafts = plural == DRAFTS and not is_draft
        if is_drafts and isinstance(members, Mapping):
            yield from _listed(members, _below(place, DRAFTS), findings, is_draft=True)
        elif not is_drafts and plural not in BY_PLURAL:
            fault = _unknown_plural(plural, value)
            findings.append(finding_of(fault, place))
        elif is_drafts or not isinstance(members, list):
            wanted = "a mapping, such as {passports: […]}" if is_drafts else "a list"
            detail = f"This is {name_of(members)}; it has to be {wanted}."
            findings.append(finding_of(Fault(f"/{plural}", "wrong_type", detail), place))
        else:
            for number, each in enumerate(members):
                yield _Found(each, _below(place, plural, number), BY_PLURAL[plural], is_draft)


def _unknown_plural(plural: str, value: Mapping[str, Any]) -> Fault:
    pointer = pointer_to("", plural)
    known = tuple(BY_PLURAL) if plural == DRAFTS else (*BY_PLURAL, DRAFTS)  # no drafts among drafts
    close = nearest(plural, known)
    detail = f"The key {plural[:80]!r} is not known in a bundle."
    if not any(each in known for each in value):
        close = f"A definition says its kind, such as kind: Passport. {close}"
    return Fault(pointer, "unknown_key", detail, close)


# Definitions ----------------------------------------------------------------------------------------


def _tell_tale(value: Mapping[str, Any]) -> BundleKind | None:
    return next((kind for kind in KINDS if kind.tell_tale in value), None)


def _entry(found: _Found, findings: list[Finding]) -> Entry | Unread | None:
    """Return the definition, what is left of it after adding what is wrong with it, or None.

    One that does not say its kind is read as what it seems to be: that is told, and what else is wrong.
    """
    value, place = found.value, found.place
    if not isinstance(value, Mapping):
        detail = f"This is {name_of(value)}; a definition is a mapping."
        findings.append(finding_of(Fault("", "wrong_type", detail), place))
        return None
    kind = found.kind or _kind_of(value, place, findings)
    if kind is None:
        return None
    said = {name: each for name, each in value.items() if name != "kind"}
    document = value if kind is not CONTENT or value.get("kind") != CONTENT.word else said
    try:
        named, state = _read(kind, document, is_draft=found.is_draft)
    except InvalidPayloadError as error:
        findings.extend(finding_of(fault, place) for fault in error.faults)
        key = None if kind is APPROVALS else document.get("key")  # an approval is not referred to
        name = key if isinstance(key, str) else ""
        return Unread(kind, name, document, place, tuple(error.faults), found.is_draft)
    if found.is_draft and not kind.is_versioned:
        detail = f"{kind.word} has no drafts."
        findings.append(finding_of(Fault("", "wrong_value", detail, f"Put it under {kind.plural}."), place))
        return None
    return Entry(kind, named.key, named.version, named.document, place, found.is_draft, state)


def _read(kind: BundleKind, document: Mapping[str, Any], *, is_draft: bool) -> tuple[Named, VersionState]:
    """Return what a document says, and the state that stands beside it; raises `InvalidPayloadError`."""
    if kind not in EARNED or is_draft:
        return kind.read(document), OPEN
    members = {name: document[name] for name in STATE_MEMBERS if name in document}
    faults: list[Fault] = []
    state, named = OPEN, None
    try:
        state = read_state(members)
    except InvalidPayloadError as error:
        faults += error.faults
    try:
        named = kind.read({name: each for name, each in document.items() if name not in members})
    except InvalidPayloadError as error:
        faults += error.faults
    if named is None or faults:
        raise InvalidPayloadError("The definition breaks a rule.", faults=faults)
    return named, state


def _kind_of(value: Mapping[str, Any], place: Place, findings: list[Finding]) -> BundleKind | None:
    word = value.get("kind")
    kind = BY_WORD.get(word) if isinstance(word, str) else None
    if kind is not None:
        return kind
    words = tuple(each.word for each in KINDS)
    likely = _tell_tale(value) if word is None else None
    if word is None:
        hint = f"Write kind: {likely.word}." if likely else f"One of: {', '.join(words)}."
        fault = Fault("", "missing_kind", "This definition does not say its kind.", hint)
    else:
        fault = Fault("/kind", "wrong_value", f"{str(word)[:80]!r} is no kind.", nearest(str(word), words))
    findings.append(finding_of(fault, place))
    return likely
