"""Credentials: issued exactly once, recorded, corrected, suspended and revoked, handed out as stored."""

from app.services.credentials.correct import (
    CorrectionOrder,
    correct_credential,
    finish_correction,
    list_corrections,
)
from app.services.credentials.delivery import (
    bake_as_png,
    bake_as_svg,
    describe_credential,
    signed_document,
    signed_jwt,
)
from app.services.credentials.issue import finish_issue, issue_credential, issue_on_completion, resume_issuer
from app.services.credentials.records import (
    CredentialFilter,
    list_credentials,
    load_credential,
    load_public_credential,
)
from app.services.credentials.standing import (
    reinstate_credential,
    revoke_achievement,
    revoke_credential,
    suspend_credential,
)

__all__ = [
    "CorrectionOrder",
    "CredentialFilter",
    "bake_as_png",
    "bake_as_svg",
    "correct_credential",
    "describe_credential",
    "finish_correction",
    "finish_issue",
    "issue_credential",
    "issue_on_completion",
    "list_corrections",
    "list_credentials",
    "load_credential",
    "load_public_credential",
    "reinstate_credential",
    "resume_issuer",
    "revoke_achievement",
    "revoke_credential",
    "signed_document",
    "signed_jwt",
    "suspend_credential",
]
