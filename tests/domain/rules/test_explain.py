import json
from datetime import timedelta
from typing import Any

import pytest

from app.domain.content import ApprovalInterval
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.language import Amount, Coverage, Leaf, RuleNode
from app.domain.rules.progress import Evaluation
from tests.domain.rules.builders import (
    NOW,
    START,
    about,
    all_of,
    catalogue,
    content,
    definition,
    leaf,
    n_of,
    row,
    statuses,
)


def answer(rule: RuleNode, *rows: EvidenceRow, known: Catalogue | None = None) -> Evaluation:
    return evaluate(definition(rule), rows, known or catalogue(), as_of=NOW)


def steps(evaluation: Evaluation) -> list[tuple[tuple[str, ...], str, str | None]]:
    return [(step.closes, step.kind, step.ref) for step in evaluation.next_steps]


def two_sessions() -> Leaf:
    return leaf("talks", "talks", title="Talks", count=2)


# Shortfalls -----------------------------------------------------------------------------------------


def test_two_leaves_that_compete_for_one_row_are_named_as_one_group() -> None:
    rule = all_of("root", leaf("one", "a", title="Essential"), leaf("two", "a", title="Personal"))
    (group,) = answer(rule, about(1, "a")).shortfalls
    assert group.group == ("one", "two")
    assert (group.needs, group.missing, group.fitting_rows) == (2, 1, ("ev_01",))
    assert group.text == (
        "Essential and Personal need 2 different pieces of evidence; only 1 fits any of them."
    )


def test_a_chain_of_competing_leaves_is_one_group() -> None:
    rule = all_of("root", leaf("one", "a"), leaf("two", "a", "b"), leaf("three", "b"))
    (group,) = answer(rule, about(1, "a"), about(2, "b")).shortfalls
    assert group.group == ("one", "two", "three")
    assert (group.needs, group.missing) == (3, 1)
    assert "only 2 fit any of them" in group.text


def test_a_leaf_alone_is_a_group_of_one() -> None:
    evaluation = answer(all_of("root", two_sessions(), leaf("other")), about(1, "talks"))
    first, second = evaluation.shortfalls
    assert first.text == "Talks: 1 more piece of evidence is needed; 1 of 2 is there."
    assert second.text == "other: 1 more piece of evidence is needed; none fits so far."
    assert answer(leaf("three", "a", count=3), about(1, "a"), about(2, "a")).shortfalls[0].text == (
        "three: 1 more piece of evidence is needed; 2 of 3 are there."
    )


def test_the_options_of_a_choice_are_one_group() -> None:
    rule = n_of("two-of-three", 2, leaf("one"), leaf("two"), leaf("three"))
    (group,) = answer(rule, about(1, "one")).shortfalls
    assert group.group == ("two", "three")
    assert (group.needs, group.missing, group.fitting_rows) == (1, 1, ())
    assert group.text == "1 more piece of evidence is needed for two or three; none so far."


def test_a_leaf_that_review_will_close_makes_no_group() -> None:
    evaluation = answer(all_of("root", leaf("one"), leaf("two")), about(1, "one", status="in_review"))
    assert [group.group for group in evaluation.shortfalls] == [("two",)]
    assert steps(evaluation) == [(("two",), "experience", None), (("one",), "wait_review", "ev_01")]


# Statuses and units ---------------------------------------------------------------------------------


def test_a_row_under_review_makes_pending_and_a_returned_one_does_not() -> None:
    rule = all_of("root", leaf("one"), leaf("two"))
    rows = [about(1, "one"), about(2, "two", status="returned")]
    returned = answer(rule, *rows)
    assert (returned.status, returned.units.pending) == ("partial", 0)
    assert steps(returned)[0] == (("two",), "revise", "ev_02")
    assert returned.unused_evidence[0].why_not == "a reviewer returned it; revise it and submit it again"
    again = answer(rule, rows[0], about(2, "two", status="submitted"))
    assert (again.status, again.units.met, again.units.pending) == ("pending", 1, 1)
    assert again.nodes[2].in_review == ("ev_02",)
    assert again.nodes[2].status == "pending"
    assert again.unused_evidence == ()


def test_a_row_that_pays_elsewhere_is_named_where_it_also_fits() -> None:
    rule = all_of("root", leaf("one", "a"), leaf("two", "a"))
    evaluation = answer(rule, about(1, "a"))
    assert [(each.evidence, each.claimed_by) for each in evaluation.nodes[2].also_fits] == [("ev_01", "one")]


def test_a_row_under_review_may_free_another_one() -> None:
    rule = all_of("root", leaf("one", "a", "b"), leaf("two", "a"))
    evaluation = answer(rule, about(1, "a"), about(2, "b", status="submitted"))
    assert evaluation.status == "pending"
    assert steps(evaluation) == [(("two",), "wait_review", "ev_02")]


def test_a_row_under_review_that_would_close_nothing_is_not_waited_for() -> None:
    rows = [about(1, "one", status="submitted"), about(2, "one")]
    evaluation = answer(leaf("one"), *rows)
    assert evaluation.complete
    assert evaluation.next_steps == ()
    assert [each.evidence for each in evaluation.unused_evidence] == ["ev_01"]


def test_a_row_under_review_that_closes_a_part_is_waited_for() -> None:
    evaluation = answer(leaf("one", count=3), about(1, "one"), about(2, "one", status="submitted"))
    assert evaluation.status == "partial"
    assert steps(evaluation)[-1] == (("one",), "wait_review", "ev_02")


def test_the_units_of_a_choice_are_those_of_its_best_children() -> None:
    rule = n_of("root", 1, leaf("long", "a", count=3), all_of("pair", leaf("one", "b"), leaf("two", "c")))
    nothing = answer(rule)
    assert (nothing.units.met, nothing.units.total, nothing.status) == (0, 2, "unmet")
    begun = answer(rule, about(1, "a"), about(2, "a"))
    assert (begun.units.met, begun.units.total, begun.status) == (2, 3, "partial")


def test_optional_leaves_take_what_is_left_over_and_never_count() -> None:
    extra = leaf("extra", "a", optional=True)
    rule = all_of("root", extra, leaf("needed", "a"))
    one = answer(rule, about(1, "a"))
    assert (one.complete, one.units.total) == (True, 1)
    assert statuses(one.to_document(enrolment="e")) == {"root": "met", "extra": "unmet", "needed": "met"}
    two = answer(rule, about(1, "a"), about(2, "a"))
    assert [claim.evidence for claim in two.nodes[1].claimed] == ["ev_02"]
    assert two.to_document(enrolment="e")["nodes"][1]["optional"] is True


def test_recommended_optional_leaves_are_among_the_next_steps() -> None:
    plain = leaf("plain", optional=True)
    wanted = leaf("wanted", optional=True, recommended=True, template=("talk",))
    evaluation = answer(all_of("root", leaf("needed"), plain, wanted), about(1, "needed"))
    assert evaluation.complete
    assert evaluation.shortfalls == ()
    assert steps(evaluation) == [(("wanted",), "experience", "template:talk")]


# Why not --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "why_not"),
    [
        ("draft", "it is a draft; submit it"),
        ("rejected", "a reviewer rejected it"),
        ("withdrawn", "it was withdrawn"),
        ("invalidated", "it was declared invalid"),
    ],
)
def test_a_row_in_another_state_says_so(status: str, why_not: str) -> None:
    evaluation = answer(leaf("one"), about(1, "one", status=status))
    assert evaluation.status == "unmet"
    assert evaluation.unused_evidence[0].why_not == why_not


def test_a_row_that_is_not_needed_says_where_it_fits() -> None:
    evaluation = answer(
        all_of("root", leaf("one", "a"), leaf("two", "b")), *(about(n, "a", "b") for n in range(3))
    )
    assert evaluation.unused_evidence[0].why_not == "it fits “one” and “two”, which can do without it"


def test_the_closest_leaf_gives_the_reason() -> None:
    far = leaf("far", "x", template=("one",))
    near = leaf("near", "a", template=("two",))
    evaluation = answer(all_of("root", far, near), about(1, "a"))
    assert evaluation.unused_evidence[0].why_not == "“near”: its template is not given; asked is two"


def test_a_row_of_the_future_does_not_count_yet() -> None:
    future = about(1, "one", occurred_at=NOW + timedelta(days=2))
    evaluation = answer(leaf("one"), future)
    assert evaluation.status == "unmet"
    assert evaluation.unused_evidence[0].why_not == (
        "it happened on 2016-03-03, after the day of this answer"
    )
    assert answer(leaf("one"), about(1, "one", occurred_at=NOW)).complete


def test_a_row_that_only_a_meter_counts_says_what_the_leaf_that_asks_for_more_misses() -> None:
    hours = leaf("hours", "a", "b", kind="amount", amount=Amount("minutes", 60))
    rule = all_of("root", leaf("lead", "a", template=("prototype",)), leaf("full", "b"), hours)
    rows = (about(1, "b", minutes=30), about(2, "a", minutes=30), about(3, "b", minutes=30))
    evaluation = answer(rule, *rows)
    assert [(each.evidence, each.why_not) for each in evaluation.unused_evidence] == [
        ("ev_02", "“lead”: its template is not given; asked is prototype"),
    ]
    met = answer(rule, *rows, about(4, "a", template="prototype"))
    assert (met.complete, met.unused_evidence) == (True, ())


# Next steps -----------------------------------------------------------------------------------------


def blocks() -> Coverage:
    each = Leaf(key="", kind="content")
    return Coverage(key="blocks", framework="leading@0.1", each=each)


def test_content_for_any_leaf_of_the_group_is_suggested() -> None:
    known = catalogue(
        content("wiki-day", "wikis"),
        content("both", "teams", "open", mode="hybrid"),
        content("future", "open", approvals=(ApprovalInterval(NOW + timedelta(days=1)),)),
        content("other", "action"),
        content("seen", "open"),
    )
    passport = definition(all_of("root", blocks()))
    unpublished: dict[str, Any] = {**vars(passport), "expanded": False}
    rows = [row(1, "attendance", content="seen"), row(2, "attendance", content="other")]
    evaluation = evaluate(
        type(passport)(**{k: v for k, v in unpublished.items() if k != "plan"}), rows, known, as_of=NOW
    )
    assert [group.group for group in evaluation.shortfalls] == [("blocks/teams",)]
    (step,) = evaluation.next_steps
    assert step.to_document() == {
        "closes": ["blocks/teams"],
        "kind": "session",
        "ref": "content:both",
        "mode": "hybrid",
        "reason": "'Both' counts for Empowering Teams",
    }


def test_recommended_content_comes_first_and_a_group_is_said_to_be_one() -> None:
    known = catalogue(content("a-talk"), content("z-talk"))
    leaves = [Leaf(key=key, kind="content", recommend=("content:z-talk",)) for key in ("one", "two")]
    evaluation = answer(all_of("root", *leaves), row(1, "attendance", content="lost"), known=known)
    assert [step.ref for step in evaluation.next_steps] == ["content:z-talk", "content:a-talk"] * 2
    shared = answer(all_of("root", *leaves), row(1, "attendance", content="a-talk"), known=known)
    assert shared.next_steps[0].reason == (
        "'Z talk' counts for one and two; one more piece of evidence closes one unit of the group"
    )


def test_at_most_five_contents_are_named_per_group() -> None:
    known = catalogue(*(content(f"talk-{number}") for number in range(9)))
    evaluation = answer(Leaf(key="one", kind="content"), known=known)
    assert [step.ref for step in evaluation.next_steps] == [f"content:talk-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "choice",
            {"recommend": ("content:a", "external:b")},
            [("choice", "content:a"), ("choice", "external:b")],
        ),
        ("choice", {}, [("choice", None)]),
        ("event", {"event": ("summit",), "role": ("facilitator",)}, [("event", "event:summit")]),
        ("event", {"role": ("facilitator",)}, [("event", "role:facilitator")]),
        ("event", {}, [("event", None)]),
        ("artifact", {}, [("artifact", None)]),
        ("assessment", {}, [("assessment", None)]),
        ("content", {}, []),
    ],
)
def test_each_kind_of_leaf_says_what_to_do(
    kind: str, fields: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    merged: dict[str, Any] = {"kind": kind, "hint": "Do it", **fields}
    evaluation = answer(Leaf(key="one", **merged))
    assert [(step.kind, step.ref) for step in evaluation.next_steps] == expected
    assert all(step.reason == "Do it" for step in evaluation.next_steps)


def test_a_draft_that_would_fit_is_to_be_submitted() -> None:
    rule = all_of("root", leaf("one"), leaf("two"))
    rows = [about(1, "one", status="draft"), about(2, "three", status="draft"), row(3, "rpl", status="draft")]
    assert steps(answer(rule, *rows))[0] == (("one",), "submit", "ev_01")


# The document ---------------------------------------------------------------------------------------


def test_the_document_has_the_shape_of_the_specification() -> None:
    rule = all_of("root", leaf("one", title="One", hint="Go", section="experience"), leaf("two"))
    rows = [about(1, "one"), about(2, "two", status="submitted"), about(3, "zzz")]
    document = answer(rule, *rows).to_document(enrolment="en-1", explain_url="/v1/evaluations/ev")
    assert json.loads(json.dumps(document)) == document
    assert document["nodes"][1] == {
        "key": "one",
        "parent": "root",
        "kind": "experience",
        "title": "One",
        "hint": "Go",
        "section": "experience",
        "status": "met",
        "need": 1,
        "have": 1,
        "claimed": [{"evidence": "ev_01", "why": "experience 'Act 1'; assurance reviewed"}],
    }
    assert document["nodes"][2] == {
        "key": "two",
        "parent": "root",
        "kind": "experience",
        "status": "pending",
        "need": 1,
        "have": 0,
        "in_review": ["ev_02"],
    }
    rest = {name: value for name, value in document.items() if name not in ("nodes", "rule_digest")}
    assert rest == {
        "enrolment": "en-1",
        "passport": "test",
        "version": "1.0.0",
        "as_of": "2016-03-01T12:00:00Z",
        "engine": "prl-1",
        "status": "pending",
        "complete": False,
        "units": {"met": 1, "waived": 0, "pending": 1, "total": 2},
        "shortfalls": [],
        "next_steps": [
            {"closes": ["two"], "kind": "wait_review", "ref": "ev_02", "reason": "'Act 2' is under review"}
        ],
        "unused_evidence": [{"evidence": "ev_03", "why_not": "“One”: its topic is not one"}],
        "exceptions": [],
        "expires_next": None,
        "explain_url": "/v1/evaluations/ev",
    }
    short = answer(all_of("root", leaf("a", "x"), leaf("b", "x")), about(1, "x")).to_document(enrolment="e")
    assert short["shortfalls"][0]["fitting_rows"] == ["ev_01"]
    assert short["nodes"][2]["also_fits"] == [{"evidence": "ev_01", "claimed_by": "a"}]
    assert START < NOW
