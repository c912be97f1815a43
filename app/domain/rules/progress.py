"""What an evaluation answers: the state of every node, what is missing, and what would close it.

All of it is frozen values in document order, so equal inputs give byte-equal documents.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from app.domain.instants import format_instant
from app.domain.rules.exceptions import ExceptionReport
from app.domain.rules.language import ResultRule
from app.errors import NotCompleteError

ENGINE = "prl-1"
"""Names the semantics. It changes whenever the same rows could get another answer."""

NodeStatus: TypeAlias = Literal["met", "waived", "pending", "lapsed", "partial", "unmet", "blocked"]
COMPLETE: tuple[NodeStatus, ...] = ("met", "waived")


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


@dataclass(frozen=True, slots=True)
class AmountProgress:
    """What a meter came to, in its unit. It is shown beside the units of the rule and never added to them."""

    unit: str
    have: int
    need: int

    def to_document(self) -> dict[str, Any]:
        """Return the meter's part of the progress answer."""
        return {"unit": self.unit, "have": self.have, "need": self.need}


@dataclass(frozen=True, slots=True)
class GateLeaf:
    """One leaf of a gate, and the rows that open it."""

    key: str
    title: str | None
    open: bool
    need: int
    have: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateProgress:
    """The state of a gate."""

    mode: str
    leaves: tuple[GateLeaf, ...]

    @property
    def closed(self) -> tuple[str, ...]:
        """The leaves that are still to be met."""
        return tuple(leaf.key for leaf in self.leaves if not leaf.open)

    @property
    def closed_titles(self) -> tuple[str, ...]:
        """What a person calls these leaves."""
        return tuple(leaf.title or leaf.key for leaf in self.leaves if not leaf.open)

    def to_document(self) -> dict[str, Any]:
        """Return the gate's part of the progress answer."""
        leaves = [
            {"key": leaf.key, "title": leaf.title, "open": leaf.open, "need": leaf.need, "have": leaf.have}
            | {"evidence": list(leaf.evidence)}
            for leaf in self.leaves
        ]
        return {"mode": self.mode, "open": not self.closed, "leaves": leaves}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgress:
    """The state of one node. `have` and `need` are units; a group's are those of its best children.

    `waived` units are let off. `observed` rows count here and are not claimed. `amount` says what a meter
    came to. `in_review` names the rows under review that fit an open leaf.
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
    waived: int = 0
    observed: tuple[Claim, ...] = ()
    amount: "AmountProgress | None" = None

    def to_document(self) -> dict[str, Any]:
        """Return the node's part of the progress answer; what is empty is left out."""
        document: dict[str, Any] = {"key": self.key, "parent": self.parent, "kind": self.kind}
        for name in ("title", "hint", "section"):
            if (text := getattr(self, name)) is not None:
                document[name] = text
        if self.optional:
            document["optional"] = True
        document |= {"status": self.status, "need": self.need, "have": self.have}
        if self.waived:
            document["waived"] = self.waived
        if self.amount is not None:
            document["amount"] = self.amount.to_document()
        for name in ("claimed", "observed"):
            if rows := getattr(self, name):
                document[name] = [{"evidence": each.evidence, "why": each.why} for each in rows]
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
    """Something that would close a unit of the leaves it names.

    `ref` is `content:KEY`, `opportunity:KEY` or the like, or the id of evidence; `when` is an instant.
    """

    closes: tuple[str, ...]
    kind: str
    ref: str | None
    reason: str
    mode: str | None = None
    when: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the step's part of the progress answer."""
        document: dict[str, Any] = {"closes": list(self.closes), "kind": self.kind, "ref": self.ref}
        if self.mode is not None:
            document["mode"] = self.mode
        if self.when is not None:
            document["when"] = self.when
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
    waived: int = 0


@dataclass(frozen=True, slots=True)
class MilestoneProgress:
    """How far a node is that is worth a credential of its own."""

    node: str
    title: str
    status: NodeStatus

    def to_document(self) -> dict[str, Any]:
        """Return the milestone's part of the progress answer."""
        return {"node": self.node, "title": self.title, "status": self.status}


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
    exceptions: tuple[ExceptionReport, ...] = ()
    gate: GateProgress | None = None
    expires_next: datetime | None = None
    enrolling: bool = False
    milestones: tuple[MilestoneProgress, ...] = ()

    @property
    def status(self) -> NodeStatus:
        """The status of the root, or `blocked` while a gate keeps everything from counting."""
        closed = self.gate is not None and self.gate.closed
        if closed and self.gate is not None:
            modes = ("before_count", "before_enrol") if self.enrolling else ("before_count",)
            if self.gate.mode in modes:
                return "blocked"
        return self.nodes[0].status

    @property
    def complete(self) -> bool:
        """Whether the rule is met or waived: read from the tree, never from a percentage."""
        return self.status in COMPLETE

    @property
    def held_by(self) -> tuple[str, ...]:
        """The leaves of the gate that hold the issue back."""
        return self.gate.closed if self.gate is not None and self.gate.mode == "before_issue" else ()

    @property
    def needs_officer(self) -> bool:
        """Whether so much is waived (all, or more than half) that nothing is issued by itself."""
        return self.complete and _is_mostly_waived(self.status, self.units)

    @property
    def reached(self) -> tuple[str, ...]:
        """The nodes of the milestones that are met or waived, in their order; none while all is blocked."""
        if self.status == "blocked":
            return ()
        return tuple(each.node for each in self.milestones if each.status in COMPLETE)

    def to_document(self, *, enrolment: str, explain_url: str | None = None) -> dict[str, Any]:
        """Return the progress answer as JSON values."""
        beside: dict[str, Any] = {}
        if self.milestones:
            beside["milestones"] = [each.to_document() for each in self.milestones]
        if self.gate is not None:
            beside["gate"] = self.gate.to_document()
        if self.held_by or self.needs_officer:
            beside["issue"] = {"held_by": list(self.held_by), "needs_officer": self.needs_officer}
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
                "waived": self.units.waived,
                "pending": self.units.pending,
                "total": self.units.total,
            },
            "nodes": [
                {**node.to_document(), "status": self.status} if number == 0 else node.to_document()
                for number, node in enumerate(self.nodes)
            ],
            "shortfalls": [shortfall.to_document() for shortfall in self.shortfalls],
            "next_steps": [step.to_document() for step in self.next_steps],
            "unused_evidence": [
                {"evidence": each.evidence, "why_not": each.why_not} for each in self.unused_evidence
            ],
            "exceptions": [each.to_document() for each in self.exceptions],
            "expires_next": self.expires_next and format_instant(self.expires_next),
            "explain_url": explain_url,
            **beside,
        }


def _is_mostly_waived(status: NodeStatus, units: Units) -> bool:
    return status == "waived" or units.waived * 2 > units.total


@dataclass(frozen=True, slots=True)
class Completion:
    """Proof that a rule is met, or the part of it under a `milestone`: all that a credential is made from.

    Raises `NotCompleteError` when it is made from an evaluation that does not say so.
    """

    evaluation: Evaluation
    milestone: str | None = None

    def __post_init__(self) -> None:
        is_met = self.evaluation.complete if self.milestone is None else self._is_reached
        if not is_met:
            raise NotCompleteError(f"{self.units.met} of {self.units.total} units are met.")

    @property
    def _is_reached(self) -> bool:
        return self.evaluation.status != "blocked" and self.nodes[0].status in COMPLETE

    @property
    def nodes(self) -> tuple[NodeProgress, ...]:
        """The node that is met and all below it, in document order."""
        within = {self.milestone or self.evaluation.nodes[0].key}
        found = []
        for node in self.evaluation.nodes:  # parents come before their children
            if node.key in within or node.parent in within:
                within.add(node.key)
                found.append(node)
        return tuple(found)

    @property
    def units(self) -> Units:
        """The units of what is met."""
        if self.milestone is None:
            return self.evaluation.units
        node = self.nodes[0]
        return Units(node.have, 0, node.need, node.waived)

    @property
    def needs_officer(self) -> bool:
        """Whether so much of it is waived (all, or more than half) that nothing is issued by itself."""
        return _is_mostly_waived(self.nodes[0].status, self.units)

    @property
    def claims(self) -> dict[str, tuple[str, ...]]:
        """The rows that each leaf claims or observes, for those that have any, in document order."""
        return {
            node.key: tuple(claim.evidence for claim in (*node.claimed, *node.observed))
            for node in self.nodes
            if node.claimed or node.observed
        }

    @property
    def evidence(self) -> tuple[str, ...]:
        """All these rows, each once."""
        return tuple(dict.fromkeys(row for rows in self.claims.values() for row in rows))


def completion(evaluation: Evaluation) -> Completion | None:
    """Return the completion of a met rule, or None."""
    return Completion(evaluation) if evaluation.complete else None
