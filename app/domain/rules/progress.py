"""What an evaluation answers: the state of every node, what is missing, and what would close it.

All of it is frozen values in document order, so equal inputs give byte-equal documents.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from app.domain.instants import format_instant
from app.domain.rules.language import ResultRule
from app.errors import NotCompleteError

ENGINE = "prl-1"
"""Names the semantics. It changes whenever the same rows could get another answer."""

NodeStatus: TypeAlias = Literal["met", "pending", "partial", "unmet"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that pays for one unit of a leaf, and why it may."""

    evidence: str
    why: str


@dataclass(frozen=True, slots=True)
class FitElsewhere:
    """A row that would fit this leaf and is claimed by another one."""

    evidence: str
    claimed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgress:
    """The state of one node. `have` and `need` are units; a group's are those of its best children.

    `in_review` names the rows under review that fit an open leaf.
    """

    key: str
    parent: str | None
    kind: str
    title: str | None
    hint: str | None
    section: str | None
    optional: bool
    result: ResultRule | None
    status: NodeStatus
    need: int
    have: int
    claimed: tuple[Claim, ...] = ()
    also_fits: tuple[FitElsewhere, ...] = ()
    in_review: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return the node's part of the progress answer; what is empty is left out."""
        document: dict[str, Any] = {"key": self.key, "parent": self.parent, "kind": self.kind}
        for name in ("title", "hint", "section"):
            if (text := getattr(self, name)) is not None:
                document[name] = text
        if self.optional:
            document["optional"] = True
        document |= {"status": self.status, "need": self.need, "have": self.have}
        if self.claimed:
            document["claimed"] = [{"evidence": each.evidence, "why": each.why} for each in self.claimed]
        if self.also_fits:
            document["also_fits"] = [
                {"evidence": each.evidence, "claimed_by": each.claimed_by} for each in self.also_fits
            ]
        if self.in_review:
            document["in_review"] = list(self.in_review)
        return document


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Leaves that compete for too few rows (a Hall violator); a leaf alone is a group of one.

    The group needs `needs` rows and is `missing` some of them, rows under review counted as accepted.
    A new row that fits any leaf of the group closes one missing unit.
    """

    group: tuple[str, ...]
    needs: int
    missing: int
    fitting_rows: tuple[str, ...]
    text: str

    def to_document(self) -> dict[str, Any]:
        """Return the group's part of the progress answer."""
        return {
            "group": list(self.group),
            "needs": self.needs,
            "missing": self.missing,
            "fitting_rows": list(self.fitting_rows),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that would close a unit of the leaves it names; `ref` is `content:KEY` or an evidence id."""

    closes: tuple[str, ...]
    kind: str
    ref: str | None
    reason: str
    mode: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the step's part of the progress answer."""
        document: dict[str, Any] = {"closes": list(self.closes), "kind": self.kind, "ref": self.ref}
        if self.mode is not None:
            document["mode"] = self.mode
        return document | {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class UnusedEvidence:
    """A row that pays for nothing, and why."""

    evidence: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Units:
    """Units of the whole rule. `pending` would be met if the rows under review were accepted."""

    met: int
    pending: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The answer of one evaluation. `nodes` starts with the root."""

    passport: str
    version: str
    rule_digest: str
    as_of: datetime
    units: Units
    nodes: tuple[NodeProgress, ...]
    shortfalls: tuple[Shortfall, ...]
    next_steps: tuple[NextStep, ...]
    unused_evidence: tuple[UnusedEvidence, ...]

    @property
    def status(self) -> NodeStatus:
        """The status of the root."""
        return self.nodes[0].status

    @property
    def complete(self) -> bool:
        """Whether the rule is met: read from the tree, never from a percentage."""
        return self.status == "met"

    def to_document(self, *, enrolment: str, explain_url: str | None = None) -> dict[str, Any]:
        """Return the progress answer as JSON values."""
        return {
            "enrolment": enrolment,
            "passport": self.passport,
            "version": self.version,
            "rule_digest": self.rule_digest,
            "as_of": format_instant(self.as_of),
            "engine": ENGINE,
            "status": self.status,
            "complete": self.complete,
            "units": {
                "met": self.units.met,
                "waived": 0,
                "pending": self.units.pending,
                "total": self.units.total,
            },
            "nodes": [node.to_document() for node in self.nodes],
            "shortfalls": [shortfall.to_document() for shortfall in self.shortfalls],
            "next_steps": [step.to_document() for step in self.next_steps],
            "unused_evidence": [
                {"evidence": each.evidence, "why_not": each.why_not} for each in self.unused_evidence
            ],
            "exceptions": [],
            "expires_next": None,
            "explain_url": explain_url,
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """Proof that a rule is met: the only thing a credential may be made from.

    Raises `NotCompleteError` when it is made from an evaluation that is not complete.
    """

    evaluation: Evaluation

    def __post_init__(self) -> None:
        if not self.evaluation.complete:
            units = self.evaluation.units
            raise NotCompleteError(f"{units.met} of {units.total} units are met.")

    @property
    def claims(self) -> dict[str, tuple[str, ...]]:
        """The claimed rows of each leaf that holds any, in document order."""
        return {
            node.key: tuple(claim.evidence for claim in node.claimed)
            for node in self.evaluation.nodes
            if node.claimed
        }

    @property
    def evidence(self) -> tuple[str, ...]:
        """All claimed rows."""
        return tuple(row for rows in self.claims.values() for row in rows)


def completion(evaluation: Evaluation) -> Completion | None:
    """Return the completion of a met rule, or None."""
    return Completion(evaluation) if evaluation.complete else None
