from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import ConflictOfInterestError, InvalidPayloadError, NotFoundError
from app.models import Approval, AuditEvent, Job
from app.services import content
from app.services.content import approve_content, list_approvals, load_content_items
from app.services.definitions import Preconditions, put_definition
from tests.ledgers import (
    ATTENDANCE,
    CONTENT,
    NOW,
    actor_of,
    clear_jobs,
    make_issuer,
    open_ledger,
)

KEY = "open-by-design"
INTERVAL = {"from": "2016-01-01T00:00:00Z"}


@pytest.fixture
def author(engine: Engine) -> Actor:
    with transaction(engine) as session:
        author = actor_of(make_issuer(session), Role.ADMINISTRATOR, "ines")
        put_definition(session, author, (content.NOUN, KEY, CONTENT), now=NOW)
    return author


@pytest.fixture
def approver(author: Actor) -> Actor:
    return Actor(author.issuer_id, "", "ben", author.role, author.scopes, None)


def approve(session: Session, actor: Actor, **interval: object) -> tuple[Approval, bool]:
    return approve_content(session, actor, KEY, INTERVAL | interval, now=NOW)


def test_somebody_else_approves_what_somebody_wrote(engine: Engine, author: Actor, approver: Actor) -> None:
    with transaction(engine) as session:
        with pytest.raises(ConflictOfInterestError, match="ines wrote on this content") as refusal:
            approve(session, author)
        assert "content:approve" in str(refusal.value.hint)
        with pytest.raises(ConflictOfInterestError):  # another spelling is not somebody else
            approve(session, replace(author, subject=" Ines"))
        approval, created = approve(session, approver)
        assert (created, approval.approved_by, approval.valid_to) == (True, "ben", None)
        item = load_content_items(session, author.issuer_id)[KEY]
        assert item.approval_at(NOW, NOW) is not None


def test_everybody_who_ever_changed_it_counts_as_its_author(
    engine: Engine, author: Actor, approver: Actor
) -> None:
    third = Actor(author.issuer_id, "", "cleo", author.role, author.scopes, None)
    with transaction(engine) as session:
        put_definition(
            session, approver, (content.NOUN, KEY, CONTENT), Preconditions(), now=NOW
        )  # changes nothing
        approve(session, approver)
        put_definition(
            session, approver, (content.NOUN, KEY, CONTENT | {"title": "Two"}), Preconditions(), now=NOW
        )
        for writer in (author, approver):
            with pytest.raises(ConflictOfInterestError):
                approve(session, writer, to="2017-01-01T00:00:00Z")
        assert approve(session, third, to="2017-01-01T00:00:00Z")[1]


def test_an_approval_has_those_looked_for_who_reported_it_before(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        author = ledger.actor(Role.ADMINISTRATOR, "author")
        put_definition(session, author, (content.NOUN, "later", CONTENT), now=NOW)
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, content="later")
        clear_jobs(session)
        approver = ledger.actor(Role.ADMINISTRATOR, "approver")
        approve_content(session, approver, "later", INTERVAL, now=NOW)
        approve_content(session, approver, "later", INTERVAL, now=NOW)
        [job] = session.scalars(select(Job))
        assert (job.kind, job.payload) == (
            "mark_enrolments",
            {"member": "content", "value": "later", "after": ""},
        )


def test_the_same_interval_again_is_the_same_approval(engine: Engine, author: Actor, approver: Actor) -> None:
    with transaction(engine) as session:
        first, _ = approve(session, approver)
        again, created = approve(session, approver, **{"from": "2016-01-01T01:00:00+01:00", "to": None})
        assert (again.id, created) == (first.id, False)
        others = [approve(session, approver, **more)[0] for more in (
            {"to": "2017-01-01T00:00:00Z"},
            {"retroactive": True},
        )]  # fmt: skip
        listed = list_approvals(session, author, KEY)
        assert [row.id for row in listed] == [first.id, *(row.id for row in others)]
        events = select(func.count(AuditEvent.id)).where(AuditEvent.action == "approve")
        assert session.scalar(events) == 3


def test_the_same_approval_many_times_at_once_is_one(engine: Engine, approver: Actor) -> None:
    def call(_: int) -> str:
        with transaction(engine) as session:
            return approve(session, approver)[0].id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(call, range(8)))) == 1


@pytest.mark.parametrize(
    ("interval", "pointer"),
    [
        ({"to": "2015-01-01T00:00:00Z"}, "/to"),
        ({"to": "2016-01-01T00:00:00Z"}, "/to"),
        ({"from": None}, "/from"),
        ({"from": "yesterday"}, "/from"),
        ({"from": "2016-01-01T00:00:00"}, "/from"),
        ({"until": "2017-01-01T00:00:00Z"}, "/until"),
        ({"retroactive": "yes"}, "/retroactive"),
    ],
)
def test_a_bad_interval_is_refused_where_it_is_wrong(
    engine: Engine, approver: Actor, interval: dict[str, object], pointer: str
) -> None:
    with transaction(engine) as session, pytest.raises(InvalidPayloadError) as refusal:
        approve(session, approver, **interval)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_content_of_another_issuer_is_neither_approved_nor_listed(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        stranger = actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR)
        with pytest.raises(NotFoundError):
            approve(session, stranger)
        with pytest.raises(NotFoundError):
            list_approvals(session, stranger, KEY)
        assert load_content_items(session, stranger.issuer_id) == {}
        assert list(load_content_items(session, author.issuer_id)) == [KEY]


def test_an_approval_is_never_changed(engine: Engine, approver: Actor) -> None:
    with transaction(engine) as session:
        approval = approve(session, approver)[0]
    with pytest.raises(TypeError, match="append-only"), transaction(engine) as session:
        session.get_one(Approval, approval.id).valid_from = NOW + timedelta(days=1)


def test_a_faulty_item_is_refused_with_every_fault(engine: Engine, author: Actor) -> None:
    faulty = CONTENT | {"mode": "by post", "effort_minutes": 0}
    with transaction(engine) as session, pytest.raises(InvalidPayloadError) as refusal:
        put_definition(session, author, (content.NOUN, KEY, faulty), now=NOW)
    assert {fault.pointer for fault in refusal.value.faults} == {"/mode", "/effort_minutes"}
