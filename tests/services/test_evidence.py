from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import AlreadyExistsError, InvalidPayloadError, NotFoundError, WrongStateError
from app.models import AuditEvent, Evidence, EvidenceMention, EvidenceTransition
from app.services.evaluations import evaluate_enrolment
from app.services.evidence import (
    EvidenceFilter,
    invalidate_evidence,
    list_enrolment_evidence,
    list_evidence,
    load_detailed_evidence,
    load_evidence,
    revise_evidence,
    submit_draft,
    submit_evidence,
    withdraw_evidence,
)
from app.services.facts import load_facts
from app.services.jobs import JobKind
from app.services.pages import Window
from app.services.reviews import review_evidence
from tests.ledgers import (
    ACCEPTED,
    ATTENDANCE,
    NOW,
    PASSPORT,
    PROJECT,
    Ledger,
    actor_of,
    clear_jobs,
    make_issuer,
    make_learner,
    open_ledger,
    waiting,
)

RETURNED = {"decision": "returned", "comment": "Say what changed."}
EVERYTHING = EvidenceFilter()


@pytest.fixture
def ledger(session: Session) -> Ledger:
    return open_ledger(session)


def steps(session: Session, evidence: Evidence) -> list[tuple[str | None, str]]:
    rows = select(EvidenceTransition).where(EvidenceTransition.evidence_id == evidence.id)
    moved = session.scalars(rows.order_by(EvidenceTransition.id))
    return [(row.from_status, row.to_status) for row in moved]


# Reporting ------------------------------------------------------------------------------------------


def test_a_learners_report_waits_for_a_reviewer(session: Session, ledger: Ledger) -> None:
    clear_jobs(session)
    row = ledger.submit(session, ledger.herself, PROJECT)
    assert (row.status, row.assurance, row.revision, row.submitted_by) == ("submitted", "self", 1, "amina")
    assert row.current.document["template"] == "community-project"
    assert steps(session, row) == [(None, "submitted")]
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    audit = select(AuditEvent.action).where(AuditEvent.thing_id == row.id)
    assert session.scalars(audit).all() == ["create"]


@pytest.mark.parametrize(
    ("role", "document", "entered"),
    [
        (Role.INTEGRATION, ATTENDANCE, ("accepted", "system")),
        (Role.INTEGRATION, ATTENDANCE | {"kind": "content_completion"}, ("accepted", "system")),
        (Role.INTEGRATION, PROJECT, ("submitted", "self")),
        (Role.INTEGRATION, ATTENDANCE | {"draft": True}, ("draft", "self")),
        (Role.ADMINISTRATOR, ATTENDANCE, ("accepted", "attested")),
        (Role.LEARNER, ATTENDANCE, ("submitted", "self")),
    ],
)
def test_what_a_connected_system_knows_is_accepted_as_it_comes(
    session: Session, ledger: Ledger, role: Role, document: dict[str, Any], entered: tuple[str, str]
) -> None:
    actor = ledger.herself if role is Role.LEARNER else ledger.actor(role)
    row = ledger.submit(session, actor, document)
    assert (row.status, row.assurance) == entered


@pytest.mark.parametrize("words", [{}, {"title": "Open by design, live"}])
@pytest.mark.parametrize("before", ["draft", "submitted", "returned", "rejected"])
def test_an_attestation_accepts_what_the_learner_had_reported(
    session: Session, ledger: Ledger, before: str, words: dict[str, Any]
) -> None:
    own = ledger.submit(session, ledger.herself, ATTENDANCE, draft=before == "draft")
    if before in {"returned", "rejected"}:
        said = {"decision": before, "comment": "Who saw you there?"}
        review_evidence(session, ledger.actor(Role.REVIEWER), own.id, said, now=NOW)
    clear_jobs(session)
    lms = ledger.actor(Role.INTEGRATION)
    told = ATTENDANCE | words
    row, created = submit_evidence(session, lms, ledger.enrolment.id, told, now=NOW)
    assert (row.id, created, row.status, row.assurance) == (own.id, True, "accepted", "system")
    assert (row.revision, row.current.submitted_by) == (2, lms.subject)
    assert row.current.document["title"] == told["title"]
    assert steps(session, row)[-1] == (before, "accepted")
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    again, created = submit_evidence(session, lms, ledger.enrolment.id, told, now=NOW)
    assert (again.id, created, again.revision) == (own.id, False, 2)


def test_what_was_withdrawn_can_be_sent_again(session: Session, ledger: Ledger) -> None:
    own = ledger.submit(session, ledger.herself, ATTENDANCE)
    withdraw_evidence(session, ledger.herself, own.id, now=NOW)
    again, created = submit_evidence(session, ledger.herself, ledger.enrolment.id, ATTENDANCE, now=NOW)
    assert (again.id != own.id, created, again.status) == (True, True, "submitted")
    assert own.status == "withdrawn"


@pytest.mark.parametrize("ended", ["rejected", "invalidated"])
def test_what_was_judged_for_good_is_not_sent_again(session: Session, ledger: Ledger, ended: str) -> None:
    sender = ledger.herself if ended == "rejected" else ledger.actor(Role.INTEGRATION)
    document = PROJECT if ended == "rejected" else ATTENDANCE
    row = ledger.submit(session, sender, document)
    if ended == "rejected":
        said = {"decision": "rejected", "comment": "This was somebody else's project."}
        review_evidence(session, ledger.actor(Role.REVIEWER), row.id, said, now=NOW)
    else:
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, "It did not happen.", now=NOW)
    with pytest.raises(WrongStateError, match=r"rejected|invalid"):
        ledger.submit(session, sender, document)


# One act, however many tell of it -------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "content_completion", "minutes": 90},
        {"role": "facilitator"},
        {"occurred_at": "2016-01-22T09:00:07Z", "source_id": "statement-1"},
    ],
)
def test_two_sources_that_tell_of_one_session_make_one_fact(
    session: Session, ledger: Ledger, changes: dict[str, Any]
) -> None:
    roster, lms = ledger.actor(Role.INTEGRATION, "roster"), ledger.actor(Role.INTEGRATION, "lms")
    first = ledger.submit(session, roster, ATTENDANCE)
    told, created = submit_evidence(session, lms, ledger.enrolment.id, ATTENDANCE | changes, now=NOW)
    again, _ = submit_evidence(session, lms, ledger.enrolment.id, ATTENDANCE | changes, now=NOW)
    assert (told.id, created, again.id) == (first.id, False, first.id)
    assert session.scalar(select(func.count(EvidenceMention.id))) == 1
    [fact] = load_facts(session, {ledger.learner.id})[ledger.learner.id]
    assert fact.minutes == changes.get("minutes", 0)
    assert [other.kind for other in fact.also] == [changes.get("kind", "attendance")]


def test_one_session_told_twice_does_not_pay_for_two(session: Session) -> None:
    leaf = PASSPORT["rule"]["all_of"][0] | {"content": {"keys": ["open-by-design"], "count": 2}}
    rule = PASSPORT["rule"] | {"all_of": [leaf, *PASSPORT["rule"]["all_of"][1:]]}
    ledger = open_ledger(session, "twice", rule=rule)
    ledger.submit(session, ledger.actor(Role.INTEGRATION, "roster"), ATTENDANCE)
    ledger.submit(session, ledger.actor(Role.INTEGRATION, "lms"), ATTENDANCE, kind="content_completion")
    answer = evaluate_enrolment(session, ledger.enrolment, now=NOW)
    assert answer.units.met == 1
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at="2016-01-23")
    assert evaluate_enrolment(session, ledger.enrolment, now=NOW).units.met == 2


def test_a_role_that_another_source_told_counts(session: Session) -> None:
    leaf = {
        "key": "facilitate",
        "section": "content",
        "event": {"role": "facilitator", "assurance": "attested"},
    }
    ledger = open_ledger(
        session, "roles", rule={"key": "root", "all_of": [leaf, PASSPORT["rule"]["all_of"][1]]}
    )
    ledger.submit(session, ledger.actor(Role.INTEGRATION, "roster"), ATTENDANCE)
    assert evaluate_enrolment(session, ledger.enrolment, now=NOW).units.met == 0
    ledger.submit(session, ledger.actor(Role.ADMINISTRATOR, "ben"), ATTENDANCE, role="facilitator")
    assert evaluate_enrolment(session, ledger.enrolment, now=NOW).units.met == 1


def test_a_learners_word_about_an_act_that_counts_adds_nothing(session: Session, ledger: Ledger) -> None:
    first = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    told = ledger.submit(session, ledger.herself, ATTENDANCE, role="facilitator")
    assert told.id == first.id
    assert session.scalar(select(func.count(EvidenceMention.id))) == 0


def test_one_statement_about_two_days_is_refused(session: Session, ledger: Ledger) -> None:
    lms = ledger.actor(Role.INTEGRATION)
    ledger.submit(session, lms, ATTENDANCE, source_id="statement-17")
    with pytest.raises(AlreadyExistsError, match="occurred_at"):
        ledger.submit(session, lms, ATTENDANCE, source_id="statement-17", occurred_at="2016-01-25")


def test_the_same_act_in_the_same_words_is_the_same_row(session: Session, ledger: Ledger) -> None:
    lms = ledger.actor(Role.INTEGRATION)
    document = ATTENDANCE | {"source_id": "statement-17"}
    first, created = submit_evidence(session, lms, ledger.enrolment.id, document, now=NOW)
    later = NOW + timedelta(days=1)
    again, created_again = submit_evidence(session, lms, ledger.enrolment.id, document, now=later)
    assert (created, created_again, again.id) == (True, False, first.id)
    assert steps(session, first) == [(None, "accepted")]


def test_the_same_act_in_other_words_is_refused(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.herself, PROJECT)
    with pytest.raises(AlreadyExistsError, match="with another description"):
        ledger.submit(session, ledger.herself, PROJECT, description="Another text")


def test_twenty_reports_at_once_are_one_row(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        clear_jobs(session)
    lms = ledger.actor(Role.INTEGRATION)

    def report(_turn: int) -> tuple[str, bool]:
        with transaction(engine) as session:
            row, created = submit_evidence(session, lms, ledger.enrolment.id, ATTENDANCE, now=NOW)
            return row.id, created

    with ThreadPoolExecutor(20) as reporters:
        answers = list(reporters.map(report, range(20)))
    assert len({row for row, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Evidence.id))) == 1
        assert session.scalar(select(func.count(EvidenceTransition.id))) == 1
        assert waiting(session, JobKind.EVALUATE_LEARNER) == 1


def test_reports_of_different_acts_do_not_get_in_each_others_way(engine: Engine) -> None:
    """All of them want the same evaluation afterwards, which is one job."""
    with transaction(engine) as session:
        ledger = open_ledger(session)
        clear_jobs(session)

    def report(day: int) -> None:
        with transaction(engine) as session:
            ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, occurred_at=f"2016-01-{day}")

    with ThreadPoolExecutor(12) as reporters:
        list(reporters.map(report, range(10, 22)))
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Evidence.id))) == 12
        assert waiting(session, JobKind.EVALUATE_LEARNER) == 1


@pytest.mark.parametrize(
    ("members", "pointer", "hint"),
    [
        ({"content": "open-by-desing"}, "/content", "Did you mean 'open-by-design'?"),
        (
            {"alignments": [{"framework": "participation-leadreship", "item": "working-open"}]},
            "/alignments/0/framework",
            "Did you mean 'participation-leadership'?",
        ),
        (
            {"alignments": [{"framework": "participation-leadership@0.1", "item": "working-opne"}]},
            "/alignments/0/item",
            "Did you mean 'working-open'?",
        ),
    ],
)
def test_what_a_report_names_must_exist(
    session: Session, ledger: Ledger, members: dict[str, Any], pointer: str, hint: str
) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        ledger.submit(session, ledger.herself, ATTENDANCE | members)
    assert [(fault.pointer, fault.hint) for fault in refusal.value.faults] == [(pointer, hint)]


def test_a_published_item_may_be_aligned(session: Session, ledger: Ledger) -> None:
    alignment = {"framework": "participation-leadership", "item": "working-open", "weight": "primary"}
    row = ledger.submit(session, ledger.herself, PROJECT, alignments=[alignment])
    assert row.current.document["alignments"] == [alignment]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"occurred_at": "2016-03-01T09:05:01Z"}, "/occurred_at"),
        ({"kind": "attendence"}, "/kind"),
        ({"draft": "yes"}, "/draft"),
        ({"titel": "x"}, "/titel"),
    ],
)
def test_a_report_that_breaks_a_rule_is_refused(
    session: Session, ledger: Ledger, members: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        ledger.submit(session, ledger.herself, PROJECT | members)
    assert pointer in [fault.pointer for fault in refusal.value.faults]
    assert session.scalar(select(func.count(Evidence.id))) == 0


def test_a_senders_clock_may_be_five_minutes_ahead(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT, occurred_at="2016-03-01T09:05:00Z")
    assert row.status == "submitted"


# Drafts and revisions -------------------------------------------------------------------------------


def test_a_draft_is_revised_and_handed_in(session: Session, ledger: Ledger) -> None:
    clear_jobs(session)
    row = ledger.submit(session, ledger.herself, PROJECT, draft=True)
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 0
    text = PROJECT | {"title": "Library coding club, twice"}
    revised, created = revise_evidence(session, ledger.herself, row.id, text, now=NOW)
    assert created
    assert (revised.status, revised.revision) == ("draft", 2)
    assert revised.current.document["title"] == "Library coding club, twice"
    for _turn in range(2):
        assert submit_draft(session, ledger.herself, row.id, now=NOW).status == "submitted"
    assert steps(session, row) == [(None, "draft"), ("draft", "draft"), ("draft", "submitted")]
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1


def test_returned_evidence_is_submitted_again_by_its_revision(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT)
    review_evidence(session, ledger.actor(Role.REVIEWER), row.id, RETURNED, now=NOW)
    text = PROJECT | {"description": "Ten children now write games."}
    revised, created = revise_evidence(session, ledger.herself, row.id, text, now=NOW)
    assert (created, revised.status, revised.revision) == (True, "submitted", 2)
    again, created = revise_evidence(session, ledger.herself, row.id, text, now=NOW)
    assert (created, again.revision) == (False, 2)
    detailed = load_detailed_evidence(session, ledger.herself, row.id)
    assert [each.document["description"] for each in detailed.revisions] == [
        None,
        "Ten children now write games.",
    ]
    assert [review.decision for review in detailed.reviews] == ["returned"]
    assert [each.to_status for each in detailed.transitions] == ["submitted", "returned", "submitted"]
    assert detailed.transitions[1].reason == "Say what changed."


def test_an_earlier_text_is_still_the_same_act(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT, draft=True)
    revise_evidence(session, ledger.herself, row.id, PROJECT | {"description": "More."}, now=NOW)
    again, created = submit_evidence(session, ledger.herself, ledger.enrolment.id, PROJECT, now=NOW)
    assert (created, again.id, again.revision) == (False, row.id, 2)


def test_a_revision_cannot_turn_into_an_act_that_is_there_already(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.herself, PROJECT)
    other = ledger.submit(session, ledger.herself, PROJECT, title="Another club", draft=True)
    with pytest.raises(AlreadyExistsError, match="in the ledger already"):
        revise_evidence(session, ledger.herself, other.id, PROJECT, now=NOW)


def test_evidence_under_review_is_not_revised(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT)
    with pytest.raises(WrongStateError, match="submitted, so it cannot be revised"):
        revise_evidence(session, ledger.herself, row.id, PROJECT | {"title": "Other"}, now=NOW)


def test_a_revision_does_not_say_whether_it_is_a_draft(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT, draft=True)
    with pytest.raises(InvalidPayloadError, match="cannot say this"):
        revise_evidence(session, ledger.herself, row.id, PROJECT | {"draft": False}, now=NOW)


# Withdrawing and invalidating -----------------------------------------------------------------------


@pytest.mark.parametrize("draft", [True, False])
def test_evidence_is_withdrawn_once(session: Session, ledger: Ledger, draft: bool) -> None:  # noqa: FBT001 (the case)
    row = ledger.submit(session, ledger.herself, PROJECT, draft=draft)
    for _turn in range(2):
        assert withdraw_evidence(session, ledger.herself, row.id, now=NOW).status == "withdrawn"
    assert len(steps(session, row)) == 2


def test_accepted_evidence_is_invalidated_with_a_reason(session: Session, ledger: Ledger) -> None:
    officer = ledger.actor(Role.ADMINISTRATOR)
    row = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    clear_jobs(session)
    for _turn in range(2):
        invalid = invalidate_evidence(session, officer, row.id, "It did not take place.", now=NOW)
        assert invalid.status == "invalidated"
    assert steps(session, row) == [(None, "accepted"), ("accepted", "invalidated")]
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    with pytest.raises(WrongStateError):
        invalidate_evidence(session, officer, row.id, "Another reason.", now=NOW)


def test_evidence_that_was_never_accepted_is_not_invalidated(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT)
    with pytest.raises(WrongStateError, match="submitted, so it cannot be invalidated") as refusal:
        invalidate_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id, "Why not?", now=NOW)
    assert refusal.value.hint == "Possible while it is accepted."


# Who sees what --------------------------------------------------------------------------------------


def test_the_queue_of_a_reviewer_holds_what_waits(session: Session, ledger: Ledger) -> None:
    reviewer = ledger.actor(Role.REVIEWER)
    attended = ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    project = ledger.submit(session, ledger.herself, PROJECT)
    ledger.submit(session, ledger.herself, PROJECT, title="Half written", draft=True)
    ledger.submit(session, ledger.herself, PROJECT, title="For me alone", visibility="private")

    def ids(wanted: EvidenceFilter) -> list[str]:
        return [row.id for row in list_evidence(session, reviewer, Window(10), wanted).rows]

    assert ids(EVERYTHING) == [attended.id, project.id]
    assert ids(EvidenceFilter(status="submitted")) == [project.id]
    assert ids(EvidenceFilter(kind="attendance")) == [attended.id]
    everything = list_enrolment_evidence(session, ledger.herself, ledger.enrolment.id, Window(10), EVERYTHING)
    assert len(everything.rows) == 4


def test_a_reviewer_does_not_see_what_is_private(session: Session, ledger: Ledger) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT, visibility="private")
    with pytest.raises(NotFoundError):
        load_evidence(session, ledger.actor(Role.REVIEWER), row.id)
    assert load_evidence(session, ledger.actor(Role.ADMINISTRATOR), row.id) is row


@pytest.mark.parametrize("who", ["another learner", "another issuer"])
def test_foreign_evidence_does_not_exist(session: Session, ledger: Ledger, who: str) -> None:
    row = ledger.submit(session, ledger.herself, PROJECT)
    if who == "another learner":
        ben = make_learner(session, ledger.issuer, "ben-02")
        stranger = actor_of(ledger.issuer, Role.LEARNER, "ben", ben)
    else:
        stranger = actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR)
    attempts: list[Callable[[], object]] = [
        lambda: submit_evidence(session, stranger, ledger.enrolment.id, PROJECT, now=NOW),
        lambda: list_enrolment_evidence(session, stranger, ledger.enrolment.id, Window(10), EVERYTHING),
        lambda: load_evidence(session, stranger, row.id),
        lambda: load_detailed_evidence(session, stranger, row.id),
        lambda: revise_evidence(session, stranger, row.id, PROJECT, now=NOW),
        lambda: submit_draft(session, stranger, row.id, now=NOW),
        lambda: withdraw_evidence(session, stranger, row.id, now=NOW),
        lambda: invalidate_evidence(session, stranger, row.id, "Mine.", now=NOW),
        lambda: review_evidence(session, stranger, row.id, ACCEPTED, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFoundError):
            attempt()
    assert list(list_evidence(session, stranger, Window(10), EVERYTHING).rows) == []
