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
from app.domain.rules.progress import COMPLETE, Evaluation, GateProgress, NodeProgress
from app.errors import ConflictOfInterestError, WrongStateError


class CauseKind(StrEnum):
    """What may fall away under a credential."""

    EVIDENCE = "evidence"
    CREDENTIAL = "credential"
    EXCEPTION = "exception"
    PARTNERSHIP = "partnership"
    APPROVAL = "approval"


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
    """What a frozen evaluation comes to with what still counts, and the gate that keeps it from the issue.

    For the credential of a milestone, its node is what has to be met.
    """

    rule: Evaluation
    gate: GateProgress | None = None
    milestone: str | None = None

    @property
    def stands(self) -> bool:
        """Whether a credential could be issued on this."""
        return self._node.status in COMPLETE and not self._closed

    def lacks_more_than(self, other: "Replay") -> bool:
        """Tell whether more units are missing here, or more of the gate is closed."""
        pairs = zip(self._gaps, other._gaps, strict=True)  # noqa: SLF001 (another one of this class)
        return any(mine > theirs for mine, theirs in pairs)

    @property
    def _node(self) -> NodeProgress:
        root = self.rule.nodes[0]
        return next((node for node in self.rule.nodes if node.key == self.milestone), root)

    @property
    def _closed(self) -> int:
        return 0 if self.gate is None else len(self.gate.closed)

    @property
    def _gaps(self) -> tuple[int, int]:
        node = self._node
        return node.need - node.have - node.waived, self._closed

    def to_document(self) -> dict[str, Any]:
        """Return what a case keeps of it: how much of the rule is met, and what is missing."""
        rule = self.rule.to_document(enrolment="")
        shown = {name: rule[name] for name in ("status", "units", "shortfalls")}
        beside = {"gate": self.gate and self.gate.to_document(), "milestone": self.milestone}
        return shown | {name: value for name, value in beside.items() if value is not None}
