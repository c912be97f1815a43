"""1EdTech Revocation List 1.0: an unsigned list of revoked ids, as old as the connection that it came over.

The credential, which is signed, names the list by its address. Open Badges has deprecated it in favour of
Bitstring Status List; it is read for what was issued before.
"""

from collections.abc import Mapping
from typing import Any, Final

from app import strict_json
from app.errors import MalformedBodyError
from app.signing.members import listed
from app.signing.verify.presented import Gathered, Unavailable, issuer_id_of
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown

REMEDY: Final = "Ask the issuer why: a revoked credential stays revoked."


def check_revocation_list(credential: Mapping[str, Any], url: object, gathered: Gathered) -> Finding:
    """Return that the list at `url` does not name the credential; raises `EndedError` for anything else."""
    if not isinstance(url, str):
        raise failed("status_entry_invalid", "The status entry names no list.")
    data = gathered.status_lists.get(url)
    if not isinstance(data, bytes):
        missing = data or Unavailable("Nobody fetched it.")
        detail = f"The revocation list {url:.200} could not be had. {missing.reason}"
        raise unknown("status_unreachable", detail, missing.remedy or "Try again later.")
    entries = _entries(data, url, issuer_id_of(credential))
    for entry in entries:
        if entry.get("id") == credential.get("id") and entry.get("revoked", True) is not False:
            reason = entry.get("revocationReason")
            said = f" Its reason: {reason:.500}" if isinstance(reason, str) else ""
            raise failed("revoked", f"The issuer's revocation list names the credential.{said}", REMEDY)
    return Finding(
        Outcome.PASS, "not_revoked", "The issuer's revocation list, which is not signed, does not name it."
    )


def _entries(data: bytes, url: str, issuer_id: str | None) -> list[Mapping[str, Any]]:
    """Return the entries of a list that says of itself nothing else than the credential does."""
    try:
        document = strict_json.loads(data)
    except MalformedBodyError as error:
        raise _distrust(f"It cannot be read: {error.detail}") from error
    entries = document.get("revokedCredential", []) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not all(isinstance(entry, dict) for entry in listed(entries)):
        raise _distrust("It is no list of revoked credentials.")
    if document.get("id", url) != url:
        raise _distrust("It has another address than the credential names.")
    if "issuer" in document and issuer_id_of(document) != issuer_id:
        raise _distrust("Its issuer is not the credential's.")
    return listed(entries)


def _distrust(detail: str) -> EndedError:
    return unknown("status_list_invalid", f"The revocation list is not to be relied on. {detail}")
