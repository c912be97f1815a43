"""W3C's VC API (VCALM 1.0): credentials of any kind issued with a token, and verified for anybody."""

from typing import Annotated

from fastapi import APIRouter, Header, status

from app import errors
from app.api_route import ApiRoute, OpenRoute
from app.dependencies import BeginDep, ErrandDep, NowDep, ReadSessionDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import vc_api_responses
from app.routers.issuer_instances import InstancePath
from app.schemas.vc_api import (
    CredentialDerivation,
    CredentialIssue,
    CredentialIssued,
    CredentialVerification,
    PresentationPassed,
    PresentationVerification,
    StatusUpdate,
    StatusUpdated,
    VerificationPassed,
)
from app.services import vc_api

_BODY_ERRORS = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
    errors.BodyTooSlowError,
)

api = APIRouter(
    prefix="/vc-api/issuers/{key}",
    tags=["VC API"],
    route_class=ApiRoute,
    responses=vc_api_responses(
        *_BODY_ERRORS,
        errors.NotAuthenticatedError,
        errors.InsufficientScopeError,
        errors.NotFoundError,
        errors.IdempotencyInProgressError,
        errors.IdempotencyMismatchError,
    ),
)


@api.post(
    "/credentials/issue",
    status_code=status.HTTP_201_CREATED,
    summary="Issue a credential (VC API)",
    responses=vc_api_responses(errors.UnsignableDocumentError),
)
def issue_credential(
    key: InstancePath,
    body: CredentialIssue,
    begin: BeginDep,
    site: SiteDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.INSTANCES_ISSUE)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> CredentialIssued:
    """Secure the credential as it is, with a status where the instance gives one, and keep its digest."""
    order = vc_api.IssueOrder(
        key,
        body.credential,
        body.options.credential_id,
        body.options.pointers,
        idempotency_key,
    )
    return CredentialIssued.of(vc_api.issue_credential(begin, actor, order, site=site, now=now))


@api.post("/credentials/status", summary="Change the status of a credential (VC API)")
def update_status(
    key: InstancePath,
    body: StatusUpdate,
    session: SessionDep,
    site: SiteDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.INSTANCES_ISSUE)],
) -> StatusUpdated:
    """Revoke for good, suspend or reinstate what the instance has issued under this id."""
    return StatusUpdated(entries=vc_api.update_status(session, actor, key, body, site=site, now=now))


public = APIRouter(
    prefix="/vc-api",
    tags=["VC API"],
    route_class=OpenRoute,
    responses=vc_api_responses(*_BODY_ERRORS, errors.RateLimitedError),
)


@public.post(
    "/credentials/verify",
    summary="Verify a credential (VC API)",
    responses=vc_api_responses(errors.NotVerifiedError, errors.UnreadableCredentialError),
)
def verify_credential(
    body: CredentialVerification, session: ReadSessionDep, site: SiteDep, now: NowDep, errand: ErrandDep
) -> VerificationPassed:
    """Return 200 when proof and data model hold, with warnings about dates, status and the issuer's key."""
    return vc_api.verify_credential(session, body, site=site, now=now, errand=errand)


@public.post(
    "/credentials/derive",
    status_code=status.HTTP_201_CREATED,
    summary="Derive a credential that shows less (VC API)",
    responses=vc_api_responses(errors.JsonLdError),
)
def derive_credential(body: CredentialDerivation, site: SiteDep) -> CredentialIssued:
    """Return the part that the holder and the issuer have chosen, with a proof of ecdsa-sd-2023 over it."""
    return CredentialIssued.of(vc_api.derive_credential(body, site=site))


@public.post(
    "/presentations/verify",
    summary="Verify a presentation (VC API)",
    responses=vc_api_responses(errors.NotVerifiedError, errors.UnreadableCredentialError),
)
def verify_presentation(
    body: PresentationVerification, session: ReadSessionDep, site: SiteDep, now: NowDep, errand: ErrandDep
) -> PresentationPassed:
    """Return 200 when the proofs of the presentation and of all credentials in it hold."""
    return vc_api.verify_presentation(session, body, site=site, now=now, errand=errand)
