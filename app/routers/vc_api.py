"""W3C's VC API (VCALM 1.0): credentials of any kind issued with a token, and verified for anybody."""

from fastapi import APIRouter

from app import errors
from app.api_route import OpenRoute
from app.dependencies import ErrandDep, NowDep, ReadSessionDep, SiteDep
from app.problems import vc_api_responses
from app.schemas.vc_api import CredentialVerification, VerificationPassed
from app.services import vc_api

_BODY_ERRORS = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)

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
