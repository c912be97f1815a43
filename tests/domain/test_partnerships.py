"""Partnerships: what may happen to a record, and how far it has come."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.instants import Duration
from app.domain.partnerships import (
    STATUSES,
    PartnershipRecord,
    add_action,
    change_action,
    check_in,
    close,
    confirm,
    ensure_somebody_else,
    identify,
    invalidate,
    partnership_row,
    read_partnership,
    revise,
    standing_of,
)
from app.errors import (
    AlreadyExistsError,
    ConflictOfInterestError,
    InvalidPayloadError,
    NotFoundError,
    WrongStateError,
)

NOW = datetime(2016, 6, 1, 9, tzinfo=UTC)
PLAN = {"cadence": "P1M", "agreed_at": datetime(2016, 2, 1, tzinfo=UTC), "review_on": date(2016, 12, 1)}
WORDS = ("Call the librarian", "See the room", "Write the offer", "Open the club")
Change = Callable[[], object]


def on(month: int, day: int = 1) -> datetime:
    return datetime(2016, month, day, tzinfo=UTC)


def identified(**members: object) -> PartnershipRecord:
    own = {"organisation": "city-library", "plan_year": 2016, "identified_at": on(1, 5)}
    return identify(own | members, now=NOW)


def designed(**members: object) -> PartnershipRecord:
    record = identified(priority=1, **members)
    for text in WORDS:
        record = add_action(record, {"text": text}, now=on(1, 20))
    return record


def initiated(**members: object) -> PartnershipRecord:
    return change_action(designed(**members), 1, {"done_at": on(1, 25)}, now=NOW)


def active(**members: object) -> PartnershipRecord:
    given = {"maintenance": PLAN} | members
    return confirm(initiated(**given), {"at": on(2)}, "ben", now=NOW)


def test_each_status_takes_the_ones_before_it() -> None:
    plain, prioritised = identified(), revise(identified(), {"priority": 2}, now=on(1, 10))
    assert standing_of(plain).status == "identified"
    assert (standing_of(prioritised).status, standing_of(prioritised).since) == ("prioritised", on(1, 10))
    three = revise(designed(), {"priority": None}, now=NOW)
    assert standing_of(three).status == "identified"
    assert standing_of(designed()).status == "designed"
    assert standing_of(initiated()).status == "initiated"
    assert standing_of(active(), on(2, 2)).status == "active"
    kept = check_in(active(), {"at": on(2, 20)}, now=NOW)
    assert (standing_of(kept, on(3)).status, standing_of(kept, on(3)).since) == ("maintained", NOW)
    assert STATUSES[-2:] == ("dormant", "closed")


def test_a_priority_that_changes_was_given_when_there_first_was_one() -> None:
    record = revise(identified(), {"priority": 2}, now=on(1, 10))
    assert revise(record, {"priority": 1}, now=NOW).prioritised_at == on(1, 10)
    assert revise(record, {"goals": ["Reach families"]}, now=NOW).prioritised_at == on(1, 10)
    assert revise(record, {"priority": None}, now=NOW).prioritised_at is None


def test_a_check_in_is_on_time_before_a_cadence_has_passed_since_the_last() -> None:
    record = active()
    told = [(on(1, 30), False), (on(2, 20), True), (on(3, 19), True), (on(4, 19), False), (on(4, 30), True)]
    for at, on_time in told:
        record = check_in(record, {"at": at, "note": "Fine."}, now=NOW)
        assert next(each for each in record.checkins if each.at == at).on_time is on_time, at
    assert [each.at for each in record.checkins] == [at for at, _ in told]


def test_a_check_in_counts_for_nothing_before_the_partner_s_word_and_a_plan() -> None:
    without_plan = confirm(initiated(), {"at": on(2)}, "ben", now=NOW)
    without_word = initiated(maintenance=PLAN)
    for record in (without_plan, without_word):
        assert [each.on_time for each in check_in(record, {"at": on(2, 9)}, now=NOW).checkins] == [False]
        assert standing_of(record, NOW).dormant_at is None


def test_the_last_check_in_on_time_moves_what_rules_look_back_to() -> None:
    record = active()
    late = revise(record, {"priority": None}, now=NOW)
    back = revise(late, {"priority": 1}, now=on(1, 9))
    record = check_in(check_in(back, {"at": on(2, 20)}, now=NOW), {"at": on(3, 10)}, now=NOW)
    assert standing_of(record, on(3, 11)).since == on(3, 10)


def test_two_check_ins_missed_are_dormant_and_the_next_one_wakes_it() -> None:
    record = active()
    assert standing_of(record).dormant_at == on(4)
    assert standing_of(record, on(4) - timedelta(seconds=1)).status == "active"
    asleep = standing_of(record, on(4))
    assert (asleep.status, asleep.since) == ("dormant", on(4))
    awake = check_in(record, {"at": on(5, 30)}, now=NOW)
    assert standing_of(awake, NOW).status == "active"  # it was not on time
    assert awake.checkins[-1].on_time is False


def test_a_closed_partnership_is_closed_whatever_the_clock_says() -> None:
    record = close(active(), "The library moved away.", "amina", now=NOW)
    assert (standing_of(record, NOW).status, standing_of(record, NOW).dormant_at) == ("closed", None)
    assert close(record, "Again.", "amina", now=NOW) == record
    refused: tuple[Change, ...] = (
        lambda: revise(record, {"priority": 2}, now=NOW),
        lambda: add_action(record, {"text": "More"}, now=NOW),
        lambda: change_action(record, 1, {}, now=NOW),
        lambda: check_in(record, {}, now=NOW),
        lambda: confirm(record, {}, "ben", now=NOW),
    )
    for change in refused:
        with pytest.raises(WrongStateError, match="closed"):
            change()


def test_what_was_declared_invalid_stays_so() -> None:
    record = invalidate(active(), "There is no such library.", "cleo", now=NOW)
    assert invalidate(record, "Again.", "cleo", now=NOW) == record
    with pytest.raises(WrongStateError, match="invalid"):
        close(record, "So be it.", "amina", now=NOW)
    row = partnership_row("p", record, recorded_at=NOW, as_of=NOW)
    assert row.status == "invalidated"
    assert (record.invalidated_because, active().invalidated_because) == ("There is no such library.", None)


def test_nothing_happens_in_the_time_to_come() -> None:
    later = NOW + timedelta(seconds=1)
    refused: tuple[tuple[str, Change], ...] = (
        ("/identified_at", lambda: identified(identified_at=later)),
        (
            "/maintenance/agreed_at",
            lambda: revise(identified(), {"maintenance": PLAN | {"agreed_at": later}}, now=NOW),
        ),
        ("/done_at", lambda: add_action(identified(), {"text": "Call", "done_at": later}, now=NOW)),
        ("/done_at", lambda: change_action(designed(), 1, {"done_at": later}, now=NOW)),
        ("/at", lambda: check_in(active(), {"at": later}, now=NOW)),
        ("/at", lambda: confirm(initiated(), {"at": later}, "ben", now=NOW)),
    )
    for pointer, change in refused:
        with pytest.raises(InvalidPayloadError) as refusal:
            change()
        assert [(each.pointer, each.code) for each in refusal.value.faults] == [(pointer, "in_the_future")]


def test_the_same_action_is_written_down_once() -> None:
    record = designed()
    assert add_action(record, {"text": " call the  LIBRARIAN"}, now=NOW) == record
    done = add_action(record, {"text": "Bring cake", "done_at": on(1, 22), "due": date(2016, 2, 1)}, now=NOW)
    assert (done.actions[-1].done_at, done.actions[-1].due) == (on(1, 22), date(2016, 2, 1))
    with pytest.raises(AlreadyExistsError):
        change_action(record, 1, {"text": WORDS[1]}, now=NOW)
    assert change_action(record, 1, {"text": "Call"}, now=NOW).actions[0].text == "Call"
    undone = change_action(initiated(), 1, {"done_at": None}, now=NOW)
    assert standing_of(undone).status == "designed"
    for known, hint in (
        (record, "Its actions are numbered from 1 to 4."),
        (identified(), "It has none yet: "),
    ):
        with pytest.raises(NotFoundError) as refusal:
            change_action(known, 5, {}, now=NOW)
        assert str(refusal.value.hint).startswith(hint)


def test_a_record_has_an_end() -> None:
    record = identified()
    for number in range(50):
        record = add_action(record, {"text": f"Step {number}"}, now=NOW)
    with pytest.raises(WrongStateError, match="50 actions"):
        add_action(record, {"text": "One more"}, now=NOW)


def test_one_instant_has_one_check_in() -> None:
    record = check_in(active(), {"at": on(2, 9), "note": "Fine."}, now=NOW)
    assert check_in(record, {"at": on(2, 9), "note": "Fine."}, now=NOW) == record
    with pytest.raises(AlreadyExistsError):
        check_in(record, {"at": on(2, 9), "note": "Not so fine."}, now=NOW)
    assert check_in(record, {}, now=NOW).checkins[-1].at == NOW


def test_a_partner_confirms_a_bridge_that_was_begun_and_does_so_once() -> None:
    with pytest.raises(WrongStateError, match="designed"):
        confirm(designed(), {}, "ben", now=NOW)
    record = confirm(initiated(), {"note": "Said at the opening."}, "ben", now=NOW)
    assert confirm(record, {"note": "Again."}, "cleo", now=NOW) == record
    assert record.confirmed is not None
    assert (record.confirmed.at, record.confirmed.by) == (NOW, "ben")


def test_a_plan_is_agreed_when_it_says_or_when_its_cadence_changes() -> None:
    record = revise(identified(), {"maintenance": {"cadence": "P3M"}}, now=on(1, 9))
    assert record.maintenance is not None
    assert record.maintenance.agreed_at == on(1, 9)
    words = revise(record, {"maintenance": {"cadence": "P3M", "we_give": "Time"}}, now=NOW).maintenance
    assert words is not None
    assert (words.agreed_at, words.we_give) == (on(1, 9), "Time")
    other = revise(record, {"maintenance": {"cadence": "P1M"}}, now=NOW).maintenance
    assert other is not None
    assert (other.agreed_at, other.cadence) == (NOW, Duration.parse("P1M"))
    assert revise(record, {"maintenance": None}, now=NOW).maintenance is None


def test_a_record_is_read_back_as_it_was_written() -> None:
    full = check_in(active(types=["share-space"], goals=["Reach families"], name="City Library"), {}, now=NOW)
    for record in (identified(), full, close(full, "Moved.", "amina", now=NOW)):
        assert read_partnership(record.to_document()) == record


def test_rules_read_the_record_with_its_status_and_the_partner_s_word() -> None:
    told = partnership_row("p", active(name="City Library"), recorded_at=NOW, as_of=on(3))
    assert (told.kind, told.assurance, told.title) == (
        "artifact",
        "attested",
        "Partnership with City Library",
    )
    assert (told.organisation, told.valid_until) == ("city-library", on(4))
    assert told.partnership is not None
    assert (told.partnership["status"], told.partnership["maintenance"]["cadence"]) == ("active", "P1M")
    own = partnership_row("p", identified(), recorded_at=NOW, as_of=NOW)
    assert (own.assurance, own.title, own.occurred_at) == ("self", "Partnership with city-library", on(1, 5))


def test_rules_never_see_one_priority_twice() -> None:
    """A closed record keeps what it said, and gives its place to another one of the plan."""
    record = close(active(), "It moved away.", "ana", now=on(3))
    told = partnership_row("p", record, recorded_at=NOW, as_of=on(3))
    assert told.partnership is not None
    assert (record.priority, told.partnership["priority"], told.partnership["status"]) == (1, None, "closed")


def test_stewards_do_not_speak_for_their_partners() -> None:
    ensure_somebody_else("ben", is_steward=False, steward_subjects=["amina"])
    for subject, is_steward in (("ben", True), (" AMINA", False)):
        with pytest.raises(ConflictOfInterestError):
            ensure_somebody_else(subject, is_steward=is_steward, steward_subjects=["amina"])
