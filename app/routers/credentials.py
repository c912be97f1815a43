"""Credentials: issued, suspended and revoked with a token, shown and handed out without one."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app import errors
from app.api_route import ApiRoute
from app.dependencies import BeginDep, IdPath, NowDep, PagingDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.credentials import CredentialStatus
from app.pages import render
from app.problems import responses
from app.representations import HTML, SVG_HEADERS, VC_JSON, VC_JWT, Freshness, represent, say_created, stored
from app.schemas.credentials import (
    AchievementRevocationRead,
    AchievementRevoke,
    CorrectionRead,
    CredentialCorrect,
    CredentialRead,
    CredentialReinstate,
    CredentialRevoke,
    CredentialSuspend,
)
from app.services import credentials

_TOKEN_ERRORS = (errors.NotAuthenticatedError, errors.InsufficientScopeError)
_BODY_ERRORS = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)

api = APIRouter(
    prefix="/v1",
    tags=["credentials"],
    route_class=ApiRoute,
    responses=responses(*_TOKEN_ERRORS, errors.InvalidPayloadError),
)


@api.post(
    "/enrolments/{id}/credentials",
    status_code=HTTP_201_CREATED,
    summary="Issue the credential of an enrolment",
    responses=responses(
        errors.NotFoundError,
        errors.NotCompleteError,
        errors.ConflictOfInterestError,
        existing=CredentialRead,
    ),
)
def issue_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    begin: BeginDep,
    site: SiteDep,
    now: NowDep,
    response: Response,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_ISSUE)],
) -> CredentialRead:
    """Issue now, if the passport is complete. However often it is called, there is one credential."""
    credential, created = credentials.issue_credential(begin, actor, id, site=site, now=now)
    say_created(response, created)
    response.headers["Location"] = f"/v1/credentials/{credential.id}"
    return CredentialRead.model_validate(credential)


@api.post(
    "/enrolments/{id}/milestones/{node}/credentials",
    status_code=HTTP_201_CREATED,
    summary="Issue the credential of a milestone",
    responses=responses(
        errors.NotFoundError,
        errors.NotCompleteError,
        errors.ConflictOfInterestError,
        existing=CredentialRead,
    ),
)
def issue_milestone(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    node: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["experience"])],
    begin: BeginDep,
    site: SiteDep,
    now: NowDep,
    response: Response,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_ISSUE)],
) -> CredentialRead:
    """Issue now, if this part of the passport is met. However often it is called, there is one credential.

    It is needed where the passport is issued on approval and names no approvers, or so much of the part was
    waived that an administrator has to look at it; otherwise it is issued by itself.
    """
    credential, created = credentials.issue_credential(begin, actor, id, site=site, now=now, milestone=node)
    say_created(response, created)
    response.headers["Location"] = f"/v1/credentials/{credential.id}"
    return CredentialRead.model_validate(credential)


@api.get("/credentials", summary="List credentials")
def list_credentials(
    session: SessionDep,
    paging: PagingDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_READ)],
    learner: Annotated[
        str | None, Query(pattern=r"^[0-9A-Za-z-]{1,64}$", description="Only those of this learner.")
    ] = None,
    achievement: Annotated[
        str | None,
        Query(
            pattern=r"^[^/\x00]{1,200}/[^/\x00]{1,64}$", description="Only those of this one: `key/version`."
        ),
    ] = None,
    status: Annotated[CredentialStatus | None, Query(description="Only those that stand so.")] = None,
) -> list[CredentialRead]:
    """Return the credentials that you may see, oldest first; a learner sees their own."""
    wanted = credentials.CredentialFilter(learner, achievement, status)
    found = credentials.list_credentials(session, actor, paging.window, wanted)
    return paging.answer(found, CredentialRead)


@api.get("/credentials/{id}", summary="Read a credential", responses=responses(errors.NotFoundError))
def read_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_READ)],
) -> CredentialRead:
    """Return what is known of a credential; its signed document is public at its `url`."""
    return CredentialRead.model_validate(credentials.load_credential(session, actor, id))


@api.post(
    "/credentials/{id}/suspend",
    summary="Suspend a credential",
    responses=responses(errors.NotFoundError, errors.WrongStateError, *_BODY_ERRORS),
)
def suspend_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CredentialSuspend,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_REVOKE)],
) -> CredentialRead:
    """Put a credential on hold; only where the passport says `issue: {suspendable: true}`."""
    credential = credentials.suspend_credential(session, actor, id, body.reason, now=now)
    return CredentialRead.model_validate(credential)


@api.post(
    "/credentials/{id}/reinstate",
    summary="Reinstate a suspended credential",
    responses=responses(errors.NotFoundError, errors.WrongStateError, *_BODY_ERRORS),
)
def reinstate_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CredentialReinstate,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_REVOKE)],
) -> CredentialRead:
    """End a suspension; the signed status list shows it within two seconds."""
    credential = credentials.reinstate_credential(session, actor, id, body.reason, now=now)
    return CredentialRead.model_validate(credential)


@api.post(
    "/credentials/{id}/correct",
    summary="Correct a credential",
    responses=responses(errors.NotFoundError, errors.WrongStateError, *_BODY_ERRORS),
)
def correct_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CredentialCorrect,
    begin: BeginDep,
    site: SiteDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_ISSUE)],
) -> CredentialRead:
    """Sign it anew under the same id with what is true now; what it said before is kept.

    The holder's DID and e-mail, the issuer's profile and which evidence is public are taken from the records;
    the words of the achievement can come from another version with the same rule.
    """
    order = credentials.CorrectionOrder(body.reason, body.version)
    credential = credentials.correct_credential(begin, actor, id, order, site=site, now=now)
    return CredentialRead.model_validate(credential)


@api.get(
    "/credentials/{id}/corrections",
    summary="List the corrections of a credential",
    responses=responses(errors.NotFoundError),
)
def list_corrections(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_READ)],
) -> list[CorrectionRead]:
    """Return each correction with the signed document that it replaced, oldest first."""
    return [CorrectionRead.model_validate(row) for row in credentials.list_corrections(session, actor, id)]


@api.post(
    "/achievements/{key}/{version}/revoke",
    summary="Revoke all credentials of an achievement",
    responses=responses(errors.NotFoundError, *_BODY_ERRORS),
)
def revoke_achievement(
    key: str,
    version: str,
    body: AchievementRevoke,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_REVOKE)],
) -> AchievementRevocationRead:
    """Take all of them back for good, or none if anything fails; `dry_run` only says which."""
    revocation = credentials.revoke_achievement(
        session, actor, (key, version), body.reason, dry_run=body.dry_run, now=now
    )
    return AchievementRevocationRead.model_validate(revocation)


@api.post(
    "/credentials/{id}/revoke",
    summary="Revoke a credential",
    responses=responses(errors.NotFoundError, errors.WrongStateError, *_BODY_ERRORS),
)
def revoke_credential(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CredentialRevoke,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CREDENTIALS_REVOKE)],
) -> CredentialRead:
    """Take a credential back for good; the signed status list shows it within two seconds."""
    credential = credentials.revoke_credential(session, actor, id, body.reason, now=now)
    return CredentialRead.model_validate(credential)


_AS_STORED = Freshness(300)
_NOT_INDEXED = {"X-Robots-Tag": "noindex"}

public = APIRouter(prefix="/credentials", tags=["public"], responses=responses(errors.NotFoundError))


@public.get("/{id}.json", summary="Get a credential with its embedded proof")
def get_json(id: str, request: Request, session: SessionDep) -> Response:  # noqa: A002 (as above)
    """Return the signed bytes, the same until it is corrected."""
    document = credentials.signed_document(credentials.load_public_credential(session, id))
    return stored(request, document, "application/vc+ld+json", _AS_STORED, _NOT_INDEXED)


@public.get("/{id}.jwt", summary="Get a credential as VC-JWT")
def get_jwt(id: str, request: Request, session: SessionDep) -> Response:  # noqa: A002 (as above)
    """Return the compact JWS, the same until it is corrected."""
    token = credentials.signed_jwt(credentials.load_public_credential(session, id))
    return stored(request, token, "text/plain", _AS_STORED, _NOT_INDEXED)


@public.get("/{id}.png", summary="Get a credential baked into a PNG")
def get_png(id: str, request: Request, session: SessionDep) -> Response:  # noqa: A002 (as above)
    """Return the badge's picture with the credential inside (Open Badges 3.0, 5.3)."""
    png = credentials.bake_as_png(session, credentials.load_public_credential(session, id))
    return stored(request, png, "image/png", _AS_STORED, _NOT_INDEXED)


@public.get("/{id}.svg", summary="Get a credential baked into an SVG")
def get_svg(id: str, request: Request, session: SessionDep) -> Response:  # noqa: A002 (as above)
    """Return the badge's picture with the credential inside (Open Badges 3.0, 5.3)."""
    svg = credentials.bake_as_svg(session, credentials.load_public_credential(session, id))
    return stored(request, svg, "image/svg+xml", _AS_STORED, SVG_HEADERS | _NOT_INDEXED)


@public.get("/{id}", summary="Show a credential")
def show_credential(
    id: str,  # noqa: A002 (the name that the URL shows)
    request: Request,
    session: SessionDep,
    site: SiteDep,
    now: NowDep,
) -> Response:
    """Return the credential by `Accept`: JSON with an embedded proof, a JWT, or a page for people."""
    credential = credentials.load_public_credential(session, id)
    send = partial(stored, request, freshness=_AS_STORED, headers=_NOT_INDEXED)
    return represent(
        request,
        {
            VC_JSON: lambda kind: send(credentials.signed_document(credential), kind),
            VC_JWT: lambda kind: send(credentials.signed_jwt(credential), kind),
            (HTML,): lambda _: render(
                credentials.describe_credential(session, credential, site=site, now=now)
            ),
        },
    )
