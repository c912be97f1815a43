"""The audit trail: who did what to which thing, with the transaction that did it, for ever."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.models import AuditEvent
from app.services.audit_events import record_event
from tests.ledgers import NOW, actor_of, make_issuer


def test_an_event_says_who_did_what_to_which_thing(session: Session) -> None:
    actor = actor_of(make_issuer(session), Role.REVIEWER, "rosa")
    record_event(session, actor, "accept", ("evidence", "1"), now=NOW, level="achieved", comment=None)
    event = session.scalars(select(AuditEvent)).one()
    assert (event.actor, event.action, event.thing, event.thing_id) == ("rosa", "accept", "evidence", "1")
    assert event.detail == {"level": "achieved", "comment": None}
    assert (event.issuer_id, event.created_at) == (actor.issuer_id, NOW)


def test_an_event_is_kept_only_with_its_transaction(engine: Engine) -> None:
    def give_up() -> None:
        with transaction(engine) as session:
            record_event(session, actor_of(make_issuer(session), Role.REVIEWER), "x", ("y", "1"), now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    with transaction(engine) as session:
        assert session.scalars(select(AuditEvent)).all() == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_event_is_never_changed_or_deleted(session: Session, change: str) -> None:
    record_event(session, actor_of(make_issuer(session), Role.REVIEWER), "x", ("y", "1"), now=NOW)
    event = session.scalars(select(AuditEvent)).one()
    if change == "update":
        event.action = "nothing"
    else:
        session.delete(event)
    with pytest.raises(TypeError, match="append-only"):
        session.flush()
