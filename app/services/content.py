"""Content: sessions, courses and events, and the approvals that make completing them count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, is_among
from app.domain.content import ApprovalInterval, ContentItem, read_approval, read_content
from app.domain.hubs import unknown_hub
from app.errors import ConflictOfInterestError, InvalidPayloadError, NotFoundError
from app.identifiers import new_id
from app.models import Approval, AuditEvent, Definition
from app.services.audit_events import record_event
from app.services.definitions import DefinitionKind, Document, Noun, canonical, load_definition, load_drafts
from app.services.hubs import load_hubs
from app.services.jobs import JobKind, enqueue_job
from app.services.snapshots import note_catalogue_change
from app.services.vocabularies import load_vocabularies


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why an approval ends, and whether what was done before stops counting as well."""

    reason: str
    recall: bool = False


def _refuse_unknown_terms(session: Session, actor: Actor, document: Document) -> None:
    item = read_content(document)
    if item.topics or item.initiatives:
        faults = item.unknown_terms(load_vocabularies(session, actor.issuer_id))
        if faults:
            raise InvalidPayloadError(faults[0].detail, faults=faults)


NOUN = Noun(
    DefinitionKind.CONTENT,
    "content",
    canonical(read_content),
    check=_refuse_unknown_terms,
    judges=lambda key: (("content", key),),
)


def approve_content(
    session: Session, actor: Actor, key: str, document: dict[str, Any], *, now: datetime
) -> tuple[Approval, bool]:
    """Approve an item for an interval; the same interval again is the same approval, unless withdrawn.

    Raises `ConflictOfInterestError` for whoever wrote on the item, `InvalidPayloadError` for a hub that is
    not there, and `NotFoundError`.
    """
    interval = read_approval(document)
    if interval.hub is not None:
        faults = unknown_hub(interval.hub, load_hubs(session, actor.issuer_id), "/hub")
        if faults:
            raise InvalidPayloadError(faults[0].detail, faults=faults)
    item = load_definition(session, actor, NOUN.kind, key, for_update=True)
    if is_among(actor.subject, _writers(session, item)):
        raise ConflictOfInterestError(
            f"{actor.subject} wrote on this content, so somebody else has to approve it.",
            hint="Use a token with another subject and the scope content:approve.",
        )
    known = select(Approval).where(
        Approval.content_id == item.id,
        Approval.valid_from == interval.valid_from,
        Approval.retroactive == interval.retroactive,
        Approval.valid_to.is_not_distinct_from(interval.valid_to),
        Approval.hub.is_not_distinct_from(interval.hub),
        Approval.withdrawn_at.is_(None),
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
        hub=interval.hub,
        approved_by=actor.subject,
        withdrawn_at=None,
        withdrawn_by=None,
        withdrawal_reason=None,
        recalled_at=None,
    )
    session.add(approval)
    session.flush()
    record_event(session, actor, "approve", (NOUN.kind, item.id), now=now, key=key, approval=approval.id)
    note_catalogue_change(session, actor.issuer_id, ("content", key), now=now)
    return approval, True


def withdraw_approval(
    session: Session, actor: Actor, place: tuple[str, str], withdrawal: Withdrawal, *, now: datetime
) -> Approval:
    """End the approval at `place` (content, approval) now; doing it again changes nothing.

    What was done before goes on counting. A recall takes that away too, and may follow a withdrawal: whatever
    is not a credential yet is judged anew, and credentials that would not stand become cases. Raises
    `NotFoundError`.
    """
    key, approval_id = place
    item = load_definition(session, actor, NOUN.kind, key, for_update=True)
    approval = session.scalar(
        select(Approval)
        .where(Approval.id == approval_id, Approval.content_id == item.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if approval is None:
        raise NotFoundError(f"There is no approval {approval_id} of {key}.")
    if approval.withdrawn_at is not None and (approval.recalled_at is not None or not withdrawal.recall):
        return approval
    approval.withdrawn_at = approval.withdrawn_at or now
    approval.withdrawn_by, approval.withdrawal_reason = actor.subject, withdrawal.reason
    action = "recall" if withdrawal.recall else "withdraw"
    said = {"key": key, "approval": approval.id, "reason": withdrawal.reason}
    record_event(session, actor, action, (NOUN.kind, item.id), now=now, **said)
    note_catalogue_change(session, actor.issuer_id, ("content", key), now=now)
    if withdrawal.recall:
        approval.recalled_at = now
        payload = {"approval_id": approval.id, "after": ""}
        enqueue_job(session, actor.issuer_id, JobKind.FOLLOW_RECALL, payload, now=now)
    return approval


def interval_given(approval: Approval) -> ApprovalInterval:
    """Return an approval as it was given, whatever became of it."""
    return ApprovalInterval(approval.valid_from, approval.valid_to, approval.retroactive, approval.hub)


def interval_of(approval: Approval) -> ApprovalInterval | None:
    """Return when an approval counts, recalled or not; None where it was withdrawn before it began."""
    interval = interval_given(approval)
    return interval if approval.withdrawn_at is None else interval.until(approval.withdrawn_at)


def _writers(session: Session, item: Definition) -> set[str]:
    """Return everybody who ever wrote on the item: an edit by another hand makes nobody impartial."""
    events = select(AuditEvent.actor).where(
        AuditEvent.issuer_id == item.issuer_id,
        AuditEvent.thing == NOUN.kind,
        AuditEvent.thing_id == item.id,
        AuditEvent.action.in_(("create", "update")),
    )
    return {item.updated_by, *session.scalars(events)}


def load_content_items(session: Session, issuer_id: str) -> dict[str, ContentItem]:
    """Return all content of an issuer by key, each with the approvals that count: two queries."""
    approvals: dict[str, list[ApprovalInterval]] = {}
    standing = select(Approval).where(Approval.issuer_id == issuer_id, Approval.recalled_at.is_(None))
    for row in session.scalars(standing):
        interval = interval_of(row)
        if interval is not None:
            approvals.setdefault(row.content_id, []).append(interval)
    return {
        draft.key: read_content(draft.document).with_approvals(approvals.get(draft.id, ()))
        for draft in load_drafts(session, issuer_id, NOUN.kind)
    }


def with_recalled(
    session: Session, known: Mapping[str, ContentItem], approval_id: str
) -> dict[str, ContentItem]:
    """Return the content as it would be, had this approval been withdrawn without a recall."""
    approval = session.get_one(Approval, approval_id)
    interval = interval_of(approval)
    key = session.get_one(Definition, approval.content_id).key
    if interval is None:
        return dict(known)
    return {**known, key: known[key].with_approvals((*known[key].approvals, interval))}


def list_approvals(session: Session, actor: Actor, key: str) -> list[Approval]:
    """Return all approvals of an item, oldest first; raises `NotFoundError`."""
    item = load_definition(session, actor, NOUN.kind, key)
    return list(session.scalars(select(Approval).where(Approval.content_id == item.id).order_by(Approval.id)))
