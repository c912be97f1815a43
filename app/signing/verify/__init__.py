"""Verification in numbered steps, pure: what has to be fetched is gathered before (docs/verifying.md).

`read` the bytes, gather what `needs` names, `verify`: the report says of each check how it ended and why.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import InvalidPayloadError, JsonLdError
from app.signing import datetimes, recipients
from app.signing.data_integrity import Unsecured
from app.signing.lint import PERIODS, conformance_faults, is_version_1, kind_of
from app.signing.verify.presented import (
    Gathered,
    Needs,
    Presented,
    Unavailable,
    issuer_id_of,
    listed,
    needs,
    objects,
    read,
)
from app.signing.verify.proofs import check_issuer_key, check_proof, describe_json_ld, without_proof
from app.signing.verify.reports import Check, Finding, Outcome, Report, assemble
from app.signing.verify.statuses import check_status

__all__ = [
    "Check",
    "Gathered",
    "Needs",
    "Outcome",
    "Presented",
    "Report",
    "Unavailable",
    "needs",
    "read",
    "verify",
]

_SCHEMA_TYPE: Final = "1EdTechJsonSchemaValidator2019"
_SCHEMAS: Final = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_"
_OWN_SCHEMAS: Final = (
    f"{_SCHEMAS}achievementcredential_schema.json",
    f"{_SCHEMAS}anyachievementcredential_schema.json",
)
"""The schemas of Open Badges 3.0 itself, for data model 2.0 and for either; check 2 demands more."""

_SHOWN_FAULTS: Final = 5
_NOT_REACHED: Final = Finding(
    Outcome.UNKNOWN,
    "not_reached",
    "Without a good signature by the issuer, what the credential says about this proves nothing.",
)


def verify(presented: Presented, gathered: Gathered) -> Report:
    """Return the report on `presented` at the instant `gathered.now`. Never raises for what it was given."""
    credential = presented.credential
    issuer_id = issuer_id_of(credential)
    unsecured = without_proof(credential)
    findings = {  # the order of the standard: Open Badges 3.0, OpenBadgeCredential Verification
        "parse": Finding(Outcome.PASS, "parsed", f"The input holds one credential ({presented.source})."),
        "conformance": _check_conformance(credential, unsecured),
    }
    findings["proof"], key = check_proof(presented, gathered, unsecured)
    if findings["proof"].outcome is Outcome.FAIL:
        for step in ("issuer_key", "validity", "status", "recipient", "endorsements", "issuer_trust"):
            findings[step] = _NOT_REACHED
        return assemble(findings, credential, issuer_id, presented.form)
    findings["issuer_key"] = _NOT_REACHED if key is None else check_issuer_key(issuer_id, key, gathered)
    findings["validity"] = _check_validity(credential, gathered)
    findings["status"] = check_status(credential, gathered)
    findings["recipient"] = _check_recipient(credential, gathered.recipient)
    findings["endorsements"] = _check_endorsements(credential)
    findings["issuer_trust"] = _check_trust(issuer_id, findings["issuer_key"], gathered)
    return assemble(findings, credential, issuer_id, presented.form)


def _check_conformance(credential: dict[str, Any], unsecured: Unsecured) -> Finding:
    """Check 2: the rules of the class, then that JSON-LD understands every member."""
    faults = conformance_faults(credential)
    if faults:
        shown = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults[:_SHOWN_FAULTS])
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        return Finding(Outcome.FAIL, "not_conformant", f"{shown}{more}")
    try:
        unsecured.canonical("rdfc")
    except JsonLdError as error:
        return describe_json_ld(error)
    schemas = objects(credential.get("credentialSchema"))
    if any(schema["type"] == _SCHEMA_TYPE and schema["id"] not in _OWN_SCHEMAS for schema in schemas):
        detail = "The credential demands a JSON schema of its own, which is not fetched."
        return Finding(Outcome.UNKNOWN, "schema_not_checked", detail)
    kind, version = kind_of(credential), "1.1" if is_version_1(credential) else "2.0"
    rules = "" if kind == "VerifiableCredential" else f"an {kind} in "
    rules += f"Verifiable Credentials {version}" + ("" if rules else " alone")
    return Finding(Outcome.PASS, "conforms", f"The document keeps the rules of {rules}.")


def _check_validity(credential: Mapping[str, Any], gathered: Gathered) -> Finding:
    """Check 5, to the second and without leeway: both ends are the issuer's word."""
    now = gathered.now
    shown = f"The clock here says {datetimes.to_text(now)}."
    all_starts, all_ends = ([credential.get(name) for name in names] for names in zip(*PERIODS, strict=True))
    try:
        for starts in all_starts:
            if starts is not None and datetimes.parse(starts) > now:
                return Finding(Outcome.FAIL, "not_yet_valid", f"Valid from {starts}. {shown}")
        for ends in all_ends:
            if ends is not None and datetimes.parse(ends) < now:
                detail, remedy = f"Valid until {ends}. {shown}", "Ask the issuer for a new one."
                return Finding(Outcome.FAIL, "expired", detail, remedy)
    except InvalidPayloadError as error:
        return Finding(Outcome.FAIL, "dates_unreadable", error.detail)
    first, last = (next(filter(None, dates), None) for dates in (all_starts, all_ends))
    period = f"from {first or 'ever'} until {last or 'further notice'}"
    return Finding(Outcome.PASS, "in_period", f"Valid {period}. {shown}")


def _check_recipient(credential: Mapping[str, Any], recipient: str | None) -> Finding:
    """Check 7, only if somebody says whose credential it should be."""
    if recipient is None:
        return Finding(
            Outcome.NOT_APPLICABLE, "recipient_not_asked", "Nobody was named to compare the holder with."
        )
    for subject in objects(credential.get("credentialSubject")):
        identities = objects(subject.get("identifier"))
        if subject.get("id") == recipient or any(
            recipients.matches(entry, recipient) for entry in identities
        ):
            return Finding(
                Outcome.PASS, "recipient_matches", "The credential was issued to the one who was named."
            )
    return Finding(Outcome.FAIL, "recipient_differs", "The credential was issued to somebody else.")


def _check_endorsements(credential: Mapping[str, Any]) -> Finding:
    """Check 8: endorsements, at any depth, are credentials of others and are not checked here."""
    stack: list[object] = [credential]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if listed(value.get("endorsement")) or listed(value.get("endorsementJwt")):
                detail = "The credential holds endorsements of others, which are not checked here."
                return Finding(Outcome.UNKNOWN, "endorsements_not_checked", detail)
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return Finding(Outcome.NOT_APPLICABLE, "no_endorsements", "Nobody endorses this credential.")


def _check_trust(issuer_id: str | None, issuer_key: Finding, gathered: Gathered) -> Finding:
    """Check 9, apart: a name is known only where the key has been bound to it."""
    if issuer_key.outcome is not Outcome.PASS:
        return _NOT_REACHED
    if issuer_id in gathered.trusted_issuers:
        return Finding(Outcome.PASS, "issuer_known", f"{issuer_id} is on this service's list of issuers.")
    detail = f"{issuer_id} is not on this service's list of issuers."
    return Finding(
        Outcome.UNKNOWN, "issuer_not_known", detail, "Decide yourself whether you trust this issuer."
    )
