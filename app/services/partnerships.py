"""Partnerships: found, begun and carried on; each change is kept, and what follows from it is queued."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role, Scope, require
from app.domain.cases import Cause, CauseKind
from app.domain.digests import digest_of
from app.domain.hubs import unknown_hub
from app.domain.partnerships import (
    CHANGEABLE,
    PartnershipRecord,
    Standing,
    add_action,
    change_action,
    check_in,
    close,
    confirm,
    ensure_somebody_else,
    identify,
    invalidate,
    read_partnership,
    revise,
    standing_of,
)
from app.domain.vocabularies import PARTNERSHIP_TYPE, unknown_words
from app.errors import AlreadyExistsError, Fault, InvalidPayloadError, NotFoundError
from app.identifiers import new_id
from app.models import Partnership, PartnershipRevision
from app.services.audit_events import record_event
from app.services.case_causes import enqueue_examinations
from app.services.completions import reopen_enrolments
from app.services.definitions import Preconditions, etag_of
from app.services.enrolments import enqueue_evaluation
from app.services.hubs import load_hubs
from app.services.learners import find_learner
from app.services.pages import Page, Window, fetch_page
from app.services.tokens import subjects_of_learner
from app.services.vocabularies import load_vocabularies

WORDS = frozenset({"kind:artifact"})
"""What a partnership is looked up by: a leaf about partnerships asks for artifacts."""


@dataclass(frozen=True, slots=True)
class PartnershipView:
    """A partnership as it stands at one moment."""

    row: Partnership
    record: PartnershipRecord
    standing: Standing

    @property
    def etag(self) -> str:
        """The strong ETag of the record: what the clock does to it is not in it."""
        return etag_of(self.row)


@dataclass(frozen=True, slots=True)
class PartnershipFilter:
    """Which partnerships are asked for; None means all."""

    steward: str | None = None
    organisation: str | None = None
    status: str | None = None


# Finding --------------------------------------------------------------------------------------------


def visible_partnerships(actor: Actor) -> Select[Partnership]:
    """Return a statement for the partnerships the actor may see.

    Learners see their own. Reviewers do not see what a steward keeps private.
    """
    statement = select(Partnership).where(Partnership.issuer_id == actor.issuer_id)
    if actor.is_learner:
        return statement.where(Partnership.learner_id == actor.learner_id)
    if actor.role is Role.REVIEWER:
        return statement.where(Partnership.visibility != "private")
    return statement


def load_partnership(
    session: Session, actor: Actor, partnership_id: str, *, now: datetime
) -> PartnershipView:
    """Return a partnership the actor may see, as it stands; raises `NotFoundError`."""
    return _view(_load(session, actor, partnership_id), now)


def list_partnerships(
    session: Session, actor: Actor, window: Window, wanted: PartnershipFilter, *, now: datetime
) -> Page[PartnershipView]:
    """Return the partnerships the actor may see, oldest first."""
    statement = visible_partnerships(actor)
    if wanted.steward is not None:
        statement = statement.where(Partnership.learner_id == wanted.steward)
    if wanted.organisation is not None:
        statement = statement.where(Partnership.organisation == wanted.organisation)
    if wanted.status == "dormant":
        statement = statement.where(Partnership.dormant_at <= now)
    elif wanted.status is not None:
        awake = or_(Partnership.dormant_at.is_(None), Partnership.dormant_at > now)
        statement = statement.where(Partnership.stage == wanted.status, awake)
    page = fetch_page(session, statement, Partnership.id, window)
    return Page([_view(row, now) for row in page.rows], page.next_after)


def _load(session: Session, actor: Actor, partnership_id: str, *, for_update: bool = False) -> Partnership:
    statement = visible_partnerships(actor).where(Partnership.id == partnership_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(statement)
    if row is None:
        raise NotFoundError(f"There is no partnership {partnership_id}.")
    return row


def _view(row: Partnership, now: datetime) -> PartnershipView:
    record = read_partnership(row.document)
    return PartnershipView(row, record, standing_of(record, now))


# Beginning ------------------------------------------------------------------------------------------


def create_partnership(
    session: Session, actor: Actor, steward: str, members: Mapping[str, Any], *, now: datetime
) -> tuple[PartnershipView, bool]:
    """Return the steward's partnership with an organisation in a plan year; say whether it was made now.

    Raises `InvalidPayloadError` for an unknown steward, hub or type and a time to come, `AlreadyExistsError`
    when it exists and is said to be otherwise, and when another one has its priority.
    """
    if find_learner(session, actor, steward) is None:
        fault = Fault("/steward", "learner_unknown", f"There is no learner {steward}.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    record = identify(members, now=now)
    known = _find(session, steward, record)
    if known is not None:
        return _same(known, record, members, now=now), False
    _refuse_unknown(session, actor, members)
    row = Partnership(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        learner_id=steward,
        organisation=record.organisation,
        plan_year=record.plan_year,
        revision=0,
    )
    _write(row, record, actor, now=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # made by somebody else in this very moment, or another one has its priority
        known = _find(session, steward, record)
        if known is None:
            raise _taken(record) from None
        return _same(known, record, members, now=now), False
    _keep(session, actor, row, "create", now=now)
    return _view(row, now), True


def _refuse_unknown(
    session: Session,
    actor: Actor,
    members: Mapping[str, Any],
    known: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Raise `InvalidPayloadError` for a hub or a type that is new to the record and not defined.

    Where the issuer defines no hubs, or no vocabulary of types, any will do.
    """
    hub, types = members.get("hub"), members.get("types")
    faults: list[Fault] = []
    if hub is not None and hub != known.get("hub"):
        faults += unknown_hub(hub, load_hubs(session, actor.issuer_id), "/hub")
    if types and types != known.get("types"):
        asked = [(PARTNERSHIP_TYPE, (word,), f"/types/{n}") for n, word in enumerate(types)]
        faults += unknown_words(load_vocabularies(session, actor.issuer_id), asked)
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)


def _find(session: Session, steward: str, record: PartnershipRecord) -> Partnership | None:
    return session.scalar(
        select(Partnership).where(
            Partnership.learner_id == steward,
            Partnership.organisation == record.organisation,
            Partnership.plan_year == record.plan_year,
        )
    )


def _same(
    row: Partnership, record: PartnershipRecord, members: Mapping[str, Any], *, now: datetime
) -> PartnershipView:
    said = record.to_document()
    compared = [name for name in CHANGEABLE if name in members and name != "maintenance"]
    faults = [
        Fault(f"/{name}", "differs", f"The partnership's {name} is stored as something else.")
        for name in compared
        if said[name] != row.document[name]
    ]
    if faults:
        raise AlreadyExistsError(
            f"The steward has the partnership {row.id} with {row.organisation} in {row.plan_year} already.",
            faults=faults,
            hint=f"To change it, send PATCH /v1/partnerships/{row.id}.",
        )
    return _view(row, now)


def _taken(record: PartnershipRecord) -> AlreadyExistsError:
    return AlreadyExistsError(
        f"Another partnership of {record.plan_year} has the priority {record.priority}.",
        faults=[Fault("/priority", "taken", "Each priority is given once in a plan year.")],
        hint="Give the other one another priority first, or none for a moment.",
    )


# Carrying on ----------------------------------------------------------------------------------------


def revise_partnership(
    session: Session,
    actor: Actor,
    partnership_id: str,
    changes: Mapping[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> PartnershipView:
    """Set the given members; the same again changes nothing.

    Raises `PreconditionFailedError`, `AlreadyExistsError` when another one has the priority,
    `WrongStateError`, `InvalidPayloadError` and `NotFoundError`.
    """
    row = _load(session, actor, partnership_id, for_update=True)
    conditions.check(row)
    _refuse_unknown(session, actor, changes, row.document)
    return _change(session, actor, row, "revise", lambda record: revise(record, changes, now=now), now=now)


def add_action_to(
    session: Session, actor: Actor, partnership_id: str, members: Mapping[str, Any], *, now: datetime
) -> tuple[PartnershipView, bool]:
    """Add an action and say whether it is new. Raises as `domain.partnerships.add_action` does."""
    row = _load(session, actor, partnership_id, for_update=True)
    before = row.revision
    view = _change(session, actor, row, "plan", lambda record: add_action(record, members, now=now), now=now)
    return view, row.revision > before


def change_action_of(
    session: Session,
    actor: Actor,
    place: tuple[str, int],
    changes: Mapping[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> PartnershipView:
    """Change the action at `place` (partnership, number), such as to say that it is done.

    Raises as `domain.partnerships.change_action` does, and `PreconditionFailedError`.
    """
    row = _load(session, actor, place[0], for_update=True)
    conditions.check(row)

    def change(record: PartnershipRecord) -> PartnershipRecord:
        return change_action(record, place[1], changes, now=now)

    return _change(session, actor, row, "act", change, now=now)


def check_in_on(
    session: Session, actor: Actor, partnership_id: str, members: Mapping[str, Any], *, now: datetime
) -> tuple[PartnershipView, bool]:
    """Add a check-in and say whether it is new. What the partner says is told by somebody else.

    Raises as `domain.partnerships.check_in` does, `InsufficientScopeError` and `ConflictOfInterestError`.
    """
    row = _load(session, actor, partnership_id, for_update=True)
    if members.get("by_partner"):
        require(actor, Scope.EVIDENCE_ATTEST)
        _ensure_somebody_else(session, actor, row)
    before = row.revision
    view = _change(
        session, actor, row, "check_in", lambda record: check_in(record, members, now=now), now=now
    )
    return view, row.revision > before


def confirm_partnership(
    session: Session, actor: Actor, partnership_id: str, members: Mapping[str, Any], *, now: datetime
) -> PartnershipView:
    """Record that the partner confirms the bridge; a second time changes nothing.

    Raises `ConflictOfInterestError` for the steward, `WrongStateError`, `InvalidPayloadError` and
    `NotFoundError`.
    """
    row = _load(session, actor, partnership_id, for_update=True)
    _ensure_somebody_else(session, actor, row)

    def change(record: PartnershipRecord) -> PartnershipRecord:
        return confirm(record, members, actor.subject, now=now)

    return _change(session, actor, row, "confirm", change, now=now)


def close_partnership(
    session: Session, actor: Actor, partnership_id: str, reason: str, *, now: datetime
) -> PartnershipView:
    """End a partnership; doing it again changes nothing. Raises `WrongStateError` and `NotFoundError`."""
    row = _load(session, actor, partnership_id, for_update=True)

    def change(record: PartnershipRecord) -> PartnershipRecord:
        return close(record, reason, actor.subject, now=now)

    return _change(session, actor, row, "close", change, now=now)


def invalidate_partnership(
    session: Session, actor: Actor, partnership_id: str, reason: str, *, now: datetime
) -> PartnershipView:
    """Declare that a partnership does not count; doing it again changes nothing.

    Completions that rest on it and have not led to a credential are undone; a credential that would not
    stand without it becomes a case for an officer. Raises `NotFoundError`.
    """
    row = _load(session, actor, partnership_id, for_update=True)
    before = row.revision

    def change(record: PartnershipRecord) -> PartnershipRecord:
        return invalidate(record, reason, actor.subject, now=now)

    view = _change(session, actor, row, "invalidate", change, now=now)
    if row.revision > before:
        reopen_enrolments(session, actor, row.learner_id, row.id, now=now)
        fallen = Cause(CauseKind.PARTNERSHIP, row.id)
        enqueue_examinations(session, row.issuer_id, {fallen: row.learner_id}, now=now)
    return view


def _ensure_somebody_else(session: Session, actor: Actor, row: Partnership) -> None:
    ensure_somebody_else(
        actor.subject,
        is_steward=actor.learner_id == row.learner_id,
        steward_subjects=subjects_of_learner(session, row.issuer_id, row.learner_id),
    )


def _change(
    session: Session,
    actor: Actor,
    row: Partnership,
    action: str,
    change: Callable[[PartnershipRecord], PartnershipRecord],
    *,
    now: datetime,
) -> PartnershipView:
    """Change the locked record, if that makes it another one, and keep what was done."""
    known = read_partnership(row.document)
    record = change(known)
    if record != known:
        try:
            with session.begin_nested():
                _write(row, record, actor, now=now)
        except IntegrityError:
            raise _taken(record) from None
        _keep(session, actor, row, action, now=now)
    return _view(row, now)


def _write(row: Partnership, record: PartnershipRecord, actor: Actor, *, now: datetime) -> None:
    standing = standing_of(record)
    row.priority = record.held_priority
    row.visibility = record.visibility
    row.stage, row.dormant_at = standing.status, standing.dormant_at
    row.document = record.to_document()
    row.digest = digest_of(row.document)
    row.revision += 1
    row.updated_at, row.updated_by = now, actor.subject


def _keep(session: Session, actor: Actor, row: Partnership, action: str, *, now: datetime) -> None:
    session.add(
        PartnershipRevision(
            id=new_id(),
            issuer_id=row.issuer_id,
            created_at=now,
            partnership_id=row.id,
            number=row.revision,
            action=action,
            document=row.document,
            recorded_by=actor.subject,
        )
    )
    session.flush()
    thing = ("partnership", row.id)
    record_event(session, actor, action, thing, now=now, stage=row.stage, revision=row.revision)
    enqueue_evaluation(session, row.issuer_id, row.learner_id, now=now, words=WORDS)
