"""The sentences of the progress answer, made from the same predicates that decide."""

from collections.abc import Mapping, Sequence

from app.domain.instants import format_instant
from app.domain.rules.facts import EvidenceRow, EvidenceStatus
from app.domain.rules.language import Leaf, Node
from app.domain.rules.plan import Plan
from app.domain.rules.predicates import RPL, covers, level_reached
from app.domain.rules.questions import Moment, Predicate

_STATES: Mapping[EvidenceStatus, str] = {
    "draft": "it is a draft; submit it",
    "returned": "a reviewer returned it; revise it and submit it again",
    "rejected": "a reviewer rejected it",
    "withdrawn": "it was withdrawn",
    "invalidated": "it was declared invalid",
}

_NEAREST = (False, 1)
"""How far a leaf of the row's kind is that misses one thing: no leaf that the row does not fit is nearer."""


def label(node: Node) -> str:
    """Return what a person calls the node."""
    return node.title or node.key


def listed(words: Sequence[str]) -> str:
    """Return `A`, `A and B` or `A, B and C`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def quantity(amount: int, unit: str) -> str:
    """Return an amount as people say it: minutes as hours and what is left over."""
    if unit != "minutes":
        return f"{amount} {unit if amount != 1 else unit.removesuffix('s')}"
    hours, minutes = divmod(amount, 60)
    counts = ((hours, "hour"), (minutes, "minute"))
    said = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    return " and ".join(said) or "0 minutes"


def why(leaf: Leaf, row: EvidenceRow, moment: Moment) -> str:
    """Return why the row may pay for the leaf."""
    item = moment.item(row)
    if row.partnership is not None:
        facts = [row.title, str(row.partnership.get("status")), f"assurance {row.assurance}"]
    elif row.kind == RPL or leaf.kind != "content" or item is None:
        facts = [f"{row.kind.replace('_', ' ')} {row.title!r}", f"assurance {row.assurance}"]
    else:
        facts = [f"{item.kind} {item.title!r}"]
    if leaf.item is not None:
        weight = covers(leaf.item, leaf.alignment)(row, item)
        facts.append(f"aligned to {leaf.item.label} ({weight})")
    if leaf.kind == "content" and item is not None and row.kind != RPL:
        approval = item.approval_at(row.occurred_at, row.end, moment.hubs)
        facts += [] if approval is None else [f"approved {format_instant(approval.valid_from)[:10]}"]
    if leaf.min_level is not None and (level := level_reached(leaf.min_level, row)) is not None:
        asked = leaf.min_level
        facts.append(f"reached “{asked.title_of(level)}” in “{asked.criterion_title or asked.criterion}”")
    return "; ".join(facts)


def why_not(plan: Plan, row: EvidenceRow, fits: Sequence[int], moment: Moment) -> str:
    """Return why the row pays for nothing: its state, or the first thing the closest leaf misses."""
    if row.status in _STATES:
        return _STATES[row.status]
    if row.occurred_at > moment.as_of:
        return f"it happened on {format_instant(row.occurred_at)[:10]}, after the day of this answer"
    if fits:
        names = listed([f"“{label(plan.leaves[each])}”" for each in fits])
        return f"it fits {names}, which can do without it"
    open_to = [number for number in range(len(plan.leaves)) if plan.leaf_nodes[number] not in plan.waived]
    return closest_miss(plan, row, open_to, moment)


def closest_miss(plan: Plan, row: EvidenceRow, leaves: Sequence[int], moment: Moment) -> str:
    """Return the first thing that the closest of `leaves` misses in a row that may count for none of them."""
    closest: tuple[bool, int] | None = None
    missed: tuple[Leaf, Predicate] | None = None
    for number in leaves:
        leaf = plan.leaves[number]
        questions = (plan.rpl_questions if row.kind == RPL else plan.questions)[number]
        failed = [each for each in questions if not each.holds(row, moment)]
        if not failed:
            return "an exception holds it for another leaf"
        distance = (failed[0].field == "kind", len(failed))
        if closest is None or distance < closest:
            closest, missed = distance, (leaf, failed[0])
            if distance == _NEAREST:
                break
    if missed is None:
        return "everything that it could count for is waived"
    return f"“{label(missed[0])}”: {missed[1].why_not(row, moment)}"
