"""What leaves of a credential: the signed bytes, baked pictures, and what its page says."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Credential
from app.schemas.credential_summaries import CredentialSummary
from app.schemas.pages import CredentialPage, StatusNote
from app.services import achievements, verification
from app.services.sites import Site
from app.signing.baking import bake_png, bake_svg


def signed_document(credential: Credential) -> bytes:
    """Return the credential with its embedded proof, byte for byte as it was signed."""
    assert credential.document is not None, "only issued credentials are loaded for delivery"
    return credential.document


def signed_jwt(credential: Credential) -> bytes:
    """Return the credential as VC-JWT, byte for byte as it was signed."""
    assert credential.jwt is not None, "only issued credentials are loaded for delivery"
    return credential.jwt.encode()


def bake_as_png(session: Session, credential: Credential) -> bytes:
    """Return the achievement's picture as PNG with the credential in it."""
    picture = achievements.achievement_png(_achievement(session, credential))
    return bake_png(picture, signed_document(credential).decode())


def bake_as_svg(session: Session, credential: Credential) -> bytes:
    """Return the achievement's picture as SVG with the credential in it."""
    picture = _achievement(session, credential).svg
    return bake_svg(picture.encode(), signed_document(credential).decode())


def describe_credential(
    session: Session, credential: Credential, *, site: Site, now: datetime
) -> CredentialPage:
    """Return what the public page says, with a fresh report of our own verifier."""
    presented, report = verification.verify_bytes(session, signed_document(credential), site=site, now=now)
    return CredentialPage(
        path=f"/credentials/{credential.id}",
        summary=CredentialSummary.read(presented.credential),
        report=report,
        checked_at=now,
        image=f"/achievements/{credential.achievement}/image.svg",
        note=_status_note(credential),
    )


def _status_note(credential: Credential) -> StatusNote | None:
    if credential.revoked_at is not None:
        return StatusNote(credential.revocation_reason or "", credential.revoked_at)
    if credential.suspended_at is not None:
        return StatusNote(credential.suspension_reason or "", credential.suspended_at)
    return None


def _achievement(session: Session, credential: Credential) -> achievements.Achievement:
    return achievements.load_achievement(session, *credential.achievement.split("/"))
