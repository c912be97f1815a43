"""Check 7: whether the issuer offers a newer edition. It is named, never put in the place of what was given.

Open Badges 3.0, Verifiable Credential Equality and 1EdTechCredentialRefresh: equal issuer and id make it the
same credential, and the newer `validFrom` counts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from app.errors import InvalidPayloadError, MalformedBodyError, UnreadableCredentialError
from app.signing import datetimes
from app.signing.lint import PERIODS
from app.signing.verify.presented import Gathered, Unavailable, issuer_id_of, read, refresh_url_of
from app.signing.verify.reports import Finding, Outcome, unknown


def check_refresh(credential: Mapping[str, Any], gathered: Gathered) -> Finding:
    """Compare the credential with what its refresh service gives, if that was asked."""
    url = refresh_url_of(credential)
    if url is None:
        return Finding(Outcome.NOT_APPLICABLE, "no_refresh", "The credential names no refresh service.")
    if not isinstance(gathered.refreshed, bytes):
        missing = gathered.refreshed or Unavailable("Nobody asked it.")
        detail = f"The refresh service {url:.200} gave nothing. {missing.reason}"
        return unknown("refresh_unreachable", detail, missing.remedy).finding
    try:
        offered = read(gathered.refreshed).credential
        newer = _valid_from(offered) > _valid_from(credential)
    except (MalformedBodyError, UnreadableCredentialError, InvalidPayloadError) as error:
        detail = f"What the refresh service {url:.200} gave cannot be compared: {error.detail}"
        return unknown("refresh_unreadable", detail).finding
    if _identity(offered) != _identity(credential):
        detail = f"The refresh service {url:.200} gave another credential."
        return unknown("refresh_differs", detail, "Ask the issuer to mend it.").finding
    if newer:
        detail = "The refresh service gives a newer edition of this credential, which was not looked into."
        return unknown("newer_edition", detail, f"Verify the newer edition: {url:.500}").finding
    return Finding(Outcome.PASS, "edition_current", "The refresh service gives no newer edition.")


def _valid_from(credential: Mapping[str, Any]) -> datetime:
    """Return the start of validity; raises `InvalidPayloadError` where there is none that can be read."""
    return datetimes.parse(next((credential[start] for start, _ in PERIODS if start in credential), ""))


def _identity(credential: Mapping[str, Any]) -> tuple[str, str]:
    """Return issuer and id as equality compares them: percent-decoded, without space around."""
    ids = (issuer_id_of(credential), credential.get("id"))
    return unquote(str(ids[0])).strip(), unquote(str(ids[1])).strip()
