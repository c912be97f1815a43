"""Credentials: issued exactly once, recorded, revoked, handed out as stored."""

from app.services.credentials.delivery import (
    bake_as_png,
    bake_as_svg,
    describe_credential,
    signed_document,
    signed_jwt,
)
from app.services.credentials.issue import finish_issue, issue_credential, issue_on_completion
from app.services.credentials.records import (
    list_credentials,
    load_credential,
    load_public_credential,
    revoke_credential,
)

__all__ = [
    "bake_as_png",
    "bake_as_svg",
    "describe_credential",
    "finish_issue",
    "issue_credential",
    "issue_on_completion",
    "list_credentials",
    "load_credential",
    "load_public_credential",
    "revoke_credential",
    "signed_document",
    "signed_jwt",
]
