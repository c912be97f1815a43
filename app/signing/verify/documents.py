"""Checks 2 and 5: what a credential says of itself, held against the rules of its kind and the clock."""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import InvalidPayloadError, JsonLdError
from app.signing import datetimes
from app.signing.data_integrity import Unsecured
from app.signing.lint import PERIODS, PRESENTATION, conformance_faults, is_version_1, kind_of
from app.signing.verify.coverage import undefined_members
from app.signing.verify.presented import Gathered, Presented
from app.signing.verify.proof_sets import describe_json_ld
from app.signing.verify.reports import Finding, Outcome
from app.signing.verify.schemas import check_schemas

_SHOWN_FAULTS: Final = 5
_OPEN_BADGES_2: Final = "https://w3id.org/openbadges/v2"


def check_conformance(
    presented: Presented, unsecured: Unsecured, gathered: Gathered, *, covers_text: bool = False
) -> Finding:
    """Check 2: the rules of the class, that JSON-LD understands every member, and schemas that it names.

    Where the signature `covers_text`, members that no context defines are noted, as `unsecured.undefined`.
    """
    credential = presented.credential
    if kind_of(credential) == PRESENTATION:
        detail, remedy = "This is a presentation, not a credential.", "Give the credentials in it one by one."
        return Finding(Outcome.FAIL, "not_conformant", detail, remedy)
    if credential.get("@context") == _OPEN_BADGES_2:
        detail = "This is an assertion of Open Badges 2.0, which is no verifiable credential."
        remedy = "Give it to a verifier of Open Badges 2.0, or ask the issuer for Open Badges 3.0."
        return Finding(Outcome.FAIL, "not_conformant", detail, remedy)
    fault = find_fault(credential, unsecured, repeats_id=presented.repeats_id)
    if fault is not None and fault.code == "unsigned_data" and covers_text:
        unsecured.undefined = undefined_members(unsecured.document) or ()
    if fault is not None and not unsecured.undefined:
        return fault
    amiss = check_schemas(credential, gathered)
    if amiss is not None:
        return amiss
    kind, version = kind_of(credential), "1.1" if is_version_1(credential) else "2.0"
    rules = "" if kind == "VerifiableCredential" else f"an {kind} in "
    rules += f"Verifiable Credentials {version}" + ("" if rules else " alone")
    return Finding(Outcome.PASS, "conforms", f"The document keeps the rules of {rules}.")


def find_fault(
    document: Mapping[str, Any], unsecured: Unsecured, *, repeats_id: bool = True
) -> Finding | None:
    """Return where a credential or presentation breaks the rules of its kind, or JSON-LD; else None."""
    faults = conformance_faults(document, repeats_id=repeats_id)
    if faults:
        shown = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults[:_SHOWN_FAULTS])
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        return Finding(Outcome.FAIL, "not_conformant", f"{shown}{more}")
    try:
        unsecured.canonical("rdfc")
    except JsonLdError as error:
        return describe_json_ld(error)
    return None


def check_validity(credential: Mapping[str, Any], gathered: Gathered) -> Finding:
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
