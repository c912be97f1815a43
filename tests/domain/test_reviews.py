from typing import Any

import pytest

from app.domain.actors import ROLE_SCOPES, Actor, Role
from app.domain.content import Alignment
from app.domain.reviews import Decision, ensure_independent, read_review, review_event
from app.domain.rubrics import Criterion, Level, Rubric
from app.domain.rules.facts import LevelReached
from app.errors import ConflictOfInterestError, InvalidPayloadError

RUBRIC = Rubric(
    key="project-outcomes",
    version="1.0.0",
    title="Project outcomes",
    description=None,
    criteria=(Criterion("outcome", "Outcome", (Level("started", "Started"), Level("achieved", "Achieved"))),),
)
RUBRICS = {RUBRIC.key: RUBRIC, RUBRIC.ref: RUBRIC}


def a_level(**changes: object) -> dict[str, Any]:
    return {"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"} | changes


def faults_of(document: dict[str, Any], rubrics: dict[str, Rubric] = RUBRICS) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as refused:
        read_review(document, rubrics)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def hints_of(document: dict[str, Any], rubrics: dict[str, Rubric]) -> list[str | None]:
    with pytest.raises(InvalidPayloadError) as refused:
        read_review(document, rubrics)
    return [fault.hint for fault in refused.value.faults]


def a_reviewer(learner_id: str | None = None) -> Actor:
    return Actor("issuer", "token", "reviewer", Role.REVIEWER, ROLE_SCOPES[Role.REVIEWER], learner_id)


def test_a_review_survives_being_stored() -> None:
    review = read_review(
        {
            "decision": "accepted",
            "levels": [a_level(rubric="project-outcomes@1.0.0")],
            "alignments": [{"framework": "plf", "item": "working-open", "weight": "secondary"}],
        },
        RUBRICS,
    )
    assert review.levels == (LevelReached("project-outcomes@1.0.0", "outcome", "achieved"),)
    assert review.alignments == (Alignment("plf", "working-open", "secondary"),)
    assert read_review(review.to_document(), RUBRICS) == review


def test_acceptance_needs_no_comment() -> None:
    assert read_review({"decision": "accepted"}, {}).comment is None


@pytest.mark.parametrize("decision", ["returned", "rejected"])
def test_any_other_decision_says_why(decision: str) -> None:
    assert faults_of({"decision": decision}) == [("/comment", "missing_key")]
    assert faults_of({"decision": decision, "comment": "  "}) == [("/comment", "wrong_value")]
    assert read_review({"decision": decision, "comment": "Show the result."}, RUBRICS).decision == decision


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (a_level(rubric="project-outcome"), ("/levels/0/rubric", "unknown_reference")),
        (a_level(criterion="outcomes"), ("/levels/0/criterion", "unknown_reference")),
        (a_level(level="achived"), ("/levels/0/level", "unknown_reference")),
        (a_level(level=None), ("/levels/0/level", "missing_key")),
        (a_level(points=3), ("/levels/0/points", "unknown_key")),
    ],
)
def test_a_level_that_no_rubric_has_is_refused(level: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults_of({"decision": "accepted", "levels": [level]}) == [expected]


def test_a_misspelt_name_gets_a_suggestion() -> None:
    assert hints_of({"decision": "accepted", "levels": [a_level(level="achived")]}, RUBRICS) == [
        "Did you mean 'achieved'?"
    ]
    assert hints_of({"decision": "accepted", "levels": [a_level()]}, {}) == ["No rubric is published yet."]


def test_a_criterion_is_judged_once() -> None:
    levels = [a_level(), a_level(level="started")]
    assert faults_of({"decision": "accepted", "levels": levels}) == [("/levels/1/criterion", "duplicate_key")]


def test_an_unknown_decision_is_refused() -> None:
    assert faults_of({"decision": "approved"}) == [("/decision", "wrong_value")]


def test_nobody_reviews_their_own_evidence() -> None:
    with pytest.raises(ConflictOfInterestError, match="your own"):
        ensure_independent(a_reviewer("learner"), learner_id="learner", submitted_by=["lms"])


def test_nobody_reviews_what_they_submitted() -> None:
    with pytest.raises(ConflictOfInterestError, match="submitted this evidence"):
        ensure_independent(a_reviewer(), learner_id="learner", submitted_by=["learner", " Reviewer "])


def test_anybody_else_may_review() -> None:
    ensure_independent(a_reviewer(), learner_id="learner", submitted_by=["learner"])
    ensure_independent(a_reviewer("another"), learner_id="learner", submitted_by=[])


@pytest.mark.parametrize(
    ("decision", "event"), [("accepted", "accept"), ("returned", "return"), ("rejected", "reject")]
)
def test_one_decision_settles_ordinary_evidence(decision: Decision, event: str) -> None:
    assert review_event("experience", decision, reviewer="a", accepted_by=[]) == event


def test_prior_learning_is_accepted_by_two_different_reviewers() -> None:
    assert review_event("rpl", "accepted", reviewer="a", accepted_by=[]) == "begin_review"
    assert review_event("rpl", "accepted", reviewer="b", accepted_by=["a"]) == "accept"
    with pytest.raises(ConflictOfInterestError):
        review_event("rpl", "accepted", reviewer=" A", accepted_by=["a"])


def test_one_reviewer_can_return_or_reject_prior_learning() -> None:
    assert review_event("rpl", "returned", reviewer="a", accepted_by=["a"]) == "return"
    assert review_event("rpl", "rejected", reviewer="b", accepted_by=["a"]) == "reject"
