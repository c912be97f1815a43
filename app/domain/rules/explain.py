"""Says why: what each row pays for, what is missing, what would close it, and why the rest does not count.

A group that competes for too few rows is named as one, never as "0 of 1" for a single leaf; the groups
are read from the network that counts rows under review, because those may close a gap by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from app.domain.rules.assignment import FREE, OpenGroup
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import UNDER_REVIEW, Catalogue, EvidenceRow
from app.domain.rules.language import AllOf, Coverage, Leaf, NOf, RuleNode
from app.domain.rules.next_steps import suggest
from app.domain.rules.plan import Plan
from app.domain.rules.predicates import Moment
from app.domain.rules.progress import (
    Claim,
    Evaluation,
    FitElsewhere,
    NextStep,
    NodeProgress,
    NodeStatus,
    Shortfall,
    Units,
    UnusedEvidence,
)
from app.domain.rules.reasons import label, listed, why, why_not
from app.domain.rules.solve import Fits, NodeState, Outcome, Solved


@dataclass(frozen=True, slots=True)
class Passes:
    """All rows, ordered by id, and what the two passes made of them."""

    ledger: tuple[EvidenceRow, ...]
    fits: Fits
    earned: Outcome
    projected: Outcome


def explain(
    definition: PassportDefinition, passes: Passes, catalogue: Catalogue, moment: Moment
) -> Evaluation:
    """Return the answer that the two passes come to."""
    plan = definition.plan
    earned, projected = passes.earned.states[0], passes.projected.states[0]
    groups = sorted(_open_groups(passes.projected), key=lambda each: each[0])
    asked = [*(leaves for leaves, _, _ in groups), *_recommended(plan, passes.projected)]
    steps = suggest(plan, asked, passes.ledger, catalogue, moment)
    waiting = tuple(_waiting(plan, passes))
    used = passes.earned.place.keys() | {step.ref for step in waiting}
    return Evaluation(
        passport=definition.key,
        version=definition.version,
        rule_digest=definition.rule_digest,
        as_of=moment.as_of,
        units=Units(earned.have, earned.short - projected.short, earned.need),
        nodes=_nodes(plan, passes, moment),
        shortfalls=tuple(_shortfall(plan, *group) for group in groups),
        next_steps=(*steps, *waiting),
        unused_evidence=tuple(
            UnusedEvidence(row.id, why_not(plan, row, passes.fits.get(row.id, ()), moment))
            for row in passes.ledger
            if row.id not in used
        ),
    )


# Nodes ----------------------------------------------------------------------------------------------


def _nodes(plan: Plan, passes: Passes, moment: Moment) -> tuple[NodeProgress, ...]:
    fitting: dict[int, list[EvidenceRow]] = {}
    for row in passes.ledger:
        for number in passes.fits.get(row.id, ()):
            fitting.setdefault(number, []).append(row)
    found = []
    for index, planned in enumerate(plan.nodes):
        node, state = planned.node, passes.earned.states[index]
        claimed: tuple[Claim, ...] = ()
        also_fits: tuple[FitElsewhere, ...] = ()
        in_review: tuple[str, ...] = ()
        if planned.leaf is not None:
            leaf = plan.leaves[planned.leaf]
            rows = passes.earned.claimed.get(planned.leaf, ())
            claimed = tuple([Claim(row.id, why(leaf, row, moment)) for row in rows])
            if state.short:
                open_rows = fitting.get(planned.leaf, [])
                also_fits = tuple(_elsewhere(plan, passes, open_rows, planned.leaf))
                in_review = tuple(row.id for row in open_rows if row.status in UNDER_REVIEW)
        found.append(
            NodeProgress(
                key=node.key,
                parent=None if planned.parent is None else plan.nodes[planned.parent].node.key,
                kind=_kind(node),
                title=node.title,
                hint=node.hint,
                section=node.section,
                optional=node.optional,
                result=node.result,
                status=_status(state, passes.projected.states[index]),
                need=state.need,
                have=state.have,
                claimed=claimed,
                also_fits=also_fits,
                in_review=in_review,
            )
        )
    return tuple(found)


def _kind(node: RuleNode) -> str:
    match node:
        case AllOf():
            return "all_of"
        case NOf():
            return "n_of"
        case Coverage():
            return "coverage"
        case Leaf():
            return node.kind
        case _:
            assert_never(node)


def _status(earned: NodeState, projected: NodeState) -> NodeStatus:
    if earned.short == 0:
        return "met"
    if projected.short == 0:
        return "pending"
    return "partial" if earned.held else "unmet"


def _elsewhere(plan: Plan, passes: Passes, rows: list[EvidenceRow], number: int) -> Iterator[FitElsewhere]:
    for row in rows:
        claimed_by = passes.earned.place.get(row.id, number)
        if claimed_by != number:
            yield FitElsewhere(row.id, plan.leaves[claimed_by].key)


# What is missing ------------------------------------------------------------------------------------


def _open_groups(outcome: Outcome) -> Iterator[tuple[tuple[int, ...], OpenGroup, Solved]]:
    for solved in outcome.solved:
        if solved.network.flow < solved.shape.demand:
            for group in solved.network.open_groups():
                yield tuple(solved.shape.leaves[slot] for slot in group.slots), group, solved


def _recommended(plan: Plan, outcome: Outcome) -> Iterator[tuple[int, ...]]:
    """Yield the open optional leaves that the passport recommends all the same, each on its own."""
    for part in plan.optional:
        for number in part.leaves:
            if plan.leaves[number].recommended and outcome.states[plan.leaf_nodes[number]].short:
                yield (number,)


def _shortfall(plan: Plan, leaves: tuple[int, ...], group: OpenGroup, solved: Solved) -> Shortfall:
    rows = tuple(
        sorted(
            row.id
            for row, slot in zip(solved.rows, solved.network.place, strict=True)
            if slot != FREE and slot in group.slots
        )
    )
    needs = len(rows) + group.missing
    titles = listed([label(plan.leaves[number]) for number in leaves])
    return Shortfall(
        tuple(plan.leaves[number].key for number in leaves),
        needs,
        group.missing,
        rows,
        _text(titles, len(leaves), needs, len(rows)),
    )


def _text(titles: str, leaves: int, needs: int, have: int) -> str:
    be = "is" if needs - have == 1 else "are"
    if leaves == 1:
        fitting = f"{have} of {needs} {'is' if have == 1 else 'are'} there" if have else "none fits so far"
        return f"{titles}: {_pieces(needs - have, 'more ')} {be} needed; {fitting}."
    if needs >= leaves and have:
        fits = "fits" if have == 1 else "fit"
        return f"{titles} need {_pieces(needs, 'different ')}; only {have} {fits} any of them."
    either = titles.replace(" and ", " or ")
    so_far = f"{have} of {needs}" if have else "none"
    return f"{_pieces(needs - have, 'more ')} {be} needed for {either}; {so_far} so far."


def _pieces(number: int, sort: str = "") -> str:
    return f"{number} {sort}piece{'' if number == 1 else 's'} of evidence"


def _waiting(plan: Plan, passes: Passes) -> Iterator[NextStep]:
    """Yield a step for each row under review that would close something once it is accepted."""
    states = zip(passes.earned.states, passes.projected.states, strict=True)
    closing = [earned.short > projected.short for earned, projected in states]
    for row in passes.ledger:
        number = passes.projected.place.get(row.id)
        if number is None or row.status not in UNDER_REVIEW:
            continue
        # an accepted row may move on and leave its place to this one: then it is another leaf that closes
        part = next(part for part in (*plan.required, *plan.optional) if number in part.leaves)
        closes = [each for each in part.leaves if closing[plan.leaf_nodes[each]]]
        keys = tuple(plan.leaves[each].key for each in ([number] if number in closes else closes))
        if keys:
            yield NextStep(keys, "wait_review", row.id, f"{row.title!r} is under review")
