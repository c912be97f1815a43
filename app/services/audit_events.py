"""The audit trail: one row for each thing that somebody did."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.identifiers import new_id
from app.models import AuditEvent


def record_event(
    session: Session, actor: Actor, action: str, thing: tuple[str, str], *, now: datetime, **detail: object
) -> None:
    """Add "`actor` did `action` to `thing` (its kind and id)" to the transaction that does it."""
    session.add(
        AuditEvent(
            id=new_id(),
            issuer_id=actor.issuer_id,
            created_at=now,
            actor=actor.subject,
            action=action,
            thing=thing[0],
            thing_id=thing[1],
            detail=detail,
        )
    )
