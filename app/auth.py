"""Who asks: from the Authorization header to a frozen `Actor` (RFC 6750)."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.errors import NotAuthenticatedError
from app.services.roles import with_roles
from app.services.tokens import PREFIX, find_actor


def authenticate(session: Session, secret: str | None, *, now: datetime) -> Actor:
    """Return the actor behind a bearer token, with the roles that a learner's credentials bring.

    Raises `NotAuthenticatedError`.
    """
    if secret is None:
        raise NotAuthenticatedError(
            "This operation needs a token.",
            hint=f"Send the header `Authorization: Bearer {PREFIX}…`.",
        )
    actor = find_actor(session, secret, now=now)
    if actor is None:
        raise NotAuthenticatedError(
            "The token is unknown, expired or revoked.",
            hint="An administrator makes a new one with `passports tokens create` or POST /v1/tokens.",
        )
    return with_roles(session, actor, now=now)
