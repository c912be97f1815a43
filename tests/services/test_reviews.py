from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import AlreadyExistsError, ConflictOfInterestError, InvalidPayloadError, WrongStateError
from app.identifiers import new_id
from app.models import Evidence, Review, Token
from app.services.evidence import revise_evidence
from app.services.facts import load_facts
from app.services.jobs import JobKind
from app.services.reviews import list_reviews, review_evidence
from tests.ledgers import (
    ACCEPTED,
    ACHIEVED,
    ATTENDANCE,
    NOW,
    PROJECT,
    Ledger,
    actor_of,
    clear_jobs,
    open_ledger,
    waiting,
)

RPL: dict[str, Any] = {"kind": "rpl", "title": "Ten years of organising", "occurred_at": "2015-12-31"}
RETURNED = {"decision": "returned", "comment": "Say what changed."}
REJECTED = {"decision": "rejected", "comment": "This is somebody else's project."}


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


@pytest.fixture
def project(session: Session, ledger: Ledger) -> Evidence:
    return ledger.submit(session, ledger.herself, PROJECT)


def review(session: Session, ledger: Ledger, evidence: Evidence, said: dict[str, Any], who: str) -> Review:
    return review_evidence(session, ledger.actor(Role.REVIEWER, who), evidence.id, said, now=NOW)[0]


@pytest.mark.parametrize(
    ("said", "status", "assurance"),
    [(ACCEPTED, "accepted", "reviewed"), (RETURNED, "returned", "self"), (REJECTED, "rejected", "self")],
)
def test_a_decision_moves_the_evidence(
    session: Session, ledger: Ledger, project: Evidence, said: dict[str, Any], status: str, assurance: str
) -> None:
    clear_jobs(session)
    kept = review(session, ledger, project, said, "mentor")
    assert (project.status, project.assurance) == (status, assurance)
    assert (kept.decision, kept.comment, kept.revision) == (said["decision"], said.get("comment"), 1)
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    assert list_reviews(session, ledger.herself, project.id) == [kept]


def test_levels_and_alignments_of_an_acceptance_reach_the_evaluation(
    session: Session, ledger: Ledger, project: Evidence
) -> None:
    alignment = {"framework": "participation-leadership", "item": "working-open"}
    review(session, ledger, project, ACCEPTED | {"alignments": [alignment]}, "mentor")
    [fact] = load_facts(session, [ledger.learner.id])[ledger.learner.id]
    assert (fact.status, fact.assurance, fact.accepted_by) == ("accepted", "reviewed", ("mentor",))
    assert [(level.criterion, level.level) for level in fact.levels] == [("outcome", "achieved")]
    assert [(item.code, item.weight, item.set_by) for item in fact.items] == [
        ("working-open", "primary", "reviewer")
    ]


def test_nobody_reviews_their_own_evidence(session: Session, ledger: Ledger, project: Evidence) -> None:
    herself = actor_of(ledger.issuer, Role.REVIEWER, "amina-as-reviewer", ledger.learner)
    with pytest.raises(ConflictOfInterestError, match="your own"):
        review_evidence(session, herself, project.id, ACCEPTED, now=NOW)
    assert project.status == "submitted"


@pytest.mark.parametrize("subject", ["amina@example.org", " Amina@Example.org "])
def test_a_second_token_does_not_make_somebody_else(session: Session, ledger: Ledger, subject: str) -> None:
    row = ledger.submit(session, ledger.actor(Role.INTEGRATION), PROJECT)
    session.add(
        Token(
            id=new_id(),
            issuer_id=ledger.issuer.id,
            created_at=NOW,
            name="Amina",
            subject="amina@example.org",
            role=Role.LEARNER,
            scopes=[],
            positions=[],
            learner_id=ledger.learner.id,
            secret_sha256="0" * 64,
            hint="0000",
            expires_at=NOW,
            revoked_at=NOW,
        )
    )
    session.flush()
    with pytest.raises(ConflictOfInterestError, match="your own"):
        review(session, ledger, row, ACCEPTED, subject)
    assert review(session, ledger, row, ACCEPTED, "mentor").decision == "accepted"


def test_nobody_reviews_what_they_submitted_for_somebody(session: Session, ledger: Ledger) -> None:
    mentor = ledger.actor(Role.ADMINISTRATOR, "mentor")
    row = ledger.submit(session, mentor, PROJECT)
    with pytest.raises(ConflictOfInterestError, match="mentor submitted this"):
        review_evidence(session, mentor, row.id, ACCEPTED, now=NOW)


def test_who_submitted_an_earlier_revision_does_not_review_a_later_one(
    session: Session, ledger: Ledger
) -> None:
    mentor = ledger.actor(Role.ADMINISTRATOR, "mentor")
    row = ledger.submit(session, mentor, PROJECT)
    review(session, ledger, row, RETURNED, "another")
    revise_evidence(session, ledger.herself, row.id, PROJECT | {"description": "More."}, now=NOW)
    with pytest.raises(ConflictOfInterestError):
        review_evidence(session, mentor, row.id, ACCEPTED, now=NOW)


@pytest.mark.parametrize(
    ("said", "pointer", "hint"),
    [
        ({"decision": "rejected"}, "/comment", None),
        ({"decision": "acepted"}, "/decision", "Did you mean 'accepted'?"),
        (
            {"decision": "accepted", "levels": [ACHIEVED | {"level": "achived"}]},
            "/levels/0/level",
            "Did you mean 'achieved'?",
        ),
        (
            {"decision": "accepted", "alignments": [{"framework": "none-such", "item": "x"}]},
            "/alignments/0/framework",
            "Allowed: participation-leadership, participation-leadership@0.1.",
        ),
    ],
)
def test_a_review_that_breaks_a_rule_is_refused(
    session: Session, ledger: Ledger, project: Evidence, said: dict[str, Any], pointer: str, hint: str | None
) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        review(session, ledger, project, said, "mentor")
    assert [(fault.pointer, fault.hint) for fault in refusal.value.faults] == [(pointer, hint)]
    assert project.status == "submitted"


def test_an_acceptance_names_the_level_that_a_passport_asks_for(
    session: Session, ledger: Ledger, project: Evidence
) -> None:
    with pytest.raises(InvalidPayloadError) as refused:
        review(session, ledger, project, {"decision": "accepted"}, "mentor")
    [fault] = refused.value.faults
    assert (fault.pointer, fault.code) == ("/levels", "missing_key")
    assert fault.detail == "'Run a project' asks which level of 'outcome' was reached."
    assert project.status == "submitted"
    assert list_reviews(session, ledger.herself, project.id) == []
    assert review(session, ledger, project, RETURNED, "mentor").decision == "returned"


def test_what_fits_no_requirement_with_a_level_is_accepted_without(session: Session, ledger: Ledger) -> None:
    for other in ({"template": "mentoring"}, {"kind": "artifact"}):
        row = ledger.submit(session, ledger.herself, PROJECT | other)
        review(session, ledger, row, {"decision": "accepted"}, "mentor")
        assert row.status == "accepted"


def test_the_same_review_again_is_the_same_row(session: Session, ledger: Ledger, project: Evidence) -> None:
    mentor = ledger.actor(Role.REVIEWER, "mentor")
    first, created = review_evidence(session, mentor, project.id, ACCEPTED, now=NOW)
    again, created_again = review_evidence(session, mentor, project.id, ACCEPTED, now=NOW)
    assert (created, created_again, again) == (True, False, first)


def test_a_reviewer_does_not_decide_twice_about_a_revision(
    session: Session, ledger: Ledger, project: Evidence
) -> None:
    review(session, ledger, project, ACCEPTED, "mentor")
    with pytest.raises(AlreadyExistsError, match="reviewed this revision already: accepted"):
        review(session, ledger, project, REJECTED, "mentor")


def test_a_new_revision_is_reviewed_anew(session: Session, ledger: Ledger, project: Evidence) -> None:
    review(session, ledger, project, RETURNED, "mentor")
    revise_evidence(session, ledger.herself, project.id, PROJECT | {"description": "More."}, now=NOW)
    kept = review(session, ledger, project, ACCEPTED, "mentor")
    assert (kept.revision, project.status) == (2, "accepted")
    assert [each.revision for each in list_reviews(session, ledger.herself, project.id)] == [1, 2]


def test_what_is_decided_is_not_decided_again(session: Session, ledger: Ledger, project: Evidence) -> None:
    review(session, ledger, project, REJECTED, "mentor")
    with pytest.raises(WrongStateError, match="rejected, so it cannot be accepted"):
        review(session, ledger, project, ACCEPTED, "another")
    assert session.scalar(select(func.count(Review.id))) == 1


def test_what_a_system_attested_needs_no_review(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    with pytest.raises(WrongStateError):
        review(session, ledger, row, REJECTED, "mentor")
    assert (row.status, row.assurance) == ("accepted", "system")


def test_prior_learning_takes_two_reviewers(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, RPL)
    review(session, ledger, row, ACCEPTED, "first")
    assert (row.status, row.assurance) == ("in_review", "self")
    again, created = review_evidence(session, ledger.actor(Role.REVIEWER, "first"), row.id, ACCEPTED, now=NOW)
    assert (created, again.reviewer, row.status) == (False, "first", "in_review")
    review(session, ledger, row, ACCEPTED, "second")
    assert (row.status, row.assurance) == ("accepted", "reviewed")
    [fact] = load_facts(session, [ledger.learner.id])[ledger.learner.id]
    assert fact.accepted_by == ("first", "second")


def test_the_second_reviewer_of_prior_learning_may_turn_it_down(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, RPL)
    review(session, ledger, row, ACCEPTED, "first")
    review(session, ledger, row, REJECTED, "second")
    assert row.status == "rejected"


def test_two_reviewers_at_once_decide_once(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        project = ledger.submit(session, ledger.herself, PROJECT)

    def decide(turn: int) -> str:
        said = ACCEPTED if turn % 2 else REJECTED
        try:
            with transaction(engine) as session:
                review(session, ledger, project, said, f"mentor-{turn}")
        except WrongStateError:
            return "late"
        return "first"

    with ThreadPoolExecutor(8) as reviewers:
        outcomes = sorted(reviewers.map(decide, range(8)))
    assert outcomes == ["first", *["late"] * 7]
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Review.id))) == 1
