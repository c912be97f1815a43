"""Signing keys over HTTP: the rotation for administrators, the public halves for everybody."""

import json
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import BeginDep, IdPath, NowDep, PagingDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.keys import DID_MAX_AGE
from app.problems import responses
from app.representations import JWK_JSON, Freshness, negotiate, stored
from app.schemas.keys import KeyActivate, KeyCompromise, KeyCreate, KeyRead
from app.services import issuers, keys

_BODY_ERRORS = (
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)

api = APIRouter(
    prefix="/v1/keys",
    tags=["keys"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError, errors.InsufficientScopeError, errors.InvalidPayloadError
    ),
)

Reader = Annotated[Actor, actor_with(Scope.KEYS_READ)]
Keeper = Annotated[Actor, actor_with(Scope.KEYS_WRITE)]


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Make a signing key",
    responses=responses(errors.KeyIsIdentityError, errors.SignerUnavailableError, *_BODY_ERRORS),
)
def create_key(
    body: KeyCreate, begin: BeginDep, site: SiteDep, now: NowDep, response: Response, actor: Keeper
) -> KeyRead:
    """Make a key, test it, and publish it in the DID document. Ten minutes later it can be activated."""
    key = keys.create_key(begin, actor, body.algorithm, site=site, now=now)
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return KeyRead.model_validate(key)


@api.get("", summary="List signing keys")
def list_keys(session: SessionDep, paging: PagingDep, actor: Reader) -> list[KeyRead]:
    """Return the keys of the issuer, the old ones too, without their private halves; oldest first."""
    return paging.answer(keys.list_keys(session, actor, paging.window), KeyRead)


@api.get("/{id}", summary="Read a signing key", responses=responses(errors.NotFoundError))
def read_key(id: IdPath, session: SessionDep, actor: Reader) -> KeyRead:  # noqa: A002 (the name that the URL shows)
    """Return a key without its private half."""
    return KeyRead.model_validate(keys.load_key(session, actor, id))


_ACT_ERRORS = responses(errors.NotFoundError, errors.WrongStateError, *_BODY_ERRORS)


@api.post(
    "/{id}:publish",
    summary="Publish a signing key whose test had failed",
    responses=_ACT_ERRORS | responses(errors.SignerUnavailableError),
)
def publish_key(
    id: IdPath,  # noqa: A002 (as above)
    begin: BeginDep,
    site: SiteDep,
    now: NowDep,
    actor: Keeper,
) -> KeyRead:
    """Test a pending key once more, and publish it. Making a key does so by itself."""
    return KeyRead.model_validate(keys.publish_key(begin, actor, id, site=site, now=now))


@api.post(
    "/{id}:activate",
    summary="Sign with this key from now on",
    responses=_ACT_ERRORS | responses(errors.KeyTooNewError, errors.WrongStateError),
)
def activate_key(
    id: IdPath,  # noqa: A002 (as above)
    body: Annotated[KeyActivate, Body(default_factory=KeyActivate)],
    session: SessionDep,
    now: NowDep,
    actor: Keeper,
) -> KeyRead:
    """Let a published key sign; the one of its algorithm that did so finishes what it has begun.

    What the old key signed stays valid: its public half stays published for ever.
    """
    key = keys.activate_key(session, actor, id, justification=body.justification, now=now)
    return KeyRead.model_validate(key)


@api.post("/{id}:retire", summary="Sign no more with this key", responses=_ACT_ERRORS)
def retire_key(id: IdPath, session: SessionDep, now: NowDep, actor: Keeper) -> KeyRead:  # noqa: A002 (as above)
    """Let a key sign nothing new, without a successor of its algorithm; activating one does so too."""
    return KeyRead.model_validate(keys.retire_key(session, actor, id, now=now))


@api.post("/{id}:compromise", summary="Withdraw a key that somebody else may have", responses=_ACT_ERRORS)
def compromise_key(
    id: IdPath,  # noqa: A002 (as above)
    body: Annotated[KeyCompromise, Body(default_factory=KeyCompromise)],
    session: SessionDep,
    now: NowDep,
    actor: Keeper,
) -> KeyRead:
    """Withdraw a key for good: no credential that it signed verifies any more. This cannot be taken back."""
    return KeyRead.model_validate(keys.compromise_key(session, actor, id, at=body.at, now=now))


_FRESH = Freshness(DID_MAX_AGE)

public = APIRouter(prefix="/issuers", tags=["public"], responses=responses(errors.NotFoundError))


@public.get("/{key}/keys/{kid}", summary="Get a public key of an issuer")
def show_key(
    key: str,
    kid: Annotated[str, Path(description="The key's thumbprint (RFC 7638).")],
    request: Request,
    session: SessionDep,
) -> Response:
    """Return one public JWK, as the `kid` of a JWT may name it; those that no longer sign too."""
    jwk = keys.load_published_jwk(session, issuers.load_public_issuer(session, key).id, kid)
    body = json.dumps(jwk, separators=(",", ":")).encode()
    return stored(request, body, negotiate(request, JWK_JSON), _FRESH)
