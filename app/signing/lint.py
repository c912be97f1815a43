"""Everything a document must satisfy: strictly before it may be signed, as the standard allows when checked.

One walk over the table of `shapes` does both, where a test made of the same table (`conforming`) does not say
that there is nothing to be found. Strict is what this service writes (arrays where several
are possible, a Profile as issuer, whole seconds); lenient is what Open Badges 3.0 lets others write.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from app.errors import Fault
from app.signing import datetimes, related_resources
from app.signing.conforming import conforming
from app.signing.members import containers
from app.signing.scalars import SCALARS, enumerated, is_absolute_iri, is_in_languages, matches
from app.signing.shapes import ENUMERATIONS, EXTENSIBLE, SHAPES, Member, Shape

VC_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
VC_1_CONTEXT: Final = "https://www.w3.org/2018/credentials/v1"
MAX_FAULTS: Final = 100
"""Faults after which a document is not read on: the list is for a person, and hostile input is long."""

PERIODS: Final = (("validFrom", "validUntil"), ("issuanceDate", "expirationDate"))
"""The members for both ends of the validity period, in data model 2.0 and in 1.1."""

PRESENTATION: Final = "VerifiablePresentation"

OPEN_BADGES_CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

_OPEN_BADGES: Final = frozenset({"OpenBadgeCredential", "AchievementCredential"})
_OPEN_BADGES_CONTEXT: Final = re.compile(
    r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json",
    re.ASCII,
)
_INDEX: Final = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_KEYWORDS: Final = frozenset({"@context", "@id", "@type"})
_POLICY_MEMBERS: Final = frozenset(
    {"issuer", "credentialStatus", "credentialSubject"}
    | {"validFrom", "validUntil", "issuanceDate", "expirationDate"}
)


def lint_document(document: Mapping[str, Any], *, repeats_id: bool = True) -> tuple[Fault, ...]:
    """Return what keeps `document`, an unsigned badge or status list, from being signed, if anything.

    `repeats_id` is false where its text shows that nothing but its `id` is like its id.
    """
    is_list = "BitstringStatusListCredential" in types_of(document)
    kind = "BitstringStatusListCredential" if is_list else "AchievementCredential"
    faults = _faults(document, kind, strict=True)
    return tuple(faults or [*_relations(document, repeats_id), *_house_rules(document, is_list=is_list)])


def conformance_faults(credential: Mapping[str, Any], *, repeats_id: bool = True) -> tuple[Fault, ...]:
    """Return where a credential or presentation breaks the rules of its kind (see `kind_of`), if anywhere.

    `repeats_id` is as in `lint_document`.
    """
    kind = kind_of(credential)
    version = " 1.1" if is_version_1(credential) and f"{kind} 1.1" in SHAPES else ""
    faults = _faults(credential, kind + version, strict=False)
    return tuple(faults or [*_context_order(credential), *_relations(credential, repeats_id)])


def _faults(document: Mapping[str, Any], kind: str, *, strict: bool) -> list[Fault]:
    return [] if conforming(kind, strict=strict)(document) else _Walk(strict=strict).faults_of(document, kind)


def kind_of(credential: Mapping[str, Any]) -> str:
    """Return the class by whose rules `credential` is judged.

    Without a type of Open Badges or of a status list that is Verifiable Credentials alone.
    """
    types = types_of(credential)
    if types & _OPEN_BADGES:
        return "AchievementCredential"
    for name in ("EndorsementCredential", "BitstringStatusListCredential", "StatusList2021Credential"):
        if name in types:
            return name
    if PRESENTATION in types and "VerifiableCredential" not in types:
        return PRESENTATION
    return "VerifiableCredential"


def is_version_1(credential: Mapping[str, Any]) -> bool:
    """Return whether the first context is the one of data model 1.1."""
    return _several(credential.get("@context"))[:1] == [VC_1_CONTEXT]


def types_of(value: object) -> frozenset[str]:
    """Return the types of a JSON-LD object; none when it has no readable ones."""
    types = value.get("type") if isinstance(value, Mapping) else None
    return frozenset(name for name in _several(types) if isinstance(name, str))


_Place: TypeAlias = tuple["_Place | None", str | int]
"""Where a walk is: the place around, and the name or index in it. Spelt out only for a fault."""


def _pointer(where: _Place | None) -> str:
    """Return a place as a JSON Pointer (RFC 6901)."""
    names: list[str] = []
    while where is not None:
        where, name = where
        names.append("/" + str(name).replace("~", "~0").replace("/", "~1"))
    return "".join(reversed(names))


class _EnoughError(Exception):
    """So many faults were found that the walk ends."""


class _Walk:
    """One walk over a document, collecting faults."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.faults: list[Fault] = []

    def faults_of(self, document: object, name: str) -> list[Fault]:
        """Return the first faults, at most `MAX_FAULTS`, of a document that should be a `name`."""
        with suppress(_EnoughError):
            self.check(document, name, None)
        return self.faults

    def check(self, value: object, name: str, where: _Place | None) -> None:
        """Check one object against the table."""
        shape = SHAPES[name]
        if not isinstance(value, dict):
            self._report(where, "not_an_object", f"This is not one {name} object.")
            return
        if not value:
            self._report(where, "empty_object", f"The {name} says nothing.")
            return
        if shape.typed:
            self._type(value, shape, name, where)
        for member in shape.required:
            if member not in value:
                self._report(where, "missing_member", f"The {name} has no {member}.")
        members = shape.members
        for member, held in value.items():
            if held is not None and member in members:
                self._member(held, members[member], (where, member))
            else:
                self._other(held, shape, name, (where, member))

    def _other(self, held: object, shape: Shape, name: str, where: _Place) -> None:
        """Check a member that says nothing, or that the table does not know."""
        member = str(where[1])
        if held is None:
            self._report(where, "null_value", "Null is not a value: leave the member out.")
        elif member == "@id" and where[0] is None:
            detail = "What is looked up by its name has it in `id`: write that."
            self._report(where, "keyword_member", detail)
        elif member.startswith("@") and member not in _KEYWORDS:
            detail = "JSON-LD would read something else here than what is written: give the object itself."
            self._report(where, "keyword_member", detail)
        elif shape.closed and member != "type":
            detail = f"{name} has no member {member!r} and allows no others."
            self._report(where, "unknown_member", detail)

    def _type(self, value: Mapping[str, Any], shape: Shape, name: str, place: _Place | None) -> None:
        types, where = types_of(value), (place, "type")
        if not types:
            self._report(where, "type_missing", f"The {name} has no type.")
        for alternatives in shape.types:
            if types and not types & alternatives:
                wanted = " or ".join(sorted(alternatives))
                self._report(where, "wrong_type", f"The type of this {name} does not contain {wanted}.")
        if self.strict and types and isinstance(value["type"], str) != shape.text_type:
            form = "a plain text" if shape.text_type else "an array"
            self._report(where, "type_form", f"The type of {name} is written as {form}.")

    def _member(self, value: object, rule: Member, where: _Place) -> None:
        if not rule.many or not isinstance(value, list):
            if rule.array and self.strict:
                self._report(where, "not_an_array", "Several values are possible: write an array.")
            self._value(value, rule, where)
            return
        if not value and (self.strict or rule.required):
            self._report(where, "empty_array", "An empty array says nothing.")
        for index, item in enumerate(value):
            self._value(item, rule, (where, index))

    def _value(self, value: object, rule: Member, where: _Place) -> None:
        if rule.shape is not None and not (rule.scalar and isinstance(value, str)):
            self.check(value, rule.shape, where)
        elif rule.scalar in ENUMERATIONS:
            self._enumerated(value, rule.scalar, where)
        else:
            holds, code, detail = SCALARS[rule.scalar]
            if not holds(value) and not (
                rule.scalar == "text" and not self.strict and is_in_languages(value)
            ):
                self._report(where, code, detail)

    def _enumerated(self, value: object, name: str, where: _Place) -> None:
        if not enumerated(name)(value):
            hint = "An own value starts with `ext:`." if name in EXTENSIBLE else None
            self._report(where, "not_in_enumeration", f"This is no value of {name}.", hint)

    def _report(self, where: _Place | None, code: str, detail: str, hint: str | None = None) -> None:
        self.faults.append(Fault(_pointer(where), code, detail, hint))
        if len(self.faults) == MAX_FAULTS:
            raise _EnoughError


# Rules between members --------------------------------------------------------------------------------


def _context_order(credential: Mapping[str, Any]) -> list[Fault]:
    """Check the first contexts (VCDM 2.0, Contexts; Open Badges 3.0, AchievementCredential)."""
    listed = _several(credential["@context"])
    if listed[:1] not in ([VC_CONTEXT], [VC_1_CONTEXT]):
        return [Fault("/@context", "context_order", f"The first context is not {VC_CONTEXT}.")]
    is_badge = kind_of(credential) in ("AchievementCredential", "EndorsementCredential")
    if is_badge and not matches(_OPEN_BADGES_CONTEXT)(listed[1] if len(listed) > 1 else None):
        return [Fault("/@context", "context_order", "The second context is not one of Open Badges 3.0.")]
    return []


def _relations(credential: Mapping[str, Any], repeats_id: bool) -> list[Fault]:  # noqa: FBT001 (passed on)
    """Check what members say about each other, in a credential whose members are each in order."""
    faults = _hidden_members(credential) if repeats_id else []
    for first, last in PERIODS:
        starts, ends = credential.get(first), credential.get(last)
        if starts and ends and datetimes.parse(starts) > datetimes.parse(ends):
            faults.append(Fault(f"/{last}", "period_reversed", "The credential ends before it starts."))
    kind = kind_of(credential)
    if kind == "VerifiableCredential":
        faults += related_resources.faults(credential)
    if kind != "AchievementCredential":
        return faults
    subject = credential["credentialSubject"]
    if "id" not in subject and not subject.get("identifier"):
        detail = "The subject has neither an id nor an identifier: nobody holds this badge."
        faults.append(Fault("/credentialSubject", "subject_not_identified", detail))
    criteria = subject["achievement"]["criteria"]
    if "id" not in criteria and "narrative" not in criteria:
        pointer = "/credentialSubject/achievement/criteria"
        faults.append(Fault(pointer, "criteria_missing", "The criteria have neither an id nor a narrative."))
    return faults + _result_faults(subject)


def _hidden_members(credential: Mapping[str, Any]) -> list[Fault]:
    """Refuse an inner object that speaks under the credential's own id.

    RDF signs which id has a property, not where it stands: revocation or end of validity, moved into such
    an object, would still be signed and no longer be seen.
    """
    identifier = credential.get("id")
    hidden = next((each for each in containers(credential)[1:] if _speaks_under(identifier, each)), None)
    if hidden is None:
        return []
    pointer = _pointer({id(value): where for where, value in _places(credential)}[id(hidden)])
    detail = "An object within the credential has the credential's id and says more about it."
    return [Fault(pointer, "id_reused", detail)]


def _places(document: Mapping[str, Any]) -> Iterator[tuple[_Place | None, Any]]:
    """Yield the objects and arrays in `document` with the places where they stand."""
    stack: list[tuple[_Place | None, Any]] = [(None, document)]
    while stack:
        where, value = stack.pop()
        yield where, value
        members = enumerate(value) if isinstance(value, list) else value.items()
        stack += [((where, name), item) for name, item in members if isinstance(item, dict | list)]


def _speaks_under(identifier: object, value: dict[str, Any] | list[Any]) -> bool:
    """Return whether `value` is an object with this id and a member that decides about a credential."""
    if isinstance(value, list) or identifier not in (value.get("id", ""), value.get("@id", "")):
        return False
    return not _POLICY_MEMBERS.isdisjoint(value)


def _result_faults(subject: Mapping[str, Any]) -> list[Fault]:
    """Check that results name descriptions, and levels, which their achievement has."""
    faults = []
    listed = _several(subject["achievement"].get("resultDescription", []))
    descriptions = {entry["id"]: entry for entry in listed}
    levels = {level["id"] for entry in listed for level in _several(entry.get("rubricCriterionLevel", []))}
    for index, entry in enumerate(listed):
        if "requiredLevel" in entry and entry["requiredLevel"] not in levels:
            pointer = f"/credentialSubject/achievement/resultDescription/{index}/requiredLevel"
            faults.append(Fault(pointer, "unknown_level", "No rubric level of the achievement has this id."))
    for index, result in enumerate(_several(subject.get("result", []))):
        pointer = f"/credentialSubject/result/{index}"
        described = descriptions.get(result.get("resultDescription", ""))
        if "resultDescription" in result and described is None:
            detail = "No result description of the achievement has this id."
            faults.append(Fault(f"{pointer}/resultDescription", "unknown_result_description", detail))
        if "achievedLevel" in result and result["achievedLevel"] not in levels:
            detail = "No rubric level of the achievement has this id."
            faults.append(Fault(f"{pointer}/achievedLevel", "unknown_level", detail))
        if described is not None and described["resultType"] == "Status" and "status" not in result:
            faults.append(Fault(pointer, "status_missing", "A result of the type Status has no status."))
    return faults


def _house_rules(document: Mapping[str, Any], *, is_list: bool) -> list[Fault]:
    """Check what this service promises of its own documents beyond the standard."""
    faults = []
    contexts = [VC_CONTEXT] if is_list else [VC_CONTEXT, OPEN_BADGES_CONTEXT]
    if document["@context"] != contexts:
        faults.append(Fault("/@context", "context_order", f"The contexts are not {', '.join(contexts)}."))
    if "proof" in document:
        faults.append(Fault("/proof", "already_secured", "The document has a proof already."))
    for member in ("validFrom", "validUntil"):
        if "." in document.get(member, ""):
            detail = "Whole seconds only: a JWT's numeric dates must say the same."
            faults.append(Fault(f"/{member}", "fraction_of_second", detail))
    if is_list:
        return faults
    if not isinstance(document["issuer"], Mapping):
        faults.append(Fault("/issuer", "issuer_form", "The issuer is written as a Profile object."))
    if "name" not in document:
        faults.append(Fault("", "missing_member", "The credential has no name for wallets to show."))
    if "id" not in document["credentialSubject"]:
        detail = "Without an id of the subject there is no VC-JWT (claim sub)."
        faults.append(Fault("/credentialSubject", "subject_id_missing", detail))
    if "credentialStatus" in document:
        faults += _status_faults(document["credentialStatus"])
    return faults


def _status_faults(status: Mapping[str, Any] | list[Mapping[str, Any]]) -> list[Fault]:
    """Check our status entries: one stands alone, of several each has a purpose of its own."""
    if isinstance(status, Mapping):
        return _status_entry_faults(status, "/credentialStatus")
    faults = [
        fault
        for index, entry in enumerate(status)
        for fault in _status_entry_faults(entry, f"/credentialStatus/{index}")
    ]
    purposes = {entry.get("statusPurpose") for entry in status}
    if len(status) == 1 or len(purposes) < len(status):
        detail = "One status entry stands without an array, and of several each has its own purpose."
        faults.append(Fault("/credentialStatus", "status_form", detail))
    return faults


def _status_entry_faults(entry: Mapping[str, Any], pointer: str) -> list[Fault]:
    """Check a BitstringStatusListEntry of ours (Bitstring Status List 1.0, 2.1)."""
    url = entry.get("statusListCredential")
    sound = (
        entry["type"] == "BitstringStatusListEntry"
        and entry.get("statusPurpose") in ("revocation", "suspension")
        and matches(_INDEX)(entry.get("statusListIndex"))
        and is_absolute_iri(url)
        and entry.get("id") != url
    )
    if sound:
        return []
    detail = "This is not a BitstringStatusListEntry with purpose, list URL and a decimal index as text."
    return [Fault(pointer, "status_entry_malformed", detail)]


def _several(value: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    return value if isinstance(value, list) else [value]
