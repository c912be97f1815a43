"""API tokens: made once, shown once, kept as a hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.actors import ROLE_SCOPES, Actor, Role, Scope
from app.domain.hubs import Position
from app.domain.payloads import nearest
from app.errors import Fault, InsufficientScopeError, InvalidPayloadError, NotFoundError
from app.identifiers import new_id, new_token_secret
from app.models import Issuer, Learner, Token
from app.services.audit_events import record_event
from app.services.hubs import load_hubs
from app.services.pages import Page, Window, fetch_page

PREFIX = "lpt_"
"""Starts every token, so that a secret scanner can tell what leaked."""

DEFAULT_LIFETIME = timedelta(days=90)
MAX_LIFETIME = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """What a new token is to be; `scopes` None takes all that the role allows."""

    name: str
    role: Role
    subject: str
    scopes: Sequence[Scope] | None = None
    learner_id: str | None = None
    positions: tuple[Position, ...] = ()
    lifetime: timedelta = DEFAULT_LIFETIME


def hash_token(secret: str) -> str:
    """Return what is stored of `secret`; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(session: Session, actor: Actor, order: TokenOrder, *, now: datetime) -> tuple[Token, str]:
    """Return the new token and its secret, which is shown this once; it never outlives the actor's own.

    Raises `InvalidPayloadError` for scopes beyond the role's, a learner role without a learner, a
    position in a hub that is not there or a life beyond `MAX_LIFETIME`, and `InsufficientScopeError` for
    scopes beyond the actor's own.
    """
    scopes = _granted_scopes(order)
    beyond = sorted(scopes - actor.scopes)
    if beyond:
        raise InsufficientScopeError(f"You cannot give away what you do not have: {', '.join(beyond)}.")
    _check_learner(session, actor, order)
    _check_positions(session, actor, order)
    secret = PREFIX + new_token_secret()
    token = Token(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        name=order.name,
        subject=order.subject,
        role=order.role,
        scopes=sorted(scopes),
        learner_id=order.learner_id,
        positions=[asdict(each) for each in order.positions],
        secret_sha256=hash_token(secret),
        hint=secret[: len(PREFIX) + 4],
        expires_at=_end_of(session, actor, order, now=now),
    )
    session.add(token)
    session.flush()
    record_event(session, actor, "create", ("token", token.id), now=now, role=order.role, name=order.name)
    return token, secret


def _end_of(session: Session, actor: Actor, order: TokenOrder, *, now: datetime) -> datetime:
    """Return when the new token ends: never after the one that orders it, so that an end is one."""
    wanted = now + order.lifetime
    own = session.get(Token, actor.token_id)
    return wanted if own is None else min(wanted, own.expires_at)


def _granted_scopes(order: TokenOrder) -> frozenset[Scope]:
    allowed = ROLE_SCOPES[order.role]
    scopes = allowed if order.scopes is None else frozenset(order.scopes)
    faults = [
        Fault("/scopes", "scope_not_allowed", f"{scope} does not belong to the role {order.role}.")
        for scope in sorted(scopes - allowed)
    ]
    if not scopes:
        faults.append(Fault("/scopes", "no_scopes", "A token without scopes can do nothing."))
    if not timedelta(0) < order.lifetime <= MAX_LIFETIME:
        detail = f"A token lives between one day and {MAX_LIFETIME.days} days."
        faults.append(Fault("/expires_in_days", "lifetime_out_of_range", detail))
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)
    return scopes


def _check_learner(session: Session, actor: Actor, order: TokenOrder) -> None:
    if order.role is Role.LEARNER and order.learner_id is None:
        fault = Fault("/learner", "learner_missing", "A learner's token says which learner it belongs to.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
    if order.learner_id is None:
        return
    known = select(Learner.id).where(Learner.issuer_id == actor.issuer_id, Learner.id == order.learner_id)
    if session.scalar(known) is None:
        fault = Fault("/learner", "learner_unknown", f"There is no learner {order.learner_id}.")
        raise InvalidPayloadError(fault.detail, faults=[fault])


def _check_positions(session: Session, actor: Actor, order: TokenOrder) -> None:
    if all(each.hub is None for each in order.positions):
        return
    hubs = load_hubs(session, actor.issuer_id)
    faults = [
        Fault(
            f"/positions/{number}/hub",
            "unknown_reference",
            f"There is no hub {each.hub!r}.",
            nearest(each.hub, tuple(hubs)) if hubs else None,
        )
        for number, each in enumerate(order.positions)
        if each.hub is not None and each.hub not in hubs
    ]
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)


def visible_tokens(actor: Actor) -> Select[Token]:
    """Return a statement for the tokens of the actor's issuer."""
    return select(Token).where(Token.issuer_id == actor.issuer_id)


def list_tokens(session: Session, actor: Actor, window: Window) -> Page[Token]:
    """Return the tokens of the actor's issuer, oldest first."""
    return fetch_page(session, visible_tokens(actor), Token.id, window)


def revoke_token(session: Session, actor: Actor, token_id: str, *, now: datetime) -> None:
    """End a token at once; a second call changes nothing. Raises `NotFoundError`."""
    token = session.scalar(visible_tokens(actor).where(Token.id == token_id))
    if token is None:
        raise NotFoundError(f"There is no token {token_id}.")
    if token.revoked_at is None:
        token.revoked_at = now
        record_event(session, actor, "revoke", ("token", token.id), now=now)


def find_actor(session: Session, secret: str, *, now: datetime) -> Actor | None:
    """Return who acts with `secret`, or None when it is unknown, expired or revoked."""
    token = session.scalar(select(Token).where(Token.secret_sha256 == hash_token(secret)))
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return Actor(
        issuer_id=token.issuer_id,
        token_id=token.id,
        subject=token.subject,
        role=Role(token.role),
        scopes=frozenset(Scope(scope) for scope in token.scopes),
        learner_id=token.learner_id,
        positions=tuple(Position(**each) for each in token.positions),
    )


def subjects_of_learner(session: Session, issuer_id: str, learner_id: str) -> Sequence[str]:
    """Return the subjects of all tokens that a learner has or had: whoever bears one is no stranger."""
    own = select(Token.subject).where(Token.issuer_id == issuer_id, Token.learner_id == learner_id)
    return session.scalars(own).all()


def operator_actor(issuer: Issuer) -> Actor:
    """Return the actor that the command line is: whoever reaches the machine administers the issuer."""
    return Actor(
        issuer_id=issuer.id,
        token_id="",
        subject="operator",
        role=Role.ADMINISTRATOR,
        scopes=frozenset(Scope),
        learner_id=None,
    )
