"""Issuers: the profile of one's own, and the public identity of all."""

import json
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api_route import ApiRoute
from app.dependencies import NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.keys import DID_MAX_AGE
from app.errors import InsufficientScopeError, InvalidPayloadError, NotAuthenticatedError, NotFoundError
from app.pages import render
from app.problems import responses
from app.representations import DID_JSON, HTML, JSON, Freshness, negotiate, represent, stored
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


_FRESH = Freshness(DID_MAX_AGE)

public = APIRouter(prefix="/issuers", tags=["public"], responses=responses(NotFoundError))


@public.get("/{key}", summary="Show an issuer")
def show_issuer(key: str, request: Request, session: SessionDep) -> Response:
    """Return the issuer's Open Badges Profile with its keys, or a page."""
    issuer = issuers.load_public_issuer(session, key)
    return represent(
        request,
        {
            (JSON, "application/ld+json"): lambda kind: stored(
                request, _json(issuers.describe_public_profile(session, issuer)), kind, _FRESH
            ),
            (HTML,): lambda _: render(issuers.describe_issuer_page(session, issuer)),
        },
    )


@public.get("/{key}/did.json", summary="Get the DID document of an issuer")
def show_did(key: str, request: Request, session: SessionDep) -> Response:
    """Return the document that did:web resolves to, with all keys that sign or ever signed for the issuer."""
    document = issuers.describe_did(session, issuers.load_public_issuer(session, key))
    return stored(request, _json(document), negotiate(request, DID_JSON), _FRESH)


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
