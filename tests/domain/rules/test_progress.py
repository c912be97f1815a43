from datetime import timedelta

import pytest

from app.domain.rules.definition import Gate, Milestone, PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.exceptions import RuleException
from app.domain.rules.language import Coverage, Leaf
from app.domain.rules.progress import Completion, completion
from app.errors import LintFailedError, NotCompleteError
from tests.domain.rules.builders import NOW, START, about, all_of, catalogue, definition, leaf


def test_only_a_met_rule_gives_a_completion() -> None:
    passport = definition(all_of("root", leaf("one", count=2), leaf("two")))
    rows = [about(3, "one"), about(1, "one"), about(2, "two")]
    short = evaluate(passport, rows[:2], catalogue(), as_of=NOW)
    assert completion(short) is None
    with pytest.raises(NotCompleteError, match="2 of 3 units are met"):
        Completion(short)
    done = completion(evaluate(passport, rows, catalogue(), as_of=NOW))
    assert done is not None
    assert done.claims == {"one": ("ev_01", "ev_03"), "two": ("ev_02",)}
    assert done.evidence == ("ev_01", "ev_03", "ev_02")


def test_a_part_that_is_met_is_a_completion_of_its_own() -> None:
    part = all_of("part", leaf("one"), leaf("two"))
    passport = definition(
        all_of("root", part, leaf("three")),
        milestones=(Milestone("part", "Half"), Milestone("three", "Rest")),
    )
    answer = evaluate(passport, [about(1, "one"), about(2, "two")], catalogue(), as_of=NOW)
    assert [(each.node, each.status) for each in answer.milestones] == [("part", "met"), ("three", "unmet")]
    assert answer.reached == ("part",)
    half = Completion(answer, "part")
    assert [node.key for node in half.nodes] == ["part", "one", "two"]
    assert (half.evidence, half.units.met, half.units.total) == (("ev_01", "ev_02"), 2, 2)
    assert not half.needs_officer
    with pytest.raises(NotCompleteError, match="0 of 1 units are met"):
        Completion(answer, "three")


@pytest.mark.parametrize(("waived", "by_officer"), [(("one",), False), (("one", "two"), True)])
def test_a_part_that_was_waived_for_the_most_is_for_an_officer(
    waived: tuple[str, ...], *, by_officer: bool
) -> None:
    part = all_of("part", leaf("one"), leaf("two"), leaf("three"))
    passport = definition(all_of("root", part, leaf("four")), milestones=(Milestone("part", "Half"),))
    exceptions = [RuleException(id=f"ex_{key}", kind="waive", node=key, granted_at=START) for key in waived]
    rows = [about(number, key) for number, key in enumerate(("one", "two", "three")) if key not in waived]
    answer = evaluate(passport, rows, catalogue(), as_of=NOW, exceptions=exceptions)
    assert (answer.reached, Completion(answer, "part").needs_officer) == (("part",), by_officer)


def test_nothing_is_reached_while_a_gate_is_closed() -> None:
    gate = Gate("before_count", (Leaf(key="base", kind="passport", passport="base"),))
    passport = definition(
        all_of("root", leaf("one"), leaf("two")), milestones=(Milestone("one", "First"),), requires=gate
    )
    answer = evaluate(passport, [about(1, "one")], catalogue(), as_of=NOW)
    assert (answer.milestones[0].status, answer.reached) == ("met", ())
    with pytest.raises(NotCompleteError):
        Completion(answer, "one")


def test_a_pending_rule_is_no_completion() -> None:
    evaluation = evaluate(
        definition(leaf("one")), [about(1, "one", status="submitted")], catalogue(), as_of=NOW
    )
    assert evaluation.status == "pending"
    assert not evaluation.complete
    assert completion(evaluation) is None


def test_a_row_given_twice_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="ev_01"):
        evaluate(definition(leaf("one")), [about(1, "one"), about(1, "one")], catalogue(), as_of=NOW)


def test_an_instant_without_a_zone_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no zone"):
        evaluate(definition(leaf("one")), [], catalogue(), as_of=NOW.replace(tzinfo=None))


def test_the_same_rows_give_another_answer_later_only_through_windows() -> None:
    passport = definition(leaf("one"))
    first = evaluate(passport, [about(1, "one")], catalogue(), as_of=NOW)
    later = evaluate(passport, [about(1, "one")], catalogue(), as_of=NOW + timedelta(days=999))
    assert first.nodes == later.nodes


def test_a_draft_is_expanded_before_it_is_evaluated() -> None:
    each = Leaf(key="", kind="content")
    rule = Coverage(key="blocks", framework="leading@0.1", each=each, n=1)
    draft = PassportDefinition(key="test", version="1.0.0", title="Test", rule=rule)
    evaluation = evaluate(draft, [], catalogue(), as_of=NOW)
    assert [node.key for node in evaluation.nodes] == [
        "blocks",
        "blocks/open",
        "blocks/teams",
        "blocks/action",
    ]
    assert evaluation.units.total == 1
    lost = PassportDefinition(
        key="test", version="1.0.0", title="Test", rule=Coverage(key="b", framework="lost@1", each=each)
    )
    with pytest.raises(LintFailedError):
        evaluate(lost, [], catalogue(), as_of=NOW)
