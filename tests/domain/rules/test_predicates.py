"""What a leaf asks of a row, field by field, against a plain reading of the specification."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.content import Alignment, ApprovalInterval
from app.domain.instants import Duration
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow, LevelReached, RowItem
from app.domain.rules.language import ASSURANCES, ItemTarget, Leaf, MinLevel
from tests.domain.rules.builders import NOW, START, catalogue, content, definition, row

SEED = 20160122
DAY = timedelta(days=1)
OPEN = ItemTarget("leading@0.1", "open", "Working Open", ("open", "docs", "wikis"))
DONE = MinLevel("outcomes@1.0.0", "outcome", "done", ("done", "kept"))


def a_leaf(kind: str = "content", **fields: Any) -> Leaf:  # noqa: ANN401 (the fields of a leaf)
    merged: dict[str, Any] = {"kind": kind, **fields}
    return Leaf(key="asked", **merged)


def status(leaf: Leaf, one: EvidenceRow, known: Catalogue | None = None) -> str:
    return evaluate(definition(leaf), [one], known or catalogue(), as_of=NOW).status


def reason(leaf: Leaf, one: EvidenceRow, known: Catalogue | None = None) -> str:
    return evaluate(definition(leaf), [one], known or catalogue(), as_of=NOW).unused_evidence[0].why_not


# Content --------------------------------------------------------------------------------------------


def test_content_counts_when_it_was_approved_on_the_day() -> None:
    known = catalogue(content("talk", approvals=(ApprovalInterval(START + DAY, START + 3 * DAY),)))
    days = {day: status(a_leaf(), row(day, "attendance", content="talk"), known) for day in range(5)}
    assert days == {0: "unmet", 1: "met", 2: "met", 3: "unmet", 4: "unmet"}
    assert reason(a_leaf(), row(0, "attendance", content="talk"), known) == (
        "“asked”: 'talk' was not approved on 2016-01-01"
    )


def test_a_retroactive_approval_counts_what_came_before() -> None:
    known = catalogue(content("talk", approvals=(ApprovalInterval(START + 9 * DAY, None, retroactive=True),)))
    assert status(a_leaf(), row(1, "attendance", content="talk"), known) == "met"


def test_an_interval_is_judged_in_the_learners_favour() -> None:
    known = catalogue(content("talk", approvals=(ApprovalInterval(START + 2 * DAY),)))
    long = row(1, "attendance", content="talk", occurred_end=START + 2 * DAY)
    assert status(a_leaf(), long, known) == "met"


def test_in_house_content_needs_an_approval_too() -> None:
    assert (
        status(a_leaf(), row(1, "attendance", content="talk"), catalogue(content("talk", approvals=())))
        == "unmet"
    )


@pytest.mark.parametrize(
    ("fields", "met"),
    [
        ({"keys": ("talk",)}, True),
        ({"keys": ("other", "talk")}, True),
        ({"keys": ("other",)}, False),
        ({"tags": ("iot",)}, True),
        ({"tags": ("rust",)}, False),
        ({"topics": ("privacy",)}, True),
        ({"topics": ("leadership",)}, False),
        ({"origin": ("approved",)}, False),
        ({"origin": ("approved", "in_house")}, True),
        ({"mode": ("in_person",)}, False),
        ({"mode": ("online",)}, True),
        ({"tags": ("iot",), "topics": ("leadership",)}, False),
    ],
)
def test_fields_of_content_are_joined_by_and_values_by_or(fields: dict[str, Any], *, met: bool) -> None:
    known = catalogue(content("talk", tags=("iot", "hardware"), topics=("privacy",)))
    claim = row(1, "content_completion", content="talk", topics=frozenset({"leadership"}))
    assert status(a_leaf(**fields), claim, known) == ("met" if met else "unmet")


@pytest.mark.parametrize("mode", ["online", "in_person", "hybrid"])
def test_hybrid_content_is_online_and_in_person(mode: str) -> None:
    known = catalogue(content("talk", mode="hybrid"))
    assert status(a_leaf(mode=(mode,)), row(1, "attendance", content="talk"), known) == "met"


def test_a_row_without_known_content_is_no_content() -> None:
    assert reason(a_leaf(), row(1, "attendance")) == "“asked”: it names no content"
    assert reason(a_leaf(), row(1, "attendance", content="lost")) == "“asked”: 'lost' is not known content"


# Framework items ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("framework", "item", "counts"),
    [
        ("leading", "open", True),
        ("leading@0.1", "open", True),
        ("leading", "docs", True),
        ("leading@0.1", "wikis", True),
        ("leading", "teams", False),
        ("leading@0.2", "open", False),
        ("other", "open", False),
    ],
)
def test_an_item_is_covered_by_itself_and_its_descendants_in_this_version(
    framework: str, item: str, *, counts: bool
) -> None:
    known = catalogue(content("talk", alignments=(Alignment(framework, item, "secondary"),)))
    claim = row(1, "attendance", content="talk")
    assert status(a_leaf(item=OPEN), claim, known) == ("met" if counts else "unmet")
    assert status(a_leaf(item=OPEN, alignment="primary"), claim, known) == "unmet"
    reviewed = row(1, "attendance", content="plain", items=(RowItem(framework, item, "primary", "reviewer"),))
    assert status(a_leaf(item=OPEN, alignment="primary"), reviewed, catalogue(content("plain"))) == (
        "met" if counts else "unmet"
    )


def test_what_learners_say_of_their_own_rows_does_not_cover_an_item() -> None:
    known = catalogue(content("talk"))
    own = row(1, "attendance", content="talk", items=(RowItem("leading@0.1", "open", set_by="learner"),))
    assert status(a_leaf(item=OPEN), own, known) == "unmet"
    assert reason(a_leaf(item=OPEN), own, known) == "“asked”: it is not aligned to Working Open"
    assert "not primarily aligned" in reason(a_leaf(item=OPEN, alignment="primary"), own, known)


def test_the_weight_in_the_reason_is_the_best_one() -> None:
    known = catalogue(content("talk", "open"))
    both = row(
        1,
        "attendance",
        content="talk",
        items=(RowItem("leading@0.1", "docs", "secondary", "reviewer"), RowItem("leading", "teams")),
    )
    evaluation = evaluate(definition(a_leaf(item=OPEN)), [both], known, as_of=NOW)
    assert evaluation.nodes[0].claimed[0].why == (
        "session 'Talk'; aligned to Working Open (primary); approved 2015-12-02"
    )


# Assurance, levels, review --------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASSURANCES)
@pytest.mark.parametrize("have", ASSURANCES)
def test_assurance_is_an_order(asked: str, have: str) -> None:
    enough = ASSURANCES.index(have) >= ASSURANCES.index(asked)
    leaf = a_leaf("experience", assurance=asked)
    assert status(leaf, row(1, assurance=have)) == ("met" if enough else "unmet")
    in_review = enough or ASSURANCES.index(asked) <= ASSURANCES.index("reviewed")
    assert status(leaf, row(1, assurance=have, status="in_review")) == ("pending" if in_review else "unmet")


@pytest.mark.parametrize(
    ("levels", "accepted", "under_review"),
    [
        ((), "unmet", "pending"),
        ((LevelReached("outcomes", "outcome", "started"),), "unmet", "unmet"),
        ((LevelReached("outcomes", "outcome", "done"),), "met", "pending"),
        ((LevelReached("outcomes@1.0.0", "outcome", "kept"),), "met", "pending"),
        ((LevelReached("outcomes", "learning", "done"),), "unmet", "pending"),
        ((LevelReached("other", "outcome", "done"),), "unmet", "pending"),
        ((LevelReached("outcomes", "outcome", "unheard-of"),), "unmet", "unmet"),
    ],
)
def test_a_level_is_reached_or_missing_and_missing_is_forgiven_under_review(
    levels: tuple[LevelReached, ...], accepted: str, under_review: str
) -> None:
    leaf = a_leaf("experience", min_level=DONE)
    assert status(leaf, row(1, levels=levels)) == accepted
    assert status(leaf, row(1, levels=levels, status="submitted")) == under_review


def test_the_highest_level_is_named() -> None:
    levels = (LevelReached("outcomes", "outcome", "kept"), LevelReached("outcomes", "outcome", "done"))
    evaluation = evaluate(
        definition(a_leaf("experience", min_level=DONE)), [row(1, levels=levels)], catalogue(), as_of=NOW
    )
    assert "reached “kept” in “outcome”" in evaluation.nodes[0].claimed[0].why
    assert reason(a_leaf("experience", min_level=DONE), row(1)) == (
        "“asked”: nobody has judged “outcome” in it yet; asked is “done”"
    )


# Words and effort -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "evidence", "why_not"),
    [
        (
            "experience",
            {"template": ("mentoring",)},
            {"template": "other"},
            "its template is other; asked is mentoring",
        ),
        ("experience", {"topics": ("iot", "rust")}, {}, "its topic is not iot or rust"),
        ("event", {"event": ("summit",)}, {"kind": "attendance"}, "its event is not given; asked is summit"),
        (
            "event",
            {"role": ("facilitator",)},
            {"kind": "attendance", "role": "attendee"},
            "its role is attendee; asked is facilitator",
        ),
        (
            "choice",
            {"outcomes": ("learned", "plan")},
            {"kind": "learning_log", "outcomes": frozenset({"plan"})},
            "it does not answer learned",
        ),
        (
            "choice",
            {"min_minutes": 300},
            {"kind": "learning_log", "minutes": 90},
            "it has 90 minutes; asked are 300",
        ),
        ("choice", {"reflection": True}, {"kind": "learning_log"}, "it has no reflection"),
        ("choice", {}, {"kind": "attendance"}, "an attendance is not a learning log or credential"),
        (
            "choice",
            {"evidence": ("credential",)},
            {"kind": "learning_log"},
            "a learning log is not a credential",
        ),
        ("experience", {"assurance": "signed"}, {}, "its assurance is reviewed; asked is signed"),
    ],
)
def test_the_reason_names_the_first_thing_that_is_missing(
    kind: str, fields: dict[str, Any], evidence: dict[str, Any], why_not: str
) -> None:
    found = reason(a_leaf(kind, **fields), row(1, evidence.pop("kind", "experience"), **evidence))
    assert found.startswith(f"“asked”: {why_not}")


def test_a_choice_may_take_its_topic_from_its_content() -> None:
    known = catalogue(content("talk", topics=("iot",), approvals=()))
    leaf = a_leaf("choice", topics=("iot",))
    assert status(leaf, row(1, "content_completion", content="talk"), known) == "met"
    assert status(leaf, row(1, "content_completion"), known) == "unmet"


# Time -----------------------------------------------------------------------------------------------


def test_windows_are_inclusive_below_and_exclusive_above() -> None:
    leaf = a_leaf("experience", after=START + DAY, before=START + 3 * DAY)
    days = {day: status(leaf, row(day)) for day in range(5)}
    assert days == {0: "unmet", 1: "met", 2: "met", 3: "unmet", 4: "unmet"}
    assert reason(leaf, row(0)) == "“asked”: it is of 2016-01-01; asked is from 2016-01-02 on"
    assert reason(leaf, row(4)) == "“asked”: it is of 2016-01-05; asked is before 2016-01-04"


def test_within_looks_back_from_the_instant_of_the_answer() -> None:
    leaf = a_leaf("experience", within=Duration.parse("P1M"))
    edge = datetime(2016, 2, 1, 12, tzinfo=UTC)
    assert status(leaf, row(1, occurred_at=edge)) == "met"
    assert status(leaf, row(1, occurred_at=edge - timedelta(seconds=1))) == "lapsed"
    assert status(leaf, row(1, occurred_at=edge - DAY, occurred_end=edge)) == "met"
    assert reason(leaf, row(1)) == "“asked”: it is of 2016-01-02, longer ago than 1 month"


# Recognised prior learning --------------------------------------------------------------------------


def test_prior_learning_needs_a_willing_leaf_and_two_reviewers() -> None:
    known = catalogue()
    leaf = a_leaf(item=OPEN, keys=("talk",), mode=("online",), accept_rpl=True)
    aligned = (RowItem("leading@0.1", "open", set_by="reviewer"),)
    prior = row(1, "rpl", items=aligned, accepted_by=("ann", "bob"))
    assert status(leaf, prior, known) == "met"
    assert status(a_leaf(item=OPEN), prior, known) == "unmet"
    assert "not taken here" in reason(a_leaf(item=OPEN), prior, known)
    once = row(1, "rpl", items=aligned, accepted_by=("ann", "ann"))
    assert reason(leaf, once, known) == "“asked”: recognised prior learning needs 2 reviewers"
    assert status(leaf, row(1, "rpl", items=aligned, status="submitted"), known) == "pending"
    assert status(leaf, row(1, "rpl", accepted_by=("ann", "bob")), known) == "unmet"
    evaluation = evaluate(definition(leaf), [prior], known, as_of=NOW)
    assert evaluation.nodes[0].claimed[0].why == (
        "rpl 'Act 1'; assurance reviewed; aligned to Working Open (primary)"
    )


# All fields at once ---------------------------------------------------------------------------------


def plain_reading(leaf: Leaf, one: EvidenceRow) -> bool:
    """Return whether an accepted row fits a leaf of the random test below."""
    kinds = {
        "experience": {"experience"},
        "choice": {"learning_log", "credential", "content_completion", "artifact"},
    }
    if one.kind == "rpl":
        if not leaf.accept_rpl or len(set(one.accepted_by)) < 2:
            return False
    elif one.kind not in (set(leaf.evidence) or kinds[leaf.kind]):
        return False
    misses = (
        leaf.topics and not set(leaf.topics) & one.topics,
        leaf.template and one.template not in leaf.template,
        not set(leaf.outcomes) <= one.outcomes,
        leaf.reflection and not one.reflection,
        leaf.min_minutes is not None and one.minutes < leaf.min_minutes,
        ASSURANCES.index(one.assurance) < ASSURANCES.index(leaf.assurance),
        leaf.after is not None and one.occurred_at < leaf.after,
        leaf.before is not None and one.occurred_at >= leaf.before,
    )
    return not any(misses)


def test_all_fields_together_mean_what_the_specification_says() -> None:
    chance = random.Random(SEED)  # noqa: S311 (repeatable test cases, no secrets)

    def maybe(value: object, default: object = ()) -> Any:  # noqa: ANN401 (values of many fields)
        return value if chance.random() < 0.4 else default

    met = 0
    for case in range(4000):
        kind = chance.choice(["experience", "choice"])
        leaf = a_leaf(
            kind,
            topics=maybe(("iot", "rust")),
            template=maybe(("lead",)) if kind == "experience" else (),
            outcomes=maybe(("learned",)) if kind == "choice" else (),
            evidence=maybe(("learning_log", "artifact")) if kind == "choice" else (),
            reflection=maybe(value=True, default=False) if kind == "choice" else False,
            min_minutes=maybe(60, None) if kind == "choice" else None,
            assurance=chance.choice(ASSURANCES[:3]),
            after=maybe(START + DAY, None),
            before=maybe(START + 6 * DAY, None),
            accept_rpl=chance.random() < 0.5,
        )
        one = row(
            chance.randint(0, 8),
            chance.choice(["experience", "experience", "learning_log", "learning_log", "artifact", "rpl"]),
            topics=frozenset(maybe(("iot",)) or maybe(("other", "rust"))),
            template=maybe("lead", None),
            outcomes=frozenset(maybe(("learned", "plan"))),
            reflection=chance.random() < 0.6,
            minutes=chance.choice([0, 59, 60, 61]),
            assurance=chance.choice(ASSURANCES),
            accepted_by=maybe(("ann", "bob"), ("ann",)),
        )
        expected = plain_reading(leaf, one)
        met += expected
        assert (status(leaf, one) == "met") == expected, f"seed {SEED}, case {case}"
    assert met > 300
