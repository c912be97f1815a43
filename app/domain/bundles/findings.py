"""What is found in a bundle: where, what, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.hints import usual_hint
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
        hint=fault.hint or usual_hint(fault.code) or _HINT,
    )
