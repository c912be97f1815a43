"""Content: sessions, courses and events, and the approvals that make completing them count."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.content import ApprovalInterval, ContentItem, read_approval, read_content
from app.errors import ConflictOfInterestError
from app.identifiers import new_id
from app.models import Approval, AuditEvent, Definition
from app.services.audit_events import record_event
from app.services.definitions import DefinitionKind, Preconditions, load_definition, put_definition
from app.services.snapshots import note_catalogue_change

KIND = DefinitionKind.CONTENT


def put_content(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a content item. Raises `InvalidPayloadError` with all faults of the document."""
    item = read_content(document, key=key)
    return put_definition(session, actor, (KIND, key, item.to_document()), conditions, now=now)


def approve_content(
    session: Session, actor: Actor, key: str, document: dict[str, Any], *, now: datetime
) -> tuple[Approval, bool]:
    """Approve an item for an interval; the same interval again is the same approval.

    Raises `ConflictOfInterestError` for whoever wrote on the item, and `NotFoundError`.
    """
    interval = read_approval(document)
    item = load_definition(session, actor, KIND, key, for_update=True)
    if actor.subject in _writers(session, item):
        raise ConflictOfInterestError(
            f"{actor.subject} wrote on this content, so somebody else has to approve it.",
            hint="Use a token with another subject and the scope content:approve.",
        )
    known = select(Approval).where(
        Approval.content_id == item.id,
        Approval.valid_from == interval.valid_from,
        Approval.retroactive == interval.retroactive,
        Approval.valid_to.is_not_distinct_from(interval.valid_to),
    )
    existing = session.scalar(known)
    if existing is not None:
        return existing, False
    approval = Approval(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        content_id=item.id,
        valid_from=interval.valid_from,
        valid_to=interval.valid_to,
        retroactive=interval.retroactive,
        approved_by=actor.subject,
    )
    session.add(approval)
    session.flush()
    record_event(session, actor, "approve", (KIND, item.id), now=now, key=key, approval=approval.id)
    note_catalogue_change(session, actor.issuer_id, ("content", key), now=now)
    return approval, True


def _writers(session: Session, item: Definition) -> set[str]:
    """Return everybody who ever wrote on the item: an edit by another hand makes nobody impartial."""
    events = select(AuditEvent.actor).where(
        AuditEvent.issuer_id == item.issuer_id,
        AuditEvent.thing == KIND,
        AuditEvent.thing_id == item.id,
        AuditEvent.action.in_(("create", "update")),
    )
    return {item.updated_by, *session.scalars(events)}


def load_content_items(session: Session, issuer_id: str) -> dict[str, ContentItem]:
    """Return all content of an issuer by key, each with its approvals: two queries."""
    approvals: dict[str, list[ApprovalInterval]] = {}
    for row in session.scalars(select(Approval).where(Approval.issuer_id == issuer_id)):
        interval = ApprovalInterval(row.valid_from, row.valid_to, row.retroactive)
        approvals.setdefault(row.content_id, []).append(interval)
    drafts = select(Definition).where(Definition.issuer_id == issuer_id, Definition.kind == KIND)
    return {
        draft.key: read_content(draft.document).with_approvals(approvals.get(draft.id, ()))
        for draft in session.scalars(drafts)
    }


def list_approvals(session: Session, actor: Actor, key: str) -> list[Approval]:
    """Return all approvals of an item, oldest first; raises `NotFoundError`."""
    item = load_definition(session, actor, KIND, key)
    return list(session.scalars(select(Approval).where(Approval.content_id == item.id).order_by(Approval.id)))
