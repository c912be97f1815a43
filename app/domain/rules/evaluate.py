"""Decides how far a learner is: rows in, the state of every node out. Pure, and blind to order.

Two passes: *earned* counts accepted rows, *projected* also those under review. A group is met by its
tree, never by a percentage, and what asks for nothing is never met.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from app.domain.rules.definition import PassportDefinition
from app.domain.rules.exceptions import Exceptions, RuleException
from app.domain.rules.expand import expand
from app.domain.rules.explain import Passes, explain
from app.domain.rules.facts import UNDER_REVIEW, Catalogue, EvidenceRow
from app.domain.rules.gates import judge_gate
from app.domain.rules.plan import Plan, Terms, has_too_many, make_plan
from app.domain.rules.progress import Evaluation, MilestoneProgress
from app.domain.rules.questions import Moment
from app.domain.rules.solve import Fits, Outcome, find_fits, solve
from app.domain.rules.terms import spelled_rows


def evaluate(
    definition: PassportDefinition,
    rows: Iterable[EvidenceRow],
    catalogue: Catalogue,
    *,
    as_of: datetime,
    exceptions: Iterable[RuleException] = (),
    enrolling: bool = False,
) -> Evaluation:
    """Return how far `rows`, all of one learner, meet the rule of `definition` at `as_of`.

    The same input gives an equal answer whatever the order of rows. A definition as written is expanded
    first, which raises `LintFailedError` if it refers to what is not published; a published one is not
    looked at again. `enrolling` also judges a gate that stands before enrolment. Raises `ValueError` for
    two rows with one id and for an instant without a zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of has no zone")
    ready = definition if definition.expanded else expand(definition, catalogue)
    moment = Moment(catalogue.content, as_of, catalogue.trusted, ready.hubs_in(catalogue))
    ledger = _in_order(spelled_rows(rows, catalogue))
    known = [row for row in ledger if row.occurred_at <= as_of]
    spent = frozenset(ready.exclude_evidence_used_by)
    fresh = known if not spent else [row for row in known if spent.isdisjoint(row.frozen_in)]
    accepted = [row for row in fresh if row.status == "accepted"]
    pending = [row for row in fresh if row.status in UNDER_REVIEW]
    granted = Exceptions(exceptions, moment)
    plan = _plan(ready, granted, [*accepted, *pending])
    fits: Fits = find_fits(plan, (*accepted, *pending), moment)
    if granted.given:
        fits = granted.redirect(plan, (*accepted, *pending), fits)
    unforeseen = [row.id for row in (*accepted, *pending) if row.also or row.id in granted.substitutes]
    if unforeseen:
        plan, fits = _joined(plan, Terms(ready.double_counting, granted.waived), fits, unforeseen)
    earned = solve(plan, accepted, fits, moment)
    projected = earned
    if any(fits[row.id] for row in pending):
        projected = solve(plan, [*accepted, *pending], fits, moment)
    once = _once(plan, accepted, fits, earned, moment)
    gate = judge_gate(ready, granted.waived, [row for row in known if row.status == "accepted"], moment)
    passes = Passes(plan, tuple(ledger), fits, earned, projected, once, spent)
    answer = explain(ready, passes, catalogue, moment)
    return replace(
        answer,
        exceptions=granted.reports(),
        gate=gate,
        enrolling=enrolling,
        milestones=_milestones(ready, answer),
    )


def _milestones(definition: PassportDefinition, answer: Evaluation) -> tuple[MilestoneProgress, ...]:
    if not definition.milestones:
        return ()
    statuses = {node.key: node.status for node in answer.nodes}
    return tuple(
        MilestoneProgress(each.node, each.title, statuses[each.node]) for each in definition.milestones
    )


def _plan(definition: PassportDefinition, granted: Exceptions, rows: list[EvidenceRow]) -> Plan:
    if not granted.given:
        return definition.plan
    rule = granted.rewrite(definition.rule, definition.gate_leaves, rows)
    terms = Terms(definition.double_counting, granted.waived)
    if granted.widen and has_too_many(rule, terms):
        rule = granted.rewrite(definition.rule, definition.gate_leaves, rows, widening=False)
    if rule == definition.rule and not granted.waived:
        return definition.plan
    return make_plan(rule, terms)


def _joined(plan: Plan, terms: Terms, fits: Fits, unforeseen: Iterable[str]) -> tuple[Plan, Fits]:
    """Return a plan in which each leaf that a row fits competes with the others, and what the rows fit.

    The fields of leaves say which could share a row. A substitute goes past them, and so does an act that
    several sources told of. Where too many choices would compete then, the row keeps its first part.
    """
    apart = {row: found for row in unforeseen if len(found := _parts_of(plan, fits[row])) > 1}
    if not apart:
        return plan, fits
    together = {frozenset(plan.leaves[n].key for part in found for n in part) for found in apart.values()}
    terms = replace(terms, together=frozenset(together))
    rule = plan.nodes[0].node
    if not has_too_many(rule, terms):
        return make_plan(rule, terms), fits
    lost = {row: {n for part in found[1:] for n in part} for row, found in apart.items()}
    return plan, {
        row: tuple(n for n in numbers if n not in lost.get(row, ())) for row, numbers in fits.items()
    }


def _parts_of(plan: Plan, fitting: tuple[int, ...]) -> list[frozenset[int]]:
    """Return the claiming leaves among `fitting`, part by part, in document order."""
    found = [frozenset(fitting).intersection(frozenset().union(*part.pools)) for part in plan.required]
    return sorted((each for each in found if each), key=min)


def _once(plan: Plan, accepted: list[EvidenceRow], fits: Fits, earned: Outcome, moment: Moment) -> Outcome:
    """Return what the same rows would come to without their windows, expiries and changes of state."""
    if not plan.once_judges or earned.states[0].short == 0:
        return earned
    more = find_fits(plan, accepted, moment, plan.once_judges)
    wider = {row.id: tuple(sorted({*fits[row.id], *more[row.id]})) for row in accepted}
    if all(wider[row.id] == fits[row.id] for row in accepted):
        return earned
    return solve(plan, accepted, wider, moment)


def _in_order(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    ledger = sorted(rows, key=lambda row: row.id)
    for row, following in pairwise(ledger):
        if row.id == following.id:
            raise ValueError(f"evidence {row.id!r} is given twice")
    return ledger
