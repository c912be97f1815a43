"""Officer cases: what a credential rests on fell away, and a person says what becomes of the credential.

Nothing is taken back by itself. A case is open until it is `kept` or `revoked`; `suspended` is a way-station.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from app.domain.actors import is_among
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.progress import Evaluation, GateProgress
from app.domain.upgrades import remaining_units
from app.errors import ConflictOfInterestError, WrongStateError


class CauseKind(StrEnum):
    """What may fall away under a credential."""

    EVIDENCE = "evidence"
    CREDENTIAL = "credential"
    EXCEPTION = "exception"


class CaseOutcome(StrEnum):
    """What an officer may decide."""

    KEEP = "keep"
    SUSPEND = "suspend"
    REVOKE = "revoke"


class CaseStatus(StrEnum):
    """Where a case stands: the last decision, or `open` when there is none."""

    OPEN = "open"
    SUSPENDED = "suspended"
    KEPT = "kept"
    REVOKED = "revoked"


AFTER: Final[Mapping[CaseOutcome, CaseStatus]] = MappingProxyType(
    {
        CaseOutcome.KEEP: CaseStatus.KEPT,
        CaseOutcome.SUSPEND: CaseStatus.SUSPENDED,
        CaseOutcome.REVOKE: CaseStatus.REVOKED,
    }
)
_ALLOWED: Final[Mapping[CaseStatus, tuple[CaseOutcome, ...]]] = MappingProxyType(
    {
        CaseStatus.OPEN: (CaseOutcome.KEEP, CaseOutcome.SUSPEND, CaseOutcome.REVOKE),
        CaseStatus.SUSPENDED: (CaseOutcome.KEEP, CaseOutcome.REVOKE),
        CaseStatus.KEPT: (),
        CaseStatus.REVOKED: (),
    }
)
UNDECIDED: Final = tuple(status for status, possible in _ALLOWED.items() if possible)
"""Where a case stands as long as something can be decided about it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What fell away; a credential may rest on it."""

    kind: CauseKind
    id: str


def ensure_decidable(status: CaseStatus, outcome: CaseOutcome) -> None:
    """Raise `WrongStateError` when a case that stands so cannot be decided so."""
    if outcome not in _ALLOWED[status]:
        possible = _ALLOWED[status]
        hint = f"Possible now: {', '.join(possible)}." if possible else "What was decided stays so."
        raise WrongStateError(f"The case is {status}, so the decision cannot be: {outcome}.", hint=hint)


def ensure_impartial(subject: str, *, is_learner: bool, learner_subjects: Collection[str]) -> None:
    """Raise `ConflictOfInterestError` for the holder of the credential, under whatever token."""
    if is_learner or is_among(subject, learner_subjects):
        raise ConflictOfInterestError("Nobody decides about their own credential.")


def known_rows(
    rows: Iterable[EvidenceRow], accepted_at: Mapping[str, datetime], *, as_of: datetime
) -> list[EvidenceRow]:
    """Return what of today's ledger counted at `as_of` and still stands.

    `accepted_at` says when each piece of evidence was accepted; a credential of ours speaks for itself.
    """
    return [
        row
        for row in rows
        if row.status == "accepted" and (row.id not in accepted_at or accepted_at[row.id] <= as_of)
    ]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a frozen evaluation comes to with what still counts; `gate` is judged as of the issue."""

    rule: Evaluation
    gate: GateProgress | None

    @property
    def stands(self) -> bool:
        """Whether a credential could be issued on this."""
        return self.rule.complete and not self.closed

    @property
    def closed(self) -> int:
        """How many leaves of the gate are not met."""
        return 0 if self.gate is None else len(self.gate.closed)

    def lacks_more_than(self, other: "Replay") -> bool:
        """Tell whether more units are missing here, or more of the gate is closed."""
        mine, others = remaining_units(self.rule), remaining_units(other.rule)
        return mine > others or self.closed > other.closed

    def to_document(self) -> dict[str, Any]:
        """Return what a case keeps of it: how much of the rule is met, and what is missing."""
        rule = self.rule.to_document(enrolment="")
        shown = {name: rule[name] for name in ("status", "units", "shortfalls")}
        return shown if self.gate is None else {**shown, "gate": self.gate.to_document()}
