from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from app.domain.actors import ROLE_SCOPES, Actor, Role
from app.domain.content import Alignment
from app.domain.evidence import (
    STATUSES,
    EvidenceEvent,
    Standing,
    after_acceptance,
    ensure_same_report,
    ensure_withdrawable,
    entry_status,
    evidence_row,
    is_at_least,
    may_be_attested,
    read_report,
    transition,
)
from app.domain.rules.facts import EvidenceStatus, LevelReached, RowItem
from app.errors import AlreadyExistsError, InvalidPayloadError, WrongStateError

NOW = datetime(2016, 3, 1, 12, tzinfo=UTC)
ALLOWED: dict[tuple[str, str], str] = {
    ("draft", "submit"): "submitted",
    ("draft", "revise"): "draft",
    ("returned", "revise"): "submitted",
    ("draft", "attest"): "accepted",
    ("submitted", "attest"): "accepted",
    ("in_review", "attest"): "accepted",
    ("returned", "attest"): "accepted",
    ("rejected", "attest"): "accepted",
    ("submitted", "begin_review"): "in_review",
    ("in_review", "begin_review"): "in_review",
    ("submitted", "accept"): "accepted",
    ("in_review", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("in_review", "return"): "returned",
    ("submitted", "reject"): "rejected",
    ("in_review", "reject"): "rejected",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    ("in_review", "withdraw"): "withdrawn",
    ("returned", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
    ("accepted", "invalidate"): "invalidated",
}


def a_document(**changes: object) -> dict[str, Any]:
    return {
        "kind": "attendance",
        "title": "Open by design",
        "occurred_at": "2016-01-22T09:00:00Z",
        "content": "open-by-design",
    } | changes


def an_actor(role: Role, learner_id: str | None = None) -> Actor:
    return Actor("issuer", "token", "somebody", role, ROLE_SCOPES[role], learner_id)


def faults_of(document: dict[str, Any], now: datetime | None = NOW) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as refused:
        read_report(document, now=now)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize(("status", "event"), list(product(STATUSES, get_args(EvidenceEvent))))
def test_a_status_changes_only_as_the_table_says(status: EvidenceStatus, event: EvidenceEvent) -> None:
    if (status, event) in ALLOWED:
        assert transition(status, event) == ALLOWED[status, event]
        return
    with pytest.raises(WrongStateError, match=f"The evidence is {status}") as refused:
        transition(status, event)
    allowing = [state for state in STATUSES if (state, event) in ALLOWED]
    assert refused.value.hint == f"Possible while it is {' or '.join(allowing)}."


@pytest.mark.parametrize("status", STATUSES)
def test_an_attestation_moves_what_has_not_been_accepted_or_taken_back(status: EvidenceStatus) -> None:
    assert may_be_attested(status) == ((status, "attest") in ALLOWED)


@pytest.mark.parametrize("status", ["withdrawn", "invalidated"])
def test_nothing_leads_out_of_a_final_state(status: EvidenceStatus) -> None:
    assert not any(start == status for start, _ in ALLOWED)


def test_what_a_credential_rests_on_cannot_be_withdrawn() -> None:
    with pytest.raises(WrongStateError):
        ensure_withdrawable("accepted", in_credential=True)
    ensure_withdrawable("accepted", in_credential=False)
    ensure_withdrawable("submitted", in_credential=True)


@pytest.mark.parametrize(
    ("kind", "role", "draft", "expected"),
    [
        ("attendance", Role.INTEGRATION, False, ("accepted", "system")),
        ("content_completion", Role.INTEGRATION, False, ("accepted", "system")),
        ("content_completion", Role.ADMINISTRATOR, False, ("accepted", "attested")),
        ("experience", Role.INTEGRATION, False, ("submitted", "self")),
        ("attendance", Role.LEARNER, False, ("submitted", "self")),
        ("attendance", Role.INTEGRATION, True, ("draft", "self")),
        ("experience", Role.LEARNER, True, ("draft", "self")),
    ],
)
def test_evidence_enters_as_its_reporter_can_vouch_for(
    kind: str, role: Role, *, draft: bool, expected: tuple[str, str]
) -> None:
    assert entry_status(kind, an_actor(role), learner_id="learner", draft=draft) == expected


def test_nobody_attests_their_own_attendance() -> None:
    own = an_actor(Role.ADMINISTRATOR, "learner")
    assert entry_status("attendance", own, learner_id="learner", draft=False) == ("submitted", "self")


def test_assurances_have_an_order() -> None:
    assert is_at_least("signed", "system")
    assert is_at_least("reviewed", "reviewed")
    assert not is_at_least("attested", "reviewed")


def test_acceptance_lifts_assurance_and_never_lowers_it() -> None:
    assert [after_acceptance(each) for each in ("self", "attested", "reviewed", "system", "signed")] == [
        "reviewed",
        "reviewed",
        "reviewed",
        "system",
        "signed",
    ]


@pytest.mark.parametrize("kind", ["endorsement", "attestation"])
def test_the_word_of_somebody_else_says_whose_it_is(kind: str) -> None:
    assert faults_of(a_document(kind=kind)) == [("/endorser", "missing_key")]


def test_a_report_survives_being_stored() -> None:
    report = read_report(
        a_document(
            description="What we did",
            occurred_end="2016-01-22T10:00:00Z",
            template="community-project",
            event="summit",
            role="facilitator",
            topics=["leadership"],
            outcomes={"what-i-learned": "To listen"},
            minutes=60,
            reflection="It went well",
            url="https://example.org/notes?a=1#b",
            alignments=[
                {"framework": "participation-leadership", "item": "working-open"},
                {"framework": "participation-leadership@0.1", "item": "empowering", "weight": "secondary"},
            ],
            visibility="public",
            source_id="check-in-7",
            draft=True,
        ),
        now=NOW,
    )
    assert read_report(report.to_document()) == report
    assert report.alignments[1] == Alignment("participation-leadership@0.1", "empowering", "secondary")


def test_the_last_day_of_the_calendar_is_a_day_too() -> None:
    report = read_report(a_document(occurred_at="9999-12-31"), now=None)
    assert report.occurred_end == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert faults_of(a_document(occurred_at="9999-12-31")) == [("/occurred_at", "in_the_future")]


def test_a_date_alone_is_the_whole_day() -> None:
    report = read_report(a_document(occurred_at="2016-01-22"), now=NOW)
    assert report.occurred_at == datetime(2016, 1, 22, tzinfo=UTC)
    assert report.occurred_end == datetime(2016, 1, 22, 23, 59, 59, tzinfo=UTC)
    assert read_report(report.to_document()) == report


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "meeting"}, ("/kind", "wrong_value")),
        ({"title": ""}, ("/title", "wrong_value")),
        ({"occurred_at": None}, ("/occurred_at", "missing_key")),
        ({"occurred_at": "yesterday"}, ("/occurred_at", "wrong_value")),
        ({"occurred_at": "2016-03-01T12:05:01Z"}, ("/occurred_at", "in_the_future")),
        ({"occurred_end": "2016-03-02T00:00:00Z"}, ("/occurred_end", "in_the_future")),
        ({"occurred_end": "2016-01-22T08:59:59Z"}, ("/occurred_end", "wrong_value")),
        ({"content": "Not A Key"}, ("/content", "wrong_value")),
        ({"content": None}, ("/content", "missing_key")),
        ({"kind": "content_completion", "content": None, "event": "summit"}, ("/content", "missing_key")),
        ({"minutes": 0}, ("/minutes", "wrong_value")),
        ({"minutes": 100_001}, ("/minutes", "wrong_value")),
        ({"minutes": 62, "occurred_end": "2016-01-22T10:00:00Z"}, ("/minutes", "wrong_value")),
        ({"url": "javascript:alert(1)"}, ("/url", "wrong_value")),
        ({"url": "https://example.org/a b"}, ("/url", "wrong_value")),
        ({"url": "https://example.org/<script>"}, ("/url", "wrong_value")),
        ({"url": "https://"}, ("/url", "wrong_value")),
        ({"visibility": "everyone"}, ("/visibility", "wrong_value")),
        ({"outcomes": {"what i learned": "x"}}, ("/outcomes/what i learned", "wrong_value")),
        ({"outcomes": {1: "x"}}, ("/outcomes/1", "wrong_value")),
        ({"outcomes": {"learned": 3}}, ("/outcomes/learned", "wrong_type")),
        ({"outcomes": {f"o{number}": "x" for number in range(51)}}, ("/outcomes", "too_long")),
        (
            {"alignments": [{"framework": "a-b", "item": "c", "level": 1}]},
            ("/alignments/0/level", "unknown_key"),
        ),
        ({"minuets": 3}, ("/minuets", "unknown_key")),
        ({"score": 1.5}, ("/score", "wrong_value")),
        ({"score": {"raw": 3, "min": 0, "max": 0}}, ("/score", "wrong_value")),
        ({"form": "welcomed@1", "data": {"people": 1.5}}, ("/data", "wrong_value")),
        ({"data": {"people": 3}}, ("/form", "missing_key")),
    ],
)
def test_a_faulty_report_is_refused_with_its_place(
    changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert faults_of(a_document(**changes)) == [expected]


def test_a_slightly_fast_clock_is_forgiven_and_stored_reports_are_not_judged_by_it() -> None:
    read_report(a_document(occurred_at="2016-03-01T12:05:00Z"), now=NOW)
    read_report(a_document(occurred_at="2030-01-01T00:00:00Z"))


def test_all_faults_are_named_at_once() -> None:
    assert len(faults_of({"kind": "x", "url": "y", "minutes": "z"})) == 5


def test_an_event_is_enough_for_an_attendance_and_a_project_needs_neither() -> None:
    assert read_report(a_document(content=None, event="summit")).activity_key == "event:summit"
    assert read_report(a_document(kind="experience", content=None)).activity_key == "title:open by design"


def test_the_same_act_has_the_same_fingerprint_however_it_is_described() -> None:
    one = read_report(a_document(description="Nice", title="Open by design"))
    other = read_report(a_document(description="Very nice", title="Open by Design!", minutes=60))
    assert one.fingerprint("learner", "lms") == other.fingerprint("learner", "another-lms")


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "another-session"},
        {"occurred_at": "2016-01-23T09:00:00Z"},
        {"activity": "registration-2"},
        {"content": None, "event": "open-by-design"},
    ],
)
def test_another_act_has_another_fingerprint(changes: dict[str, Any]) -> None:
    one, other = (read_report(each) for each in (a_document(), a_document(**changes)))
    assert one.fingerprint("learner", "lms") != other.fingerprint("learner", "lms")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "content_completion"},
        {"occurred_at": "2016-01-22T09:00:01Z"},
        {"role": "facilitator"},
        {"source_id": "1"},
    ],
)
def test_a_check_in_and_a_statement_about_one_session_are_one_act(changes: dict[str, Any]) -> None:
    one, other = (read_report(each) for each in (a_document(), a_document(**changes)))
    assert one.fingerprint("learner", "roster") == other.fingerprint("learner", "lms")


@pytest.mark.parametrize(
    "changes",
    [{"occurred_at": "2016-01-22T09:00:01Z"}, {"role": "lead"}, {"source_id": "1"}, {"endorser": "rosa"}],
)
def test_of_other_kinds_the_time_the_role_and_the_senders_name_tell_acts_apart(
    changes: dict[str, Any],
) -> None:
    made = {"kind": "attestation", "endorser": "ben", "content": None}
    one, other = (read_report(each) for each in (a_document(**made), a_document(**made | changes)))
    assert one.fingerprint("learner", "lms") != other.fingerprint("learner", "lms")


def test_the_same_act_of_another_learner_is_another_act() -> None:
    report = read_report(a_document())
    assert report.fingerprint("amina", "lms") != report.fingerprint("bola", "lms")


def test_two_projects_of_one_template_are_told_apart_by_their_titles() -> None:
    project = a_document(kind="experience", content=None, template="community-project")
    garden, library = (read_report(project | {"title": each}) for each in ("Garden", "Library"))
    assert garden.fingerprint("learner", "me") != library.fingerprint("learner", "me")
    spaced = read_report(project | {"title": " garden "})
    assert garden.activity_key == spaced.activity_key


def test_a_source_id_is_a_name_within_its_source() -> None:
    project = a_document(kind="experience", source_id="7")
    report = read_report(project)
    moved = read_report(project | {"occurred_at": "2016-02-01T09:00:00Z", "content": "another"})
    assert report.fingerprint("learner", "lms") == moved.fingerprint("learner", "lms")
    assert report.fingerprint("learner", "lms") != report.fingerprint("learner", "roster")


def test_a_repeated_report_is_the_same_and_another_text_is_a_conflict() -> None:
    first = read_report(a_document(source_id="7", description="Short"))
    ensure_same_report(first.to_document(), first)
    second = read_report(a_document(source_id="7", description="Long", minutes=60))
    with pytest.raises(AlreadyExistsError, match="another description and minutes"):
        ensure_same_report(first.to_document(), second)


def test_an_evaluation_sees_the_report_and_what_reviewers_made_of_it() -> None:
    report = read_report(
        a_document(
            topics=["leadership"],
            outcomes={"learned": "much"},
            reflection="It went well",
            minutes=30,
            alignments=[{"framework": "plf", "item": "working-open"}],
        )
    )
    reached = LevelReached("project-outcomes", "outcome", "achieved")
    row = evidence_row(
        report,
        Standing(
            id="e-1",
            status="accepted",
            assurance="reviewed",
            recorded_at=NOW,
            levels=(reached,),
            alignments=(Alignment("plf", "empowering", "secondary"),),
            accepted_by=("reviewer",),
        ),
    )
    assert row.items == (
        RowItem("plf", "empowering", "secondary", "reviewer"),
        RowItem("plf", "working-open", "primary", "learner"),
    )
    assert (row.id, row.status, row.assurance, row.accepted_by) == (
        "e-1",
        "accepted",
        "reviewed",
        ("reviewer",),
    )
    assert (row.topics, row.outcomes, row.minutes, row.reflection) == (
        frozenset({"leadership"}),
        frozenset({"learned"}),
        30,
        True,
    )
    assert row.levels == (reached,)
    assert row.end - row.occurred_at == timedelta(0)


def test_a_report_without_minutes_or_reflection_has_none() -> None:
    standing = Standing(id="e", status="submitted", assurance="self", recorded_at=NOW)
    row = evidence_row(read_report(a_document()), standing)
    assert (row.minutes, row.reflection, row.items) == (0, False, ())
