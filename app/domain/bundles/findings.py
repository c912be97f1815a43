"""What is found in a bundle: where, what, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from app.errors import Fault


class Severity(StrEnum):
    """An error keeps the whole bundle from being applied; a warning is worth a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition stands: a file, the pointer of the definition in it, and the file's lines."""

    file: str
    pointer: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, pointer: str) -> int | None:
        """Return the line of a pointer into the definition, or of the closest thing around it."""
        whole = self.pointer + pointer
        while whole and whole not in self.lines:
            whole = whole.rpartition("/")[0]
        return self.lines.get(whole)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth a look. `pointer` leads into the file (RFC 6901)."""

    severity: Severity
    file: str
    line: int | None
    pointer: str
    code: str
    detail: str
    hint: str


_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "missing_key": "Add the key.",
        "wrong_type": "Write a value of the type that is named here.",
        "wrong_value": "Write a value of the form that is named here.",
        "too_long": "Shorten it, or split it.",
        "too_deep": "Bring it closer to the top: groups of one can go.",
        "empty_group": "Add what is asked for, or leave the group out.",
        "duplicate_key": "Rename one of them, or leave one out.",
        "cycle": "Take one of the references out.",
        "two_kinds": "Keep one kind, and move the other to a node of its own.",
        "malformed_body": "Mend it here; reading went no further in this file.",
        "not_plain_data": "Write plain data: each key once, values written out, without tags and anchors.",
        "n_too_large": "Ask for less, or offer more.",
        "unknown_reference": "Publish it first, add it to the bundle, or correct the name.",
        "unknown_term": "Add the term to its vocabulary, or write one that it has.",
        "unsatisfiable": "Ask for less, or name more that can count.",
        "too_many_leaves": "Split the passport into a series.",
        "many_leaves": "Ask for less, or split the passport.",
        "long_title": "Say it shorter; a hint can hold the rest.",
        "no_in_person_route": "Approve content that can be attended in person.",
        "no_online_route": "Approve content that can be done online.",
        "one_route": "Allow a second kind of evidence.",
    }
)
_HINT = "docs/rule-language.md says what each key may hold."


def finding_of(fault: Fault, place: Place, severity: Severity = Severity.ERROR) -> Finding:
    """Return a fault of a definition as a finding in its file; each carries a suggestion."""
    return Finding(
        severity=severity,
        file=place.file,
        line=fault.line if fault.line is not None else place.line_of(fault.pointer),
        pointer=place.pointer + fault.pointer,
        code=fault.code,
        detail=fault.detail,
        hint=fault.hint or _HINTS.get(fault.code, _HINT),
    )
