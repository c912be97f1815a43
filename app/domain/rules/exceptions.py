"""What is decided for one learner alone: waive, substitute, allow, pin, adjust.

An exception counts from `granted_at` until `expires_at` and names its node by key. Those that change the
rule (waive, adjust, allow) give a rule and terms of its own; the others change which leaf a row fits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from app.domain.payloads import Payload
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Distinct, Leaf, RuleNode, walk
from app.domain.rules.parse_fields import MAX_COUNT, WHERE, read_filter, read_quantity
from app.domain.rules.plan import Plan
from app.domain.rules.predicates import RPL, predicates_of, rpl_predicates_of, substitute_predicates_of
from app.domain.rules.questions import Moment

ExceptionKind: TypeAlias = Literal["waive", "substitute", "allow", "pin", "adjust"]
KINDS: tuple[ExceptionKind, ...] = get_args(ExceptionKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleException:
    """One exception. `where` holds the fields of a leaf that `allow` widens."""

    id: str
    kind: ExceptionKind
    node: str
    granted_at: datetime
    expires_at: datetime | None = None
    evidence: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    at_least: int | None = None

    @property
    def edges(self) -> tuple[datetime, ...]:
        """The moments at which it begins and, if it does, ends."""
        return (self.granted_at,) if self.expires_at is None else (self.granted_at, self.expires_at)

    def holds(self, moment: datetime) -> bool:
        """Tell whether the exception is in force at `moment`."""
        return self.granted_at <= moment and (self.expires_at is None or moment < self.expires_at)


@dataclass(frozen=True, slots=True)
class ExceptionReport:
    """Whether an exception changed demand or eligibility, and if not, why not."""

    id: str
    kind: ExceptionKind
    node: str
    effective: bool
    reason: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the exception's part of the progress answer."""
        document = {"id": self.id, "kind": self.kind, "node": self.node, "effective": self.effective}
        return document if self.reason is None else document | {"reason": self.reason}


def read_exception(body: Payload, number: int, *, since: datetime | None = None) -> RuleException | None:
    """Return an exception of a document; faults go to the payload's own.

    One that does not say when it was granted counts from `since`; without that it has to say so.
    """
    word = body.one_of("kind", KINDS)
    kind = next(each for each in KINDS if each == word)
    found: dict[str, Any] = {
        "id": body.optional_text("id", limit=200) or f"exception {number + 1}",
        "node": body.text("node", limit=200),
        "granted_at": body.instant("granted_at", required=since is None) or since,
        "expires_at": body.instant("expires_at"),
    }
    for name in ("reason", "granted_by"):
        body.optional_text(name, limit=2000)
    if kind in ("substitute", "pin"):
        found["evidence"] = body.text("evidence", limit=200)
    if kind == "adjust":
        found["count"] = body.integer("count", 1, MAX_COUNT)
        if body.has("at_least"):
            found["at_least"] = read_quantity(body, "at_least", "minutes")
        if (found["count"] is None) == (found.get("at_least") is None) and not body.faulty:
            body.fault("count", "missing_key", "An adjustment lowers count or at_least.")
    if kind == "allow":
        where = body.payload("where")
        if where is None:
            body.fault("where", "missing_key", "The key 'where' names what is allowed beside.")
        else:
            found["where"] = read_filter(where, ("kinds", *WHERE))
            where.finish()
    body.finish(optional=("accept_loss",))
    return None if found["granted_at"] is None else RuleException(kind=kind, **found)


class Exceptions:
    """The exceptions of one learner at one moment, applied in order: rule first, then rows."""

    def __init__(self, given: Iterable[RuleException], moment: Moment) -> None:
        self.given = tuple(sorted(given, key=lambda each: (each.granted_at, each.id)))
        self._moment = moment
        self._reasons: dict[str, str | None] = {}
        self._in_force = [each for each in self.given if self._is_in_force(each)]
        self.waived: frozenset[str] = frozenset()
        self.substitutes: frozenset[str] = frozenset()
        """The rows that an exception has fit a leaf, once `redirect` has put them in."""

    def _is_in_force(self, one: RuleException) -> bool:
        if one.holds(self._moment.as_of):
            return True
        early = one.granted_at > self._moment.as_of
        self._reasons[one.id] = "it is not granted yet" if early else "it has expired"
        return False

    def reports(self) -> tuple[ExceptionReport, ...]:
        """Return what became of each exception, ordered by id."""
        return tuple(
            ExceptionReport(one.id, one.kind, one.node, self._reasons[one.id] is None, self._reasons[one.id])
            for one in sorted(self.given, key=lambda each: each.id)
        )

    # The rule --------------------------------------------------------------------------------------

    @property
    def widen(self) -> bool:
        """Whether a leaf takes more than the rule says: it may then compete with others for rows."""
        return any(one.kind == "allow" for one in self._in_force)

    def rewrite(
        self, rule: RuleNode, gates: Sequence[Leaf], rows: Sequence[EvidenceRow], *, widening: bool = True
    ) -> RuleNode:
        """Return the rule with the adjusted and the widened leaves; `waived` holds the waived nodes.

        Without `widening` it is not widened, because too many choices would compete.
        """
        self.waived = self._waive(rule, gates)
        under = {
            node.key for waived, _ in walk(rule) if waived.key in self.waived for node, _ in walk(waived)
        } | self.waived
        nodes = {node.key: node for node, _ in walk(rule)}
        changed: dict[str, Leaf] = {}
        for one in self._in_force:
            if one.kind not in ("adjust", "allow"):
                continue
            node = changed.get(one.node, nodes.get(one.node))
            if not isinstance(node, Leaf):
                self._reasons[one.id] = _no_leaf(one, node)
            elif one.node in under:
                self._reasons[one.id] = "the node is waived"
            elif one.kind == "allow" and not widening:
                self._reasons[one.id] = "more choices would compete for evidence than can be judged"
            else:
                leaf, reason = (
                    _adjusted(node, one) if one.kind == "adjust" else self._allowed(node, one, rows)
                )
                self._reasons[one.id] = reason
                changed[one.node] = leaf
        return _rewritten(rule, changed)

    def _waive(self, rule: RuleNode, gates: Sequence[Leaf]) -> frozenset[str]:
        above: dict[str, tuple[str, ...]] = {gate.key: () for gate in gates}
        for node, parent in walk(rule):
            above[node.key] = () if parent is None else (parent.key, *above[parent.key])
        asked = {one.node for one in self._in_force if one.kind == "waive"}
        waived: set[str] = set()
        for one in self._in_force:
            if one.kind != "waive":
                continue
            if one.node not in above:
                self._reasons[one.id] = "no node has this key"
            elif one.node in waived or not asked.isdisjoint(above[one.node]):
                self._reasons[one.id] = "it is waived already"
            else:
                self._reasons[one.id] = None
                waived.add(one.node)
        return frozenset(waived)

    def _allowed(
        self, leaf: Leaf, one: RuleException, rows: Sequence[EvidenceRow]
    ) -> tuple[Leaf, str | None]:
        widened = _widened(leaf, one.where)
        new = any(_fits(widened, row, self._moment) and not _fits(leaf, row, self._moment) for row in rows)
        return widened, None if new else "nothing to change yet"

    # The rows --------------------------------------------------------------------------------------

    def redirect(
        self, plan: Plan, rows: Sequence[EvidenceRow], fits: Mapping[str, tuple[int, ...]]
    ) -> dict[str, tuple[int, ...]]:
        """Return which leaves the rows fit once substitutes are put in and pins hold rows."""
        off = {n for n, node in enumerate(plan.leaf_nodes) if node in plan.waived}
        found = {row: set(leaves) - off for row, leaves in fits.items()}
        by_id = {row.id: row for row in rows}
        numbers = {leaf.key: number for number, leaf in enumerate(plan.leaves) if number not in off}
        known = {planned.node.key: planned.node for planned in plan.nodes}
        for one in self._in_force:
            if one.kind == "substitute":
                self._reasons[one.id] = self._misfit(one, known, by_id, numbers)
                if self._reasons[one.id] is None:
                    self._substitute(one, numbers[one.node], plan, by_id, found)
        pins: dict[str, set[int]] = {}
        for one in self._in_force:
            if one.kind == "pin":
                self._reasons[one.id] = self._misfit(one, known, by_id, numbers)
                if self._reasons[one.id] is None:
                    self._pin(one, numbers[one.node], plan, found, pins)
        for row, held in pins.items():
            found[row] = {number for number in found[row] if number in held or number in plan.observing}
        return {row: tuple(sorted(leaves)) for row, leaves in found.items()}

    def _misfit(
        self,
        one: RuleException,
        known: Mapping[str, RuleNode],
        rows: Mapping[str, EvidenceRow],
        numbers: Mapping[str, int],
    ) -> str | None:
        if one.node not in numbers:
            node = known.get(one.node)
            return "the node is waived" if isinstance(node, Leaf) else _no_leaf(one, node)
        return None if one.evidence in rows else "this evidence is not accepted or under review"

    def _substitute(
        self,
        one: RuleException,
        number: int,
        plan: Plan,
        rows: Mapping[str, EvidenceRow],
        found: dict[str, set[int]],
    ) -> None:
        row = rows[str(one.evidence)]
        failed = [
            each
            for each in substitute_predicates_of(plan.leaves[number])
            if not each.holds(row, self._moment)
        ]
        if number in found[row.id]:
            self._reasons[one.id] = "it fits without the exception"
        elif failed:
            self._reasons[one.id] = failed[0].why_not(row, self._moment)
        else:
            found[row.id].add(number)
            self.substitutes |= {row.id}

    def _pin(
        self,
        one: RuleException,
        number: int,
        plan: Plan,
        found: Mapping[str, set[int]],
        pins: dict[str, set[int]],
    ) -> None:
        row = str(one.evidence)
        if number not in found[row]:
            self._reasons[one.id] = "the evidence does not fit there"
        elif found[row] - plan.observing <= {number}:
            self._reasons[one.id] = "it fits nowhere else"
        else:
            pins.setdefault(row, set()).add(number)


def _no_leaf(one: RuleException, node: RuleNode | None) -> str:
    return "no node has this key" if node is None else f"{one.kind} is for leaves; this is a group"


def _adjusted(leaf: Leaf, one: RuleException) -> tuple[Leaf, str | None]:
    if leaf.amount is not None:
        if one.at_least is None:
            return leaf, "an amount has no count; at_least is what can be lowered"
        if one.at_least >= leaf.amount.at_least:
            return leaf, f"{one.at_least} is not below {leaf.amount.at_least}"
        return replace(leaf, amount=replace(leaf.amount, at_least=one.at_least)), None
    if one.count is None:
        return leaf, "only an amount has at_least; count is what can be lowered"
    if one.count >= leaf.count:
        return leaf, f"{one.count} is not below {leaf.count}"
    distinct = leaf.values and Distinct(leaf.values.by, min(leaf.values.at_least, one.count))
    return replace(leaf, count=one.count, distinct=distinct), None


def _widened(leaf: Leaf, where: Mapping[str, Any]) -> Leaf:
    """Return the leaf with the union of each field; what asks for nothing stays open to everything."""
    changed: dict[str, Any] = {}
    for name, value in where.items():
        own = leaf.kinds if name == "evidence" else getattr(leaf, name)
        if isinstance(value, tuple):
            # every listed outcome has to be answered, so fewer of them are wider
            changed[name] = tuple(sorted(set(own) & set(value))) if name == "outcomes" else (*own, *value)
            if not own:
                changed[name] = own
        elif name == "min_minutes" and own is not None:
            changed[name] = min(own, value)
    return replace(leaf, **changed)


def _fits(leaf: Leaf, row: EvidenceRow, moment: Moment) -> bool:
    asked = rpl_predicates_of(leaf) if row.kind == RPL else predicates_of(leaf)
    return all(each.holds(row, moment) for each in asked)


def _rewritten(rule: RuleNode, changed: Mapping[str, Leaf]) -> RuleNode:
    if isinstance(rule, Leaf):
        return changed.get(rule.key, rule)
    children = tuple(_rewritten(child, changed) for child in rule.children)
    return replace(rule, children=children)  # type: ignore[arg-type]  # a leaf takes the place of a leaf
