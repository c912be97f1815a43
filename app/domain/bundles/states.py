"""How far the life of published versions has come: in a bundle, and where it is applied.

A bundle takes a version forward only. What it says of an earlier state is left alone, and told.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.bundles.changes import Change, Op, differences
from app.domain.bundles.findings import Finding, Severity, finding_of
from app.domain.bundles.reading import Entry
from app.domain.versions import VersionState, VersionStatus
from app.errors import Fault


@dataclass(frozen=True, slots=True)
class Closing:
    """What becomes of those who are under way on a version that is deprecated or retired.

    `enrolled` counts them; they go on until `retires_at`, if there is such a day. `successor` is the last
    open version after theirs, to which they may go over then.
    """

    status: VersionStatus
    retires_at: datetime | None
    enrolled: int
    successor: str | None


def closing_change(entry: Entry, standing: VersionState) -> Change | None:
    """Return the change that takes a version on from where it stands, None when it is there or further."""
    if not standing.is_behind(entry.state):
        return None
    op = Op.RETIRE if entry.state.status is VersionStatus.RETIRED else Op.DEPRECATE
    diff = tuple(differences(_document(standing), _document(entry.state)))
    return Change(op, entry.kind.plural, entry.key, entry.version, diff=diff)


def _document(state: VersionState) -> dict[str, Any]:
    return {"status": state.status.value, **state.to_members()}


def find_behind(entry: Entry, standing: VersionState) -> Finding | None:
    """Return a warning when a bundle says an earlier state than the one that stands."""
    if not entry.state.is_behind(standing):
        return None
    said = (
        f"{entry.key} {entry.version} is {standing}, and this says {entry.state}. It stays {standing.status}."
    )
    members = ", ".join(f"{name}: {value}" for name, value in standing.to_members().items())
    fault = Fault("/status", "older_state", said, f"Write what holds: {members}.")
    return finding_of(fault, entry.place, Severity.WARNING)
