"""The engine against a naive second implementation, on many small random cases.

Set PASSPORTS_TEST_SEED to explore other cases; a failure names the seed and the case.
"""

import os
import random
from itertools import pairwise

import pytest

from app.domain.digests import canonical
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Coverage, Leaf, RuleNode
from app.domain.rules.progress import completion
from tests.domain.rules import brute
from tests.domain.rules.builders import NOW, about, all_of, cases, catalogue, definition, leaf, n_of, shuffled

SEED = int(os.environ.get("PASSPORTS_TEST_SEED", "20160122"))
TOPICS = "abcd"
EMPTY = catalogue()
ORDER = ("unmet", "partial", "pending", "met")


class Chance:
    """Random rules and rows; leaves are numbered, so keys say where they stand."""

    def __init__(self, seed: int, case: int) -> None:
        self.random = random.Random(f"{seed}/{case}")  # noqa: S311 (repeatable test cases, no secrets)
        self.leaves = 0
        self.groups = 0

    def rule(self, depth: int, *, composite: bool = True) -> RuleNode:
        chance = self.random
        if depth == 0 or self.leaves > 4 or chance.random() < 0.25:
            return self.leaf()
        self.groups += 1
        key = f"g{self.groups}"
        kind = chance.choice(["all_of", "n_of", "coverage"] if composite else ["all_of"])
        if kind == "coverage":
            return self.coverage(key)
        children = [self.rule(depth - 1, composite=composite) for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.15 and self.leaves < 6:
            children.append(self.leaf(optional=True))
        required = sum(not child.optional for child in children)
        if kind == "all_of":
            return all_of(key, *children)
        return n_of(key, chance.randint(1, required), *children)

    def leaf(self, *, count: int | None = None, optional: bool = False) -> Leaf:
        self.leaves += 1
        topics = self.random.sample(TOPICS, self.random.randint(1, 2))
        if count is None:
            count = self.random.choice([1, 1, 1, 2, 3])
        return leaf(f"l{self.leaves}", *topics, count=count, optional=optional)

    def coverage(self, key: str) -> Coverage:
        children = tuple(self.leaf(count=1) for _ in range(self.random.randint(1, 3)))
        n = self.random.choice([None, self.random.randint(1, len(children))])
        return Coverage(key=key, framework="leading@0.1", each=children[0], n=n, children=children)

    def hubs(self) -> RuleNode:
        """Return a rule whose choices are all among single units: a pure flow problem."""
        parts: list[RuleNode] = [self.leaf() for _ in range(self.random.randint(0, 2))]
        units = [self.leaf(count=1) for _ in range(self.random.randint(2, 3))]
        parts.append(n_of("hub", self.random.randint(1, len(units)), *units))
        if self.random.random() < 0.3:
            inner = n_of("inner", 1, self.leaf(count=1), self.leaf(count=1))
            parts.append(n_of("outer", 1, inner, self.leaf(count=1)))
        return all_of("root", *parts)

    def rows(self, most: int, *, pending: float = 0.0) -> list[EvidenceRow]:
        return [
            about(
                number,
                *self.random.sample(TOPICS, self.random.randint(1, 3)),
                status="submitted" if self.random.random() < pending else "accepted",
            )
            for number in range(self.random.randint(0, most))
        ]


@cases(9000)
def test_status_and_units_equal_brute_force_on_both_passes(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED, case)
        rule, rows = chance.rule(3), chance.rows(6, pending=0.25)
        evaluation = evaluate(definition(rule), rows, EMPTY, as_of=NOW)
        accepted = [row for row in rows if row.status == "accepted"]
        least = brute.least_shortfall(rule, accepted)
        projected = brute.least_shortfall(rule, rows)
        where = f"seed {SEED}, case {case}"
        assert evaluation.units.total - evaluation.units.met == least, where
        assert evaluation.units.pending == least - projected, where
        assert evaluation.complete == (least == 0), where
        assert (evaluation.status == "pending") == (least > 0 == projected), where
        assert (completion(evaluation) is not None) == (least == 0), where


@cases(1500)
def test_no_row_is_claimed_twice_and_no_leaf_claims_more_than_it_asks_for(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED + 1, case)
        rule, rows = chance.rule(3), chance.rows(7)
        evaluation = evaluate(definition(rule), rows, EMPTY, as_of=NOW)
        claims = {node.key: [claim.evidence for claim in node.claimed] for node in evaluation.nodes}
        claimed = [row for each in claims.values() for row in each]
        by_id = {row.id: row for row in rows}
        where = f"seed {SEED + 1}, case {case}"
        assert len(claimed) == len(set(claimed)), where
        for each in brute.leaves_of(rule):
            assert len(claims[each.key]) <= each.count, where
            assert all(brute.fits(by_id[row], each) for row in claims[each.key]), where


@cases(4000)
def test_the_assignment_is_the_one_that_the_tie_break_names(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED + 2, case)
        rule, rows = chance.hubs(), chance.rows(4)
        evaluation = evaluate(definition(rule), rows, EMPTY, as_of=NOW)
        found = {claim.evidence: node.key for node in evaluation.nodes for claim in node.claimed}
        assert found == brute.first_assignment(rule, rows), f"seed {SEED + 2}, case {case}"


@cases(2000)
def test_the_order_of_rows_changes_no_byte(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED + 3, case)
        passport, rows = definition(chance.rule(3)), chance.rows(7, pending=0.3)
        documents = {
            canonical(evaluate(passport, mixed, EMPTY, as_of=NOW).to_document(enrolment="e"))
            for mixed in (rows, rows[::-1], shuffled(rows, chance.random))
        }
        assert len(documents) == 1, f"seed {SEED + 3}, case {case}"


@cases(1500)
def test_more_accepted_evidence_never_lowers_the_answer(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED + 4, case)
        passport, rows = definition(chance.rule(3)), chance.rows(6)
        answers = [evaluate(passport, rows[:count], EMPTY, as_of=NOW) for count in range(len(rows) + 1)]
        for before, after in pairwise(answers):
            where = f"seed {SEED + 4}, case {case}"
            assert ORDER.index(before.status) <= ORDER.index(after.status), where
            assert after.units.total - after.units.met <= before.units.total - before.units.met, where


@cases(2500)
def test_shortfall_groups_are_hall_violators_and_any_fitting_row_closes_a_unit(numbers: range) -> None:
    for case in numbers:
        chance = Chance(SEED + 5, case)
        rule, rows = chance.hubs(), chance.rows(4)
        evaluation = evaluate(definition(rule), rows, EMPTY, as_of=NOW)
        leaves = {each.key: each for each in brute.leaves_of(rule)}
        short = evaluation.units.total - evaluation.units.met
        where = f"seed {SEED + 5}, case {case}"
        assert sum(group.missing for group in evaluation.shortfalls) == short, where
        named = [key for group in evaluation.shortfalls for key in group.group]
        assert len(named) == len(set(named)), where
        for group in evaluation.shortfalls:
            fitting = {row.id for row in rows if any(brute.fits(row, leaves[key]) for key in group.group)}
            assert set(group.fitting_rows) == fitting, where
            assert group.needs == len(fitting) + group.missing, where
        for key, each in leaves.items():
            helped = brute.least_shortfall(rule, [*rows, about(99, *each.topics[:1])])
            only_here = definition_with_private_topic(rule, key)
            closes = brute.least_shortfall(only_here, [*rows, about(99, "private")]) < short
            assert (key in named) == closes, where
            assert helped <= short, where


def definition_with_private_topic(rule: RuleNode, key: str) -> RuleNode:
    """Return the rule where the leaf `key` also takes rows of a topic that no other leaf takes."""
    if isinstance(rule, Leaf):
        extra = ("private",) if rule.key == key else ()
        return leaf(rule.key, *rule.topics, *extra, count=rule.count)
    children = tuple(definition_with_private_topic(child, key) for child in rule.children)
    return n_of(rule.key, getattr(rule, "n", len(children)), *children)


@pytest.mark.untraced
def test_first_fit_denies_people_who_are_complete_and_the_engine_does_not() -> None:
    denied = complete = 0
    for case in range(1500):
        chance = Chance(SEED + 6, case)
        rule, rows = chance.rule(3, composite=False), chance.rows(7)
        if brute.least_shortfall(rule, rows) == 0:
            complete += 1
            denied += brute.first_fit(rule, rows) > 0
            assert evaluate(definition(rule), rows, EMPTY, as_of=NOW).complete, (
                f"seed {SEED + 6}, case {case}"
            )
    assert complete > 100
    assert denied > 0
