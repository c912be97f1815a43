"""Lists in pages: each row once, whatever comes and goes in between."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Role
from app.models import AuditEvent
from app.services.audit_events import record_event
from app.services.pages import Page, Window, fetch_page
from tests.ledgers import NOW, actor_of, make_issuer


def fill(session: Session, count: int) -> list[str]:
    actor = actor_of(make_issuer(session), Role.ADMINISTRATOR)
    for number in range(count):
        record_event(session, actor, "x", ("y", str(number)), now=NOW)
    session.flush()
    return list(session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))


def fetch(session: Session, window: Window) -> Page[AuditEvent]:
    return fetch_page(session, select(AuditEvent).order_by(AuditEvent.thing), AuditEvent.id, window)


def test_pages_hold_each_row_once_in_the_order_of_ids(session: Session) -> None:
    ids, seen, after = fill(session, 7), list[str](), None
    for expected in (3, 3, 1):
        page = fetch(session, Window(3, after))
        assert len(page.rows) == expected
        seen += [row.id for row in page.rows]
        after = page.next_after
    assert seen == ids
    assert after is None


def test_a_page_that_is_just_full_is_the_last(session: Session) -> None:
    fill(session, 3)
    assert fetch(session, Window(3)).next_after is None


def test_an_empty_list_is_one_empty_page(session: Session) -> None:
    assert fetch(session, Window(3)) == Page([], None)


def test_a_cursor_need_not_exist_any_more(session: Session) -> None:
    ids = fill(session, 3)
    page = fetch(session, Window(3, ids[0] + "x"))
    assert [row.id for row in page.rows] == ids[1:]
