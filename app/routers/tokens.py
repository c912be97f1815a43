"""API tokens over HTTP."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, status

from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.hubs import Position
from app.errors import InsufficientScopeError, InvalidPayloadError, NotAuthenticatedError, NotFoundError
from app.problems import responses
from app.schemas.tokens import TokenCreate, TokenCreated, TokenRead
from app.services import tokens

api = APIRouter(
    prefix="/v1/tokens",
    tags=["tokens"],
    route_class=ApiRoute,
    responses=responses(NotAuthenticatedError, InsufficientScopeError, InvalidPayloadError),
)


@api.post("", status_code=status.HTTP_201_CREATED, summary="Create a token")
def create_token(
    body: TokenCreate,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.TOKENS_WRITE)],
) -> TokenCreated:
    """Create a token; its secret is in this answer only. Nobody gives scopes or days they do not have."""
    order = tokens.TokenOrder(
        name=body.name,
        role=body.role,
        subject=body.subject or body.name,
        scopes=body.scopes,
        learner_id=body.learner,
        positions=tuple(Position(each.role, each.hub) for each in body.positions),
        lifetime=timedelta(days=body.expires_in_days),
    )
    token, secret = tokens.create_token(session, actor, order, now=now)
    return TokenCreated(**TokenRead.model_validate(token).model_dump(by_alias=False), secret=secret)


@api.get("", summary="List tokens")
def list_tokens(
    session: SessionDep,
    paging: PagingDep,
    actor: Annotated[Actor, actor_with(Scope.TOKENS_READ)],
) -> list[TokenRead]:
    """Return the tokens of the issuer, without their secrets, oldest first."""
    return paging.answer(tokens.list_tokens(session, actor, paging.window), TokenRead)


@api.delete(
    "/{id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke a token",
    responses=responses(NotFoundError),
)
def revoke_token(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.TOKENS_WRITE)],
) -> None:
    """End a token at once. Revoking it again changes nothing."""
    tokens.revoke_token(session, actor, id, now=now)
