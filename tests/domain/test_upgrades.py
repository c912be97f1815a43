"""From one version of a passport to the next: what changes nothing, what takes nothing, what moves along."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.passports import read_passport
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.progress import Evaluation
from app.domain.upgrades import (
    GRACE,
    carry_key,
    ensure_grace,
    followed,
    is_not_worse,
    is_patch,
    lost_nodes,
    node_keys,
    remaining_units,
    sweeps_of,
)
from app.errors import LintFailedError

NOW = datetime(2016, 3, 1, tzinfo=UTC)
NOTHING = Catalogue({}, {}, {})
LATER = "2016-05-01T00:00:00Z"


def a_passport(*counts: int, **members: object) -> PassportDefinition:
    leaves = [
        {"key": f"leaf-{number}", "experience": {"template": f"t{number}", "count": count}}
        for number, count in enumerate(counts or (1,))
    ]
    rule = {"key": "root", "all_of": leaves}
    document = {"key": "small", "version": "1.0.0", "title": "Small", "rule": rule} | members
    return expand(read_passport(document), NOTHING)


def a_row(number: int, template: str = "t0") -> EvidenceRow:
    return EvidenceRow(
        id=f"row-{number}",
        kind="experience",
        status="accepted",
        title="Something done",
        occurred_at=NOW - timedelta(days=number + 1),
        recorded_at=NOW,
        template=template,
    )


def judged(definition: PassportDefinition, *rows: EvidenceRow) -> Evaluation:
    return evaluate(definition, rows, NOTHING, as_of=NOW)


# What is a patch --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        {"title": "Another title"},
        {"description": "More words"},
        {"version": "1.0.1"},
        {"tags": ["new"]},
        {"migration": "stay"},
        {"milestones": [{"node": "leaf-0", "title": "Another title"}]},
    ],
)
def test_other_words_are_a_patch(words: dict[str, Any]) -> None:
    milestones = [{"node": "leaf-0", "title": "One"}]
    assert is_patch(a_passport(milestones=milestones), a_passport(**{"milestones": milestones} | words))


@pytest.mark.parametrize(
    "members",
    [
        {"issue": {"mode": "on_approval"}},
        {"valid_for": "P2Y"},
        {"credits": 2},
        {"renewal": {"key": "again", "experience": {}}},
        {"grants_role": {"role": "mentor"}},
        {"milestones": [{"node": "leaf-0", "title": "One"}]},
        {"double_counting": "allow"},
    ],
)
def test_what_decides_something_is_no_patch(members: dict[str, Any]) -> None:
    assert not is_patch(a_passport(), a_passport(**members))


def test_another_rule_is_no_patch() -> None:
    assert not is_patch(a_passport(1), a_passport(2))


def test_other_words_of_the_renewal_are_a_patch() -> None:
    old = a_passport(renewal={"key": "again", "experience": {}})
    assert is_patch(old, a_passport(renewal={"key": "again", "title": "Once more", "experience": {}}))


# When enrolments are gone through ----------------------------------------------------------------------


def test_each_policy_has_its_sweeps() -> None:
    forced = {"mode": "force", "on": LATER, "reason": "The law changed."}
    assert sweeps_of(a_passport(), now=NOW) == (("patch", NOW),)
    assert sweeps_of(a_passport(migration="stay"), now=NOW) == (("patch", NOW),)
    assert sweeps_of(a_passport(migration="if_not_worse"), now=NOW) == (("if_not_worse", NOW),)
    assert sweeps_of(a_passport(migration=forced), now=NOW) == (
        ("patch", NOW),
        ("force", datetime(2016, 5, 1, tzinfo=UTC)),
    )


def test_nobody_is_forced_without_thirty_days_of_grace() -> None:
    forced = a_passport(migration={"mode": "force", "on": LATER, "reason": "The law changed."})
    ensure_grace(a_passport(), now=NOW)
    assert forced.migration.on is not None
    ensure_grace(forced, now=forced.migration.on - GRACE)
    with pytest.raises(LintFailedError) as caught:
        ensure_grace(forced, now=forced.migration.on - GRACE + timedelta(seconds=1))
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/migration/on", "grace_too_short")
    ]


# Who loses ---------------------------------------------------------------------------------------------


def test_the_same_or_less_to_do_is_not_worse() -> None:
    old, more, fewer = a_passport(2), a_passport(2, 1), a_passport(1)
    row = a_row(0)
    assert is_not_worse(judged(old, row), judged(fewer, row))
    assert is_not_worse(judged(old, row), judged(old, row))
    assert not is_not_worse(judged(old, row), judged(more, row))


def test_a_rule_that_is_met_is_never_worse() -> None:
    met = judged(a_passport(1), a_row(0))
    assert is_not_worse(replace(met), met)
    assert remaining_units(met) == 0


def test_waived_units_are_not_missing() -> None:
    answer = judged(a_passport(2, 1), a_row(0))
    assert remaining_units(answer) == 2
    assert remaining_units(replace(answer, units=replace(answer.units, waived=1))) == 1


def test_a_learner_loses_the_nodes_that_are_gone_and_hold_something_of_theirs() -> None:
    rows = (a_row(0), a_row(1, "t1"))
    old, new = judged(a_passport(1, 1, 1), *rows), judged(a_passport(1), *rows)
    assert lost_nodes(old, new, {}) == ("leaf-1",)
    assert lost_nodes(old, new, {"leaf-1": "leaf-0"}) == ()


# What moves along --------------------------------------------------------------------------------------


def test_a_key_is_followed_through_every_version_between() -> None:
    second = followed({}, {"prototype": "build", "talk": "session"})
    assert followed(second, {"build": "ship-prototype"}) == {
        "prototype": "ship-prototype",
        "build": "ship-prototype",
        "talk": "session",
    }


def test_a_key_lives_on_as_itself_or_where_it_moved() -> None:
    definition = replace(a_passport(1, 1), moved=(("lost", "gone"),))
    present = sorted(node_keys(definition))
    assert carry_key(present[0], definition) == present[0]
    moved = replace(definition, moved=(("old", present[0]), ("lost", "gone")))
    assert carry_key("old", moved) == present[0]
    assert [carry_key(key, moved) for key in ("lost", "never")] == [None, None]
