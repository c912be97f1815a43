"""Says why: what each row pays for, what is missing, what would close it, and why the rest does not count.

A group that competes for too few rows is named as one, never as "0 of 1" for a single leaf; the groups
are read from the network that counts rows under review, because those may close a gap by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from app.domain.rules.assignment import OpenGroup
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import UNDER_REVIEW, Catalogue, EvidenceRow
from app.domain.rules.language import AllOf, Coverage, Leaf, NOf, RuleNode
from app.domain.rules.next_steps import suggest
from app.domain.rules.plan import Plan
from app.domain.rules.progress import (
    AmountProgress,
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
from app.domain.rules.questions import Moment, plain
from app.domain.rules.reasons import closest_miss, label, listed, quantity, why, why_not
from app.domain.rules.solve import Fits, NodeState, Outcome, Solved


@dataclass(frozen=True, slots=True)
class Passes:
    """All rows, ordered by id, and what the passes made of them.

    `once` is what they would come to had nothing lapsed; `spent` names the passports whose credentials use
    rows up.
    """

    plan: Plan
    ledger: tuple[EvidenceRow, ...]
    fits: Fits
    earned: Outcome
    projected: Outcome
    once: Outcome
    spent: frozenset[str] = frozenset()


def explain(
    definition: PassportDefinition, passes: Passes, catalogue: Catalogue, moment: Moment
) -> Evaluation:
    """Return the answer that the passes come to."""
    plan = passes.plan
    earned, projected = passes.earned.states[0], passes.projected.states[0]
    groups = sorted(_open_groups(passes.projected), key=lambda each: each[0])
    asked = [*(leaves for leaves, _, _ in groups), *_recommended(plan, passes.projected)]
    steps = suggest(plan, asked, passes.ledger, catalogue, moment)
    waiting = tuple(_waiting(plan, passes))
    looked_at = {row.id for rows in passes.earned.observed.values() for row in rows}
    misfits = _misfits(passes, frozenset(number for leaves, _, _ in groups for number in leaves))
    used = (passes.earned.place.keys() | looked_at | {step.ref for step in waiting}) - misfits.keys()
    return Evaluation(
        passport=definition.key,
        version=definition.version,
        rule_digest=definition.rule_digest,
        as_of=moment.as_of,
        units=Units(earned.have, earned.short - projected.short, earned.need, earned.waived),
        nodes=_nodes(plan, passes, moment),
        shortfalls=tuple(_shortfall(passes, leaves, group) for leaves, group, _ in groups),
        next_steps=(*steps, *waiting),
        unused_evidence=tuple(
            UnusedEvidence(row.id, _why_not(passes, row, moment, misfits.get(row.id)))
            for row in passes.ledger
            if row.id not in used
        ),
        expires_next=_expires_next(passes, moment),
    )


def _misfits(passes: Passes, asking: frozenset[int]) -> dict[str, tuple[int, ...]]:
    """Return the rows that only meters count, each with the leaves of its kind that still ask for more.

    `asking` are the leaves of the open groups. Such a row is of use; whoever reports it expects it there too.
    """
    earned, leaves, meters = passes.earned, passes.plan.leaves, passes.earned.amounts
    found = {}
    for row in {row.id: row for number in meters for row in earned.observed[number]}.values():
        missed = tuple(n for n in sorted(asking - meters.keys()) if row.kind in leaves[n].kinds)
        if missed and meters.keys() >= set(passes.fits[row.id]):
            found[row.id] = missed
    return found


def _why_not(passes: Passes, row: EvidenceRow, moment: Moment, missed: tuple[int, ...] | None) -> str:
    if missed is not None:
        return closest_miss(passes.plan, row, missed, moment)
    spent = sorted(passes.spent.intersection(row.frozen_in))
    if spent:
        return f"the credential of {listed(spent)} rests on it already"
    return why_not(passes.plan, row, passes.fits.get(row.id, ()), moment)


def _expires_next(passes: Passes, moment: Moment) -> datetime | None:
    """Return the first moment at which a row that counts now stops counting."""
    edges = [
        edge
        for rows_of in (passes.earned.claimed, passes.earned.observed)
        for number, rows in rows_of.items()
        for row in rows
        for edge in _edges(passes.plan.leaves[number], row)
        if edge > moment.as_of
    ]
    return min(edges, default=None)


def _edges(leaf: Leaf, row: EvidenceRow) -> Iterator[datetime]:
    if leaf.within is not None:
        yield leaf.within.after(row.end)
    ends = leaf.kind in ("credential", "passport") or leaf.status_at_least is not None
    if ends and row.valid_until is not None:
        yield row.valid_until


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
        observed: tuple[Claim, ...] = ()
        if planned.leaf is not None:
            leaf = plan.leaves[planned.leaf]
            rows = passes.earned.claimed.get(planned.leaf, ())
            claimed = tuple([Claim(row.id, why(leaf, row, moment)) for row in rows])
            looked_at = passes.earned.observed.get(planned.leaf, ())
            observed = tuple([Claim(row.id, why(leaf, row, moment)) for row in looked_at])
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
                status=_status(state, passes.projected.states[index], passes.once.states[index]),
                need=state.need,
                have=state.have,
                claimed=claimed,
                also_fits=also_fits,
                in_review=in_review,
                waived=state.waived,
                observed=observed,
                amount=_amount(planned.node, passes.earned.amounts.get(planned.leaf or 0, 0)),
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


def _amount(node: RuleNode, have: int) -> AmountProgress | None:
    if not isinstance(node, Leaf) or node.amount is None:
        return None
    return AmountProgress(node.amount.unit, have, node.amount.at_least)


def _status(earned: NodeState, projected: NodeState, once: NodeState) -> NodeStatus:
    if earned.short == 0:
        return "met" if earned.have else "waived"
    if projected.short == 0:
        return "pending"
    if once.short == 0:
        return "lapsed"
    return "partial" if earned.held or earned.waived else "unmet"


def _elsewhere(plan: Plan, passes: Passes, rows: list[EvidenceRow], number: int) -> Iterator[FitElsewhere]:
    for row in rows:
        for claimed_by in passes.earned.place.get(row.id, ()):
            if claimed_by != number and plan.pools[claimed_by] == plan.pools[number]:
                yield FitElsewhere(row.id, plan.leaves[claimed_by].key)


# What is missing ------------------------------------------------------------------------------------


def _open_groups(outcome: Outcome) -> Iterator[tuple[tuple[int, ...], OpenGroup, Solved]]:
    for solved in outcome.solved:
        if solved.network.flow < solved.shape.demand:
            for group in solved.network.open_groups(len(solved.shape.leaves)):
                yield tuple(solved.shape.leaves[slot] for slot in group.slots), group, solved


def _recommended(plan: Plan, outcome: Outcome) -> Iterator[tuple[int, ...]]:
    """Yield the open optional leaves that the passport recommends all the same, each on its own."""
    for part in plan.optional:
        for number in part.leaves:
            if number >= len(plan.leaves):
                continue  # it stands for a node that is waived
            if plan.leaves[number].recommended and outcome.states[plan.leaf_nodes[number]].short:
                yield (number,)


def _shortfall(passes: Passes, leaves: tuple[int, ...], group: OpenGroup) -> Shortfall:
    plan = passes.plan
    apart, fits = frozenset(leaves).isdisjoint, passes.fits
    rows = tuple([row.id for row in passes.ledger if not apart(fits.get(row.id, ()))])
    needs = group.have + group.missing
    return Shortfall(
        tuple(plan.leaves[number].key for number in leaves),
        needs,
        group.missing,
        rows,
        _sentence([plan.leaves[number] for number in leaves], group, passes.projected.amounts.get(leaves[0])),
    )


def _sentence(leaves: list[Leaf], group: OpenGroup, amount: int | None) -> str:
    titles = listed([label(leaf) for leaf in leaves])
    first = leaves[0]
    if len(leaves) > 1:
        return _text(titles, len(leaves), group.have + group.missing, group.have)
    if first.amount is not None:
        unit = first.amount.unit
        return f"{titles}: {quantity(amount or 0, unit)} of {quantity(first.amount.at_least, unit)} so far."
    text = _text(titles, 1, group.have + group.missing, group.have)
    if first.values is not None and first.count > 1:
        text += f" At least {first.values.at_least} have to differ in {plain(first.values.by)}."
    if first.cap_per is not None:
        text += f" At most {first.cap_per.max} count for each {plain(first.cap_per.by)}."
    return text


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
        if row.status not in UNDER_REVIEW:
            continue
        looked_at = [n for n, rows in passes.projected.observed.items() if row in rows]
        keys = tuple(
            dict.fromkeys(
                plan.leaves[each].key
                for number in (*passes.projected.place.get(row.id, ()), *looked_at)
                for each in _closes(plan, number, closing)
            )
        )
        if keys:
            yield NextStep(keys, "wait_review", row.id, f"{row.title!r} is under review")


def _closes(plan: Plan, number: int, closing: list[bool]) -> list[int]:
    """Return the open leaves that a row at this one closes: an accepted row may move on and make room."""
    part = next(part for part in (*plan.required, *plan.optional) if number in part.leaves)
    closes = [each for each in part.leaves if each < len(plan.leaves) and closing[plan.leaf_nodes[each]]]
    return [number] if number in closes else closes
