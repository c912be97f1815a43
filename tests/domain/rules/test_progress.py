from datetime import timedelta

import pytest

from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.language import Coverage, Leaf
from app.domain.rules.progress import Completion, completion
from app.errors import LintFailedError, NotCompleteError
from tests.domain.rules.builders import NOW, about, all_of, catalogue, definition, leaf


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
