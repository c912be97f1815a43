"""Learners: known by the name that a partner system gives them, found or made by it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.errors import AlreadyExistsError, Fault, NotFoundError
from app.identifiers import new_id
from app.models import Learner
from app.services.audit_events import record_event
from app.services.pages import Page, Window, fetch_page

PROFILE = ("display_name", "email", "did")
"""What may change about a learner; the name in the partner system may not."""


@dataclass(frozen=True, slots=True)
class LearnerName:
    """What a partner system calls a learner."""

    namespace: str
    external_id: str


def visible_learners(actor: Actor) -> Select[Learner]:
    """Return a statement for the learners the actor may see: a learner sees one, themselves."""
    statement = select(Learner).where(Learner.issuer_id == actor.issuer_id)
    return statement.where(Learner.id == actor.learner_id) if actor.is_learner else statement


def find_learner(session: Session, actor: Actor, learner_id: str) -> Learner | None:
    """Return a learner whom the actor may see, or None."""
    return session.scalar(visible_learners(actor).where(Learner.id == learner_id))


def lock_learners(session: Session, learner_ids: Collection[str] | Select[str]) -> None:
    """Let nothing become known about these learners until the transaction ends.

    Whoever locks enrolments locks their learners first: two who wait for each other would wait for ever.
    """
    rows = select(Learner.id).where(Learner.id.in_(learner_ids)).order_by(Learner.id).with_for_update()
    session.execute(rows)


def load_learner(session: Session, actor: Actor, learner_id: str) -> Learner:
    """Return a learner whom the actor may see; raises `NotFoundError`."""
    learner = find_learner(session, actor, learner_id)
    if learner is None:
        raise NotFoundError(f"There is no learner {learner_id}.")
    return learner


def list_learners(
    session: Session,
    actor: Actor,
    window: Window,
    *,
    namespace: str | None = None,
    external_id: str | None = None,
) -> Page[Learner]:
    """Return the learners the actor may see, oldest first, narrowed to a name or a part of it."""
    statement = visible_learners(actor)
    if namespace is not None:
        statement = statement.where(Learner.namespace == namespace)
    if external_id is not None:
        statement = statement.where(Learner.external_id == external_id)
    return fetch_page(session, statement, Learner.id, window)


def create_learner(
    session: Session, actor: Actor, name: LearnerName, given: Mapping[str, str | None], *, now: datetime
) -> tuple[Learner, bool]:
    """Return the learner with this name, made now if there was none; say whether it was made.

    `given` holds what the caller says of `PROFILE`. Raises `AlreadyExistsError` when the learner exists
    and is said to be otherwise.
    """
    existing = _find_by_name(session, actor, name)
    if existing is not None:
        return _same(existing, given), False
    learner = Learner(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        updated_at=now,
        namespace=name.namespace,
        external_id=name.external_id,
        **{field: given.get(field) for field in PROFILE},
    )
    try:
        with session.begin_nested():
            session.add(learner)
    except IntegrityError:  # made by somebody else in this very moment
        existing = _find_by_name(session, actor, name)
        if existing is None:
            raise
        return _same(existing, given), False
    record_event(session, actor, "create", ("learner", learner.id), now=now, namespace=name.namespace)
    return learner, True


def _find_by_name(session: Session, actor: Actor, name: LearnerName) -> Learner | None:
    return session.scalar(
        visible_learners(actor).where(
            Learner.namespace == name.namespace, Learner.external_id == name.external_id
        )
    )


def _same(learner: Learner, given: Mapping[str, str | None]) -> Learner:
    faults = [
        Fault(f"/{field}", "differs", f"The learner's {field} is stored as something else.")
        for field in PROFILE
        if field in given and given[field] != getattr(learner, field)
    ]
    if faults:
        raise AlreadyExistsError(
            f"{learner.external_id} of {learner.namespace} is already the learner {learner.id}.",
            faults=faults,
            hint=f"To change the learner, send PATCH /v1/learners/{learner.id}.",
        )
    return learner


def update_learner(
    session: Session, actor: Actor, learner_id: str, changes: Mapping[str, str | None], *, now: datetime
) -> Learner:
    """Set the given members of `PROFILE`; credentials that were issued stay as they are."""
    learner = load_learner(session, actor, learner_id)
    changed = {field: value for field, value in changes.items() if getattr(learner, field) != value}
    for field, value in changed.items():
        setattr(learner, field, value)
    if changed:
        learner.updated_at = now
        record_event(session, actor, "update", ("learner", learner.id), now=now, fields=sorted(changed))
    return learner
