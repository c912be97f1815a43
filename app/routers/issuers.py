"""Issuers: the profile of one's own, and the public identity of all."""

from typing import Annotated

from fastapi import APIRouter

from app.api_route import ApiRoute
from app.dependencies import NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.errors import InsufficientScopeError, InvalidPayloadError, NotAuthenticatedError, NotFoundError
from app.problems import responses
from app.schemas.issuers import IssuerRead, IssuerUpdate
from app.services import issuers

api = APIRouter(
    prefix="/v1/issuers",
    tags=["issuers"],
    route_class=ApiRoute,
    responses=responses(NotAuthenticatedError, InsufficientScopeError, NotFoundError, InvalidPayloadError),
)


@api.get("/{key}", summary="Read your issuer")
def read_issuer(
    key: str, session: SessionDep, actor: Annotated[Actor, actor_with(Scope.ISSUERS_READ)]
) -> IssuerRead:
    """Return the issuer that the token belongs to; every other key is not found."""
    return IssuerRead.model_validate(issuers.load_own_issuer(session, actor, key))


@api.put("/{key}", summary="Replace the profile of your issuer")
def update_issuer(
    key: str,
    body: IssuerUpdate,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.ISSUERS_WRITE)],
) -> IssuerRead:
    """Set what future credentials and the public page say of the issuer. Key and DID stay for ever."""
    profile = issuers.IssuerProfile(**body.model_dump())
    return IssuerRead.model_validate(issuers.update_issuer(session, actor, key, profile, now=now))
