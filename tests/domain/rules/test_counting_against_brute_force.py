"""Values, pools, observers and exceptions against a naive second implementation, on small random cases.

Set PASSPORTS_TEST_SEED to explore other cases; a failure names the seed and the case.
"""

import os
import random
from typing import Any

from app.domain.digests import canonical
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.exceptions import RuleException
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Amount, CapPer, Distinct, Leaf, RuleNode, walk
from app.domain.rules.progress import Evaluation
from tests.domain.rules import brute, brute_counting
from tests.domain.rules.brute_counting import Case
from tests.domain.rules.builders import NOW, START, about, all_of, cases, catalogue, leaf, n_of, shuffled

SEED = int(os.environ.get("PASSPORTS_TEST_SEED", "20160122"))
EMPTY = catalogue()


class Chance:
    """Random rules of leaves that count by values, claim in pools, or observe."""

    def __init__(self, seed: int, case: int) -> None:
        self.random = random.Random(f"{seed}/{case}")  # noqa: S311 (repeatable test cases, no secrets)
        self.leaves = 0

    def leaf(self, *, plain: bool = False) -> Leaf:
        self.leaves += 1
        chance = self.random
        fields: dict[str, Any] = {"count": chance.choice([1, 1, 2, 3])}
        if chance.random() < 0.5:
            fields["distinct"] = Distinct("community", chance.randint(1, fields["count"]))
        if chance.random() < 0.3:
            fields["cap_per"] = CapPer("community", chance.randint(1, 2))
        if not plain and chance.random() < 0.2:
            fields["shared"] = True
        elif not plain and chance.random() < 0.2:
            fields["pool"] = chance.choice("xy")
        if not plain and chance.random() < 0.1:
            cap = CapPer("community", chance.choice([30, 60])) if chance.random() < 0.6 else None
            fields = {
                "kind": "amount",
                "amount": Amount("minutes", chance.choice([30, 60, 100])),
                "cap_per": cap,
            }
        section = chance.choice(["content", "experience", None])
        return leaf(f"l{self.leaves}", *chance.sample("ab", chance.randint(1, 2)), section=section, **fields)

    def rule(self, depth: int = 2) -> RuleNode:
        if depth == 0 or self.leaves > 3 or self.random.random() < 0.3:
            return self.leaf()
        key = f"g{depth}-{self.leaves}"
        children = [self.rule(depth - 1) for _ in range(self.random.randint(1, 2))]
        if self.random.random() < 0.5:
            return all_of(key, *children)
        return n_of(key, self.random.randint(1, len(children)), *children)

    def rows(self, most: int, *, pending: float = 0.0) -> list[EvidenceRow]:
        chance = self.random
        return [
            about(
                number,
                *chance.sample("ab", chance.randint(1, 2)),
                minutes=chance.choice([20, 40]),
                status="submitted" if chance.random() < pending else "accepted",
                data={"community": chance.choice(["p", "q", "r", ["p", "q"], []])},
            )
            for number in range(chance.randint(0, most))
        ]

    def case(self, rows: list[EvidenceRow], *, exceptions: bool) -> Case:
        rule = all_of("root", self.rule(), self.rule())
        chance = self.random
        keys = [node.key for node, _ in walk(rule)]
        leaves = brute.leaves_of(rule)
        waived = frozenset(chance.sample(keys, 1)) if exceptions and chance.random() < 0.5 else frozenset()
        substitutes = frozenset(
            (row.id, chance.choice(leaves).key) for row in rows if exceptions and chance.random() < 0.2
        )
        plain = Case(rule, chance.choice(["forbid", "forbid", "per_section", "allow"]), waived, substitutes)
        under = {node.key for top, _ in walk(rule) if top.key in waived for node, _ in walk(top)}
        pins = {}
        for row in rows:
            fitting = [each.key for each in leaves if plain.fits(row, each) and each.key not in under]
            if exceptions and fitting and chance.random() < 0.3:
                pins[row.id] = chance.choice(fitting)
        return Case(rule, plain.double_counting, waived, substitutes, pins)


def evaluated(case: Case, rows: list[EvidenceRow]) -> Evaluation:
    passport = PassportDefinition(
        key="test",
        version="1.0.0",
        title="Test",
        rule=case.rule,
        expanded=True,
        double_counting=case.double_counting,  # type: ignore[arg-type]  # one of the three words
    )
    given = [RuleException(id=f"w-{key}", kind="waive", node=key, granted_at=START) for key in case.waived]
    given += [
        RuleException(id=f"s-{row}-{key}", kind="substitute", node=key, evidence=row, granted_at=START)
        for row, key in case.substitutes
    ]
    given += [
        RuleException(id=f"p-{row}", kind="pin", node=key, evidence=row, granted_at=START)
        for row, key in case.pins.items()
    ]
    return evaluate(passport, rows, EMPTY, as_of=NOW, exceptions=given)


def check(case: Case, rows: list[EvidenceRow], where: str) -> None:
    evaluation = evaluated(case, rows)
    units = evaluation.units
    accepted = [row for row in rows if row.status == "accepted"]
    least = brute_counting.least_shortfall(case, accepted)
    assert units.total - units.met - units.waived == least, where
    assert units.pending == least - brute_counting.least_shortfall(case, rows), where
    assert evaluation.complete == (least == 0), where
    assert sum(group.missing for group in evaluation.shortfalls) == least - units.pending, where
    claims = {node.key: [each.evidence for each in node.claimed] for node in evaluation.nodes}
    by_id = {row.id: row for row in rows}
    seen = set()
    for each in brute.leaves_of(case.rule):
        held = [by_id[row] for row in claims[each.key]]
        assert brute_counting.units(each, held) == len(held), where
        assert all(case.fits(row, each) for row in held), where
        for row in held:
            assert (case.pool(each), row.id) not in seen, where
            seen.add((case.pool(each), row.id))


@cases(1500)
def test_values_pools_and_observers_equal_brute_force_on_both_passes(numbers: range) -> None:
    for number in numbers:
        chance = Chance(SEED, number)
        rows = chance.rows(4, pending=0.2)
        check(chance.case(rows, exceptions=False), rows, f"seed {SEED}, case {number}")


@cases(1500)
def test_exceptions_equal_brute_force_on_both_passes(numbers: range) -> None:
    for number in numbers:
        chance = Chance(SEED + 1, number)
        rows = chance.rows(4, pending=0.2)
        check(chance.case(rows, exceptions=True), rows, f"seed {SEED + 1}, case {number}")


@cases(1500)
def test_the_tie_break_sees_leaves_and_never_the_values_that_rows_stand_for(numbers: range) -> None:
    for number in numbers:
        chance = Chance(SEED + 2, number)
        rows = chance.rows(5)
        case = Case(all_of("root", *(chance.leaf(plain=True) for _ in range(chance.random.randint(1, 3)))))
        found = {claim.evidence: node.key for node in evaluated(case, rows).nodes for claim in node.claimed}
        assert found == brute_counting.first_assignment(case, rows), f"seed {SEED + 2}, case {number}"


@cases(400)
def test_the_order_of_rows_and_exceptions_changes_no_byte(numbers: range) -> None:
    for number in numbers:
        chance = Chance(SEED + 3, number)
        rows = chance.rows(6, pending=0.3)
        case = chance.case(rows, exceptions=True)
        documents = {
            canonical(evaluated(case, mixed).to_document(enrolment="e"))
            for mixed in (rows, rows[::-1], shuffled(rows, chance.random))
        }
        assert len(documents) == 1, f"seed {SEED + 3}, case {number}"


@cases(400)
def test_more_evidence_never_lowers_what_is_met(numbers: range) -> None:
    for number in numbers:
        chance = Chance(SEED + 4, number)
        rows = chance.rows(6)
        case = chance.case(rows, exceptions=False)
        short = [
            (units := evaluated(case, rows[:count]).units).total - units.met for count in range(len(rows) + 1)
        ]
        assert short == sorted(short, reverse=True), f"seed {SEED + 4}, case {number}"
