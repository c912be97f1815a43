"""Exceptions that lead a row past the fields of leaves, or past what can be judged."""

from typing import Any

from tests.domain.simulated import answer, body, granted, leaf, node, row


def test_a_substitute_is_claimed_once_though_no_other_row_could_fit_both_leaves() -> None:
    instead = granted("substitute", "two", evidence="ev_1")
    one, two = leaf("one", template="a"), leaf("two", template="b")
    found = answer(body(one, two, evidence=[row("ev_1", template="a")], exceptions=[instead]))
    assert (found["status"], found["units"]["met"]) == ("partial", 1)
    assert [(each["group"], each["missing"]) for each in found["shortfalls"]] == [(["one", "two"], 1)]


def two_large_choices(exception: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {
            "key": name,
            "n_of": {"n": 5, "from": [leaf(f"{name}-{n}", template=name, count=2) for n in range(10)]},
        }
        for name in ("one", "two")
    ]
    return answer(body(*nodes, evidence=[row("ev_1", template="one")], exceptions=[exception]))


def test_a_substitute_keeps_to_one_part_where_too_many_choices_would_compete() -> None:
    found = two_large_choices(granted("substitute", "two-0", evidence="ev_1"))
    assert found["units"]["met"] == 1
    assert [each["key"] for each in found["nodes"] if each.get("claimed")] == ["one-0"]


def test_a_leaf_is_not_widened_where_too_many_choices_would_compete() -> None:
    found = two_large_choices(granted("allow", "two-0", where={"template": "one"}))
    assert found["units"]["met"] == 1
    assert found["exceptions"][0]["reason"] == "more choices would compete for evidence than can be judged"


def test_a_row_that_is_pinned_to_a_meter_says_that_it_is_held() -> None:
    hours = {"key": "hours", "amount": {"unit": "minutes", "at_least": "2h", "of": {}}}
    pinned = granted("pin", "hours", evidence="ev_1")
    found = answer(body(leaf("one"), hours, evidence=[row("ev_1", minutes=60)], exceptions=[pinned]))
    reasons = [each["why_not"] for each in found["unused_evidence"]]
    assert (found["units"]["met"], reasons) == (0, ["an exception holds it for another leaf"])


def test_an_optional_node_may_be_waived() -> None:
    beside = leaf("beside", template="b") | {"optional": True}
    document = body(leaf("one", template="a"), beside, evidence=[], exceptions=[granted("waive", "beside")])
    assert answer(document)["status"] == "unmet"
    assert node(document, "beside")["status"] == "waived"
