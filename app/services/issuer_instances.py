"""Issuer instances of the VC API: made by an administrator, each with a did:key that is its identity.

An instance issues what its callers write, so it never signs with the tenant's own key: its identity is an
issuer apart (docs/decisions/0013).
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.domain.actors import Actor
from app.domain.issuer_instances import InstanceDefinition
from app.errors import AlreadyExistsError, NotFoundError
from app.identifiers import new_id
from app.models import Issuer, IssuerInstance
from app.services.audit_events import record_event
from app.services.issuers import load_issuer
from app.services.keys import add_signing_key, make_key
from app.services.pages import Page, Window, fetch_page
from app.services.sites import Site
from app.services.status_lists import open_status_list
from app.services.tokens import operator_actor
from app.signing.dids import did_key


def visible_instances(actor: Actor) -> Select[IssuerInstance]:
    """Return a statement for the instances of the actor's issuer, each with its identity."""
    identity = joinedload(IssuerInstance.identity, innerjoin=True)
    return select(IssuerInstance).where(IssuerInstance.issuer_id == actor.issuer_id).options(identity)


def list_instances(session: Session, actor: Actor, window: Window) -> Page[IssuerInstance]:
    """Return the instances of the actor's issuer, oldest first."""
    return fetch_page(session, visible_instances(actor), IssuerInstance.id, window)


def find_instance(session: Session, actor: Actor, key: str) -> IssuerInstance | None:
    """Return the instance of the actor's issuer that is called `key`."""
    called = IssuerInstance.identity.has(Issuer.key == key)
    return session.scalar(visible_instances(actor).where(called))


def load_instance(session: Session, actor: Actor, key: str) -> IssuerInstance:
    """Return the instance of the actor's issuer that is called `key`; raises `NotFoundError`."""
    instance = find_instance(session, actor, key)
    if instance is None:
        raise NotFoundError(f"There is no issuer instance {key}.")
    return instance


def put_instance(
    session: Session, actor: Actor, key: str, definition: InstanceDefinition, *, site: Site, now: datetime
) -> tuple[IssuerInstance, bool]:
    """Return the instance called `key`, and whether this call made it.

    Raises `AlreadyExistsError` for an instance of another definition, and for the key of another issuer.
    """
    existing = find_instance(session, actor, key)
    if existing is not None:
        said = InstanceDefinition(
            existing.cryptosuite, existing.algorithm, existing.has_status, existing.suspendable
        )
        if said != definition:
            raise AlreadyExistsError(f"The instance {key} exists, and an instance never changes.")
        return existing, False
    identity = _make_identity(session, actor, key, definition, site=site, now=now)
    instance = IssuerInstance(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        identity_id=identity.id,
        cryptosuite=definition.cryptosuite,
        algorithm=definition.algorithm,
        has_status=definition.has_status,
        suspendable=definition.suspendable,
    )
    session.add(instance)
    session.flush()
    record_event(session, actor, "create", ("issuer_instance", instance.id), now=now, did=identity.did)
    return load_instance(session, actor, key), True


def _make_identity(
    session: Session, actor: Actor, key: str, definition: InstanceDefinition, *, site: Site, now: datetime
) -> Issuer:
    """Make the issuer that the instance's credentials name: its identifier is its key."""
    tenant = load_issuer(session, actor.issuer_id)
    new_key = make_key(definition.algorithm, site)
    identity = Issuer(
        id=new_id(),
        key=key,
        did=did_key(new_key.public_key),
        name=f"{tenant.name} ({definition.cryptosuite})",
        url=tenant.url,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(identity)
    except IntegrityError as error:
        raise AlreadyExistsError(f"Another issuer is called {key}.", hint="Choose another key.") from error
    signing_key = add_signing_key(session, operator_actor(identity), new_key, now=now)
    if definition.has_status:
        open_status_list(session, identity, signing_key, site=site, now=now)
    return identity
