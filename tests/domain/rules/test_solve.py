"""Choices between composite options, which one flow cannot decide."""

from dataclasses import replace

from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import RuleNode
from app.domain.rules.plan import make_plan
from app.domain.rules.questions import Moment
from app.domain.rules.solve import find_fits, solve
from tests.domain.rules.builders import NOW, about, all_of, catalogue, definition, leaf, n_of


def claims(rule: RuleNode, *rows: EvidenceRow) -> dict[str, list[str]]:
    evaluation = evaluate(definition(rule), rows, catalogue(), as_of=NOW)
    return {node.key: [claim.evidence for claim in node.claimed] for node in evaluation.nodes if node.claimed}


def pair(key: str, one: str, two: str) -> RuleNode:
    return all_of(key, leaf(f"{key}-{one}", one), leaf(f"{key}-{two}", two))


def test_the_option_that_misses_least_is_chosen() -> None:
    rule = n_of("root", 1, pair("first", "a", "b"), pair("second", "c", "d"))
    assert claims(rule, about(1, "c"), about(2, "d"), about(3, "a")) == {
        "second-c": ["ev_01"],
        "second-d": ["ev_02"],
    }


def test_of_equal_options_the_first_in_the_document_is_chosen() -> None:
    rule = n_of("root", 1, pair("first", "a", "b"), pair("second", "c", "d"))
    assert claims(rule, about(1, "c"), about(2, "a")) == {"first-a": ["ev_02"]}


def test_options_that_need_the_same_row_do_not_both_get_it() -> None:
    rule = n_of("root", 2, pair("one", "a", "b"), pair("two", "a", "c"), pair("three", "d", "e"))
    rows = [about(number, topic) for number, topic in enumerate("abcde")]
    assert set(claims(rule, *rows)) == {"one-a", "one-b", "three-d", "three-e"}
    assert set(claims(rule, *rows, about(9, "a"))) == {"one-a", "one-b", "two-a", "two-c"}


def test_a_choice_beside_a_leaf_leaves_it_the_row_that_it_needs() -> None:
    rule = all_of("root", n_of("pick", 1, pair("p", "a", "b"), pair("q", "c", "d")), leaf("only", "a"))
    rows = [about(number, topic) for number, topic in enumerate("abcd")]
    assert claims(rule, *rows) == {"only": ["ev_00"], "q-c": ["ev_02"], "q-d": ["ev_03"]}


def test_hubs_below_options_bound_what_an_option_can_reach() -> None:
    hub = n_of("hub", 2, leaf("x", "a"), leaf("y", "a"), leaf("z", "b"))
    rule = n_of("root", 1, all_of("long", hub, leaf("w", "w")), pair("short", "c", "d"))
    assert claims(rule, about(1, "a"), about(2, "b"), about(3, "w")) == {
        "x": ["ev_01"],
        "z": ["ev_02"],
        "w": ["ev_03"],
    }


def test_rows_that_fit_nothing_have_no_place() -> None:
    plan = make_plan(leaf("one"))
    rows = [about(1, "other"), about(2, "one"), about(3, "one")]
    fits = find_fits(plan, rows, Moment({}, NOW))
    assert fits == {"ev_01": (), "ev_02": (0,), "ev_03": (0,)}
    outcome = solve(plan, rows, fits, Moment({}, NOW))
    assert outcome.place == {"ev_02": (0,)}
    assert [state.short for state in outcome.states] == [0]


def test_an_act_that_two_sources_told_of_is_claimed_once_though_each_report_fits_another_leaf() -> None:
    one, two = leaf("one", template=("a",)), leaf("two", template=("b",))
    act = about(1, "one", "two", template="a")
    told = replace(act, also=(replace(act, template="b"),))
    assert claims(all_of("root", one, two), told) == {"one": ["ev_01"]}


def test_a_row_that_an_optional_leaf_could_use_too_is_kept_for_it() -> None:
    rule = all_of("root", leaf("one", "x", "y"), leaf("beside", "x", optional=True))
    assert claims(rule, about(1, "x"), about(2, "y")) == {"one": ["ev_02"], "beside": ["ev_01"]}
