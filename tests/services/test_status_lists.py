import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import transaction
from app.errors import NotFoundError, WrongStateError
from app.identifiers import new_id
from app.models import Issuer, Job, StatusEntry, StatusList
from app.services import status_lists
from app.services.issuers import describe_did
from app.services.jobs import JobKind
from app.services.keys import load_active_key
from app.services.status_lists import (
    GivenEntry,
    allocate_status_entry,
    load_status_list,
    open_status_list,
    publish_status_list,
    set_status,
)
from app.signing import status_list as bitstring
from app.signing.verify import Gathered, read, verify
from app.worker import Worker
from tests.awards import equip, work
from tests.ledgers import NOW, SITE, make_issuer, waiting


@pytest.fixture
def issuer(engine: Engine) -> Issuer:
    with transaction(engine) as session:
        issuer = make_issuer(session)
        equip(session, issuer)
    return issuer


def only_list(session: Session) -> StatusList:
    return session.scalars(select(StatusList)).one()


def allocate(engine: Engine, issuer: Issuer, count: int) -> list[GivenEntry]:
    with transaction(engine) as session:
        return [allocate_status_entry(session, issuer, site=SITE, now=NOW) for _ in range(count)]


def revoke(engine: Engine, entry: GivenEntry, now: datetime = NOW) -> None:
    """Do what revoking the credential of this entry does to its list."""
    with transaction(engine) as session:
        set_status(session, [entry.id], to=True, now=now)


def shown(status_list: StatusList) -> set[int]:
    """Return the indexes that the signed list shows as set."""
    bits = bitstring.decode(json.loads(status_list.body)["credentialSubject"]["encodedList"])
    return {byte * 8 + bit for byte, value in enumerate(bits) for bit in range(8) if value & (0x80 >> bit)}


def jobs(session: Session) -> list[dict[str, Any]]:
    wanted = select(Job).where(Job.kind == JobKind.PUBLISH_STATUS_LIST).order_by(Job.run_at)
    return [job.payload for job in session.scalars(wanted)]


# Entries ---------------------------------------------------------------------------------------------


def test_a_new_list_is_signed_empty_and_asks_to_be_renewed(engine: Engine, issuer: Issuer) -> None:
    with transaction(engine) as session:
        status_list = only_list(session)
        assert shown(status_list) == set()
        document = json.loads(status_list.body)
        assert document["id"] == f"https://passports.example.org/status-lists/{status_list.id}"
        assert document["issuer"] == issuer.did
        assert (document["validFrom"], document["validUntil"]) == (
            "2016-03-01T09:00:00Z",
            "2016-03-02T09:00:00Z",
        )
        assert jobs(session) == [{"list_id": status_list.id, "renew": True}]
        gathered = Gathered(NOW, {issuer.did: describe_did(session, issuer)}, {}, frozenset(), None)
    checks = {check.id: check.outcome for check in verify(read(status_list.body), gathered).checks}
    assert (checks["conformance"], checks["proof"], checks["issuer_key"]) == ("pass", "pass", "pass")


def test_indexes_are_given_once_and_at_random(engine: Engine, issuer: Issuer) -> None:
    places = [entry.position for entry in allocate(engine, issuer, 50)]
    assert len(set(places)) == 50
    assert places != sorted(places)
    assert max(places) - min(places) > status_lists.LENGTH / 2
    assert all(0 <= place < status_lists.LENGTH for place in places)


def test_the_database_refuses_an_index_given_twice(engine: Engine, issuer: Issuer) -> None:
    [entry] = allocate(engine, issuer, 1)
    again = StatusEntry(
        id=new_id(),
        issuer_id=issuer.id,
        created_at=NOW,
        list_id=entry.list_id,
        position=entry.position,
        is_set=False,
        changed_at=NOW,
    )
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(again)


def test_a_well_filled_list_is_followed_by_a_new_one(engine: Engine, issuer: Issuer) -> None:
    with transaction(engine) as session:
        first = only_list(session)
        first.length = 8  # as if there were no more room
        taken = {"issuer_id": issuer.id, "created_at": NOW, "list_id": first.id}
        session.add_all(
            StatusEntry(id=new_id(), **taken, position=place, is_set=False, changed_at=NOW)
            for place in range(8)
        )
    later = NOW + timedelta(minutes=1)
    with transaction(engine) as session:
        entries = [allocate_status_entry(session, issuer, site=SITE, now=later) for _ in range(3)]
        [second] = {entry.list_id for entry in entries}
        assert second != first.id
        assert shown(load_status_list(session, second)) == set()
        assert load_status_list(session, first.id).body == first.body
        assert waiting(session, JobKind.PUBLISH_STATUS_LIST) == 2  # each list has its renewal


def test_a_list_is_left_at_about_60_percent() -> None:
    chance, length = random.Random(7), status_lists.LENGTH  # noqa: S311 (a simulation, no secret)
    taken, filled = bytearray(length), 0
    while True:
        places = (chance.randrange(length) for _ in range(status_lists.TRIES))
        place = next((place for place in places if not taken[place]), None)
        if place is None:
            break
        taken[place], filled = 1, filled + 1
    assert 0.5 < filled / length < 0.68


def test_an_unknown_list_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        load_status_list(session, "0" * 32)


# Publishing ------------------------------------------------------------------------------------------


def test_a_hundred_revocations_are_published_together(engine: Engine, issuer: Issuer) -> None:
    entries = allocate(engine, issuer, 100)
    moment = NOW + timedelta(seconds=5)
    for entry in entries:
        revoke(engine, entry, moment)
    with transaction(engine) as session:
        assert len(jobs(session)) == 2  # one for all of them, one for the renewal
    assert work(Worker(engine, SITE, lambda: moment)) == 1
    with transaction(engine) as session:
        status_list = only_list(session)
        assert shown(status_list) == {entry.position for entry in entries}
        assert (status_list.changes, status_list.published_changes) == (100, 100)
        assert status_list.published_at == moment


def test_a_list_is_rebuilt_at_most_once_a_second(engine: Engine, issuer: Issuer) -> None:
    first, second = allocate(engine, issuer, 2)
    moment = NOW + timedelta(seconds=5)
    revoke(engine, first, moment)
    work(Worker(engine, SITE, lambda: moment))
    revoke(engine, second, moment + timedelta(milliseconds=10))
    assert work(Worker(engine, SITE, lambda: moment + timedelta(milliseconds=900))) == 0
    assert work(Worker(engine, SITE, lambda: moment + timedelta(seconds=1))) == 1
    with transaction(engine) as session:
        assert shown(only_list(session)) == {first.position, second.position}


def test_nothing_is_signed_when_nothing_changed(engine: Engine, issuer: Issuer) -> None:
    with transaction(engine) as session:
        before = only_list(session)
        publish_status_list(session, before.id, site=SITE, now=NOW + timedelta(hours=5))
    with transaction(engine) as session:
        assert only_list(session).body == before.body
        assert issuer.id == before.issuer_id
        publish_status_list(session, "0" * 32, site=SITE, now=NOW)  # a list that is gone is no failure


def test_a_list_is_renewed_for_ever_whenever_it_changes(engine: Engine, issuer: Issuer) -> None:
    """A list that was published again between two renewals is signed again before it runs out."""
    entries = iter(allocate(engine, issuer, 3))
    changes = {3, 8, 9}  # hours after which something is revoked
    for hour in range(72):
        now = NOW + timedelta(hours=hour)
        if hour in changes:
            revoke(engine, next(entries), now)
        work(Worker(engine, SITE, lambda now=now: now))  # type: ignore[misc]  # the loop's own hour
        with transaction(engine) as session:
            status_list = only_list(session)
            assert status_list.valid_until - now >= timedelta(hours=18), hour
            assert jobs(session) == [{"list_id": status_list.id, "renew": True}], hour
            assert len(shown(status_list)) == len([change for change in changes if change <= hour])


@pytest.mark.usefixtures("issuer")
def test_a_renewal_that_was_lost_or_given_up_is_put_back(engine: Engine) -> None:
    with transaction(engine) as session:
        for job in session.scalars(select(Job)):
            session.delete(job)
    later = NOW + timedelta(hours=7)
    worker = Worker(engine, SITE, lambda: later)
    with transaction(engine) as session:
        status_lists.ensure_renewals(session, now=later)
        status_lists.ensure_renewals(session, now=later)
        assert jobs(session) == [{"list_id": only_list(session).id, "renew": True}]
    work(worker)
    with transaction(engine) as session:
        assert only_list(session).published_at == later


def test_a_publisher_that_comes_too_early_puts_the_work_off(engine: Engine, issuer: Issuer) -> None:
    """Two jobs can be on their way at once: one that was claimed, and one for a change since then."""
    [entry] = allocate(engine, issuer, 1)
    soon = NOW + timedelta(milliseconds=300)
    revoke(engine, entry, soon)
    with transaction(engine) as session:
        list_id = only_list(session).id
        publish_status_list(session, list_id, site=SITE, now=soon)
    with transaction(engine) as session:
        assert shown(only_list(session)) == set()
        assert {"list_id": list_id} in jobs(session)
        publish_status_list(session, list_id, site=SITE, now=NOW + timedelta(seconds=1))
        assert shown(only_list(session)) == {entry.position}


def test_a_clock_that_was_put_back_does_not_hold_up_a_revocation(engine: Engine, issuer: Issuer) -> None:
    [entry] = allocate(engine, issuer, 1)
    earlier = NOW - timedelta(hours=1)
    revoke(engine, entry, earlier)
    with transaction(engine) as session:
        publish_status_list(session, only_list(session).id, site=SITE, now=earlier)
        assert shown(only_list(session)) == {entry.position}


def test_a_revocation_that_was_published_is_never_taken_back(engine: Engine, issuer: Issuer) -> None:
    """As after a restore from a backup that is older than the revocation."""
    kept, lost = allocate(engine, issuer, 2)
    moment = NOW + timedelta(seconds=5)
    with transaction(engine) as session:
        set_status(session, [kept.id, lost.id], to=True, now=moment)
    work(Worker(engine, SITE, lambda: moment))
    with transaction(engine) as session:
        before = only_list(session).body
        set_status(session, [lost.id], to=False, now=moment)
    refused = pytest.raises(WrongStateError, match=f"shows index {lost.position} as revoked")
    with refused, transaction(engine) as session:
        publish_status_list(session, only_list(session).id, site=SITE, now=moment + timedelta(hours=1))
    with transaction(engine) as session:
        assert only_list(session).body == before


def test_suspensions_have_lists_of_their_own_on_which_bits_are_cleared_again(
    engine: Engine, issuer: Issuer
) -> None:
    allocate(engine, issuer, 1)
    with transaction(engine) as session:
        first, second = (
            allocate_status_entry(session, issuer, status_lists.SUSPENSION, site=SITE, now=NOW)
            for _ in range(2)
        )
    assert first.list_id == second.list_id
    for number, (entries, to, expected) in enumerate(
        (
            ([first, second], True, {first.position, second.position}),
            ([first], False, {second.position}),
            ([second], False, set[int]()),
        ),
        1,
    ):
        moment = NOW + timedelta(minutes=number)
        with transaction(engine) as session:
            set_status(session, [entry.id for entry in entries], to=to, now=moment)
        work(Worker(engine, SITE, lambda moment=moment: moment))  # type: ignore[misc]  # the loop's own
        with transaction(engine) as session:
            status_list = load_status_list(session, first.list_id)
            assert status_list.purpose == "suspension"
            assert json.loads(status_list.body)["credentialSubject"]["statusPurpose"] == "suspension"
            assert shown(status_list) == expected


def test_setting_what_is_set_changes_nothing(engine: Engine, issuer: Issuer) -> None:
    [entry] = allocate(engine, issuer, 1)
    revoke(engine, entry)
    revoke(engine, entry, NOW + timedelta(minutes=1))
    with transaction(engine) as session:
        assert only_list(session).changes == 1
        assert session.get_one(StatusEntry, entry.id).changed_at == NOW


def test_a_renewal_keeps_the_bits_and_says_the_new_period(engine: Engine, issuer: Issuer) -> None:
    [entry] = allocate(engine, issuer, 1)
    revoke(engine, entry, NOW + timedelta(seconds=2))
    work(Worker(engine, SITE, lambda: NOW + timedelta(seconds=2)))
    later = NOW + timedelta(hours=7)
    work(Worker(engine, SITE, lambda: later))
    with transaction(engine) as session:
        status_list = only_list(session)
        assert shown(status_list) == {entry.position}
        assert json.loads(status_list.body)["validFrom"] == "2016-03-01T16:00:00Z"
        assert status_list.valid_until == later + timedelta(hours=24)


def test_publishers_and_revocations_at_once_lose_no_bit(engine: Engine, issuer: Issuer) -> None:
    entries = allocate(engine, issuer, 24)
    with transaction(engine) as session:
        list_id = only_list(session).id

    def publish(number: int) -> None:
        with transaction(engine) as session:
            now = NOW + timedelta(seconds=number)
            publish_status_list(session, list_id, site=SITE, now=now)

    with ThreadPoolExecutor(8) as pool:
        revoking = [pool.submit(revoke, engine, entry) for entry in entries]
        publishing = [pool.submit(publish, number) for number in range(1, 9)]
        for each in (*revoking, *publishing):
            each.result()
    publish(10)
    with transaction(engine) as session:
        status_list = only_list(session)
        assert status_list.changes == status_list.published_changes == 24
        assert shown(status_list) == {entry.position for entry in entries}
        assert session.scalar(select(func.count(StatusEntry.id)).where(StatusEntry.is_set)) == 24


def test_a_second_list_of_an_issuer_is_a_list_of_its_own(engine: Engine, issuer: Issuer) -> None:
    [entry] = allocate(engine, issuer, 1)
    with transaction(engine) as session:
        key = load_active_key(session, issuer.id)
        second = open_status_list(session, issuer, key, site=SITE, now=NOW + timedelta(hours=1))
    revoke(engine, entry, NOW + timedelta(hours=2))
    work(Worker(engine, SITE, lambda: NOW + timedelta(hours=2)))
    with transaction(engine) as session:
        assert shown(load_status_list(session, second.id)) == set()
        assert shown(load_status_list(session, entry.list_id)) == {entry.position}
