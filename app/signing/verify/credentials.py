"""One credential, check by check, in the order of the standard."""

from collections.abc import Mapping
from typing import Any, Final

from app.signing import recipients
from app.signing.members import objects
from app.signing.urls import leads_below
from app.signing.verify.coverage import covers_text, uncovered
from app.signing.verify.documents import check_conformance, check_validity
from app.signing.verify.endorsements import check_endorsements
from app.signing.verify.keys import check_key
from app.signing.verify.presented import Gathered, Presented, issuer_id_of
from app.signing.verify.proofs import check_proof, issuer_of, without_proof
from app.signing.verify.refresh import check_refresh
from app.signing.verify.reports import NOT_REACHED, NOT_REACHED_EITHER, Finding, Outcome, Report, assemble
from app.signing.verify.statuses import check_status

_NOT_REACHED: Final = {"issuer_key": NOT_REACHED} | dict.fromkeys(
    ("validity", "status", "refresh", "recipient", "endorsements", "issuer_trust"), NOT_REACHED_EITHER
)
"""What is said of the checks behind a proof that does not hold."""

_NOT_OURS: Final = Finding(
    Outcome.FAIL, "id_not_ours", "This address belongs to this service, which did not issue this."
)


def verify(presented: Presented, gathered: Gathered) -> Report:
    """Return the report on `presented` at the instant `gathered.now`. Never raises for what it was given."""
    credential = presented.credential
    issuer_id = issuer_id_of(credential)
    unsecured = without_proof(credential)
    findings = {  # the order of the standard: Open Badges 3.0, OpenBadgeCredential Verification
        "parse": Finding(Outcome.PASS, "parsed", f"The input holds one credential ({presented.source})."),
        "conformance": check_conformance(presented, unsecured, gathered, covers_text=covers_text(presented)),
    }
    left_out = uncovered(presented, unsecured)
    findings["proof"], key = check_proof(presented, gathered, unsecured)
    if findings["proof"].outcome is Outcome.FAIL:
        findings |= _NOT_REACHED
        return assemble(findings, credential, issuer_id, presented.form, left_out)
    if _is_not_ours(credential, issuer_id, gathered):
        findings["issuer_key"] = _NOT_OURS
    else:
        findings["issuer_key"] = (
            NOT_REACHED if key is None else check_key(issuer_of(credential), key, gathered)
        )
    findings["validity"] = check_validity(credential, gathered)
    findings["status"] = check_status(credential, gathered)
    findings["refresh"] = check_refresh(credential, gathered)
    findings["recipient"] = _check_recipient(credential, gathered.recipient)
    findings["endorsements"] = check_endorsements(presented, gathered)
    findings["issuer_trust"] = _check_trust(issuer_id, findings["issuer_key"], gathered)
    return assemble(findings, credential, issuer_id, presented.form, left_out)


def _is_not_ours(credential: Mapping[str, Any], issuer_id: str | None, gathered: Gathered) -> bool:
    """Tell whether a stranger has issued this under an id that only this service gives."""
    identifier = credential.get("id")
    if gathered.own_ids is None or issuer_id in gathered.own_issuers or not isinstance(identifier, str):
        return False
    return leads_below(identifier, gathered.own_ids)


def _check_recipient(credential: Mapping[str, Any], recipient: str | None) -> Finding:
    """Check 8, only if somebody says whose credential it should be."""
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


def _check_trust(issuer_id: str | None, issuer_key: Finding, gathered: Gathered) -> Finding:
    """Check 10, apart: a name is known only where the key has been bound to it."""
    if issuer_key.outcome is not Outcome.PASS:
        return NOT_REACHED
    if issuer_id in gathered.trusted_issuers:
        return Finding(Outcome.PASS, "issuer_known", f"{issuer_id} is on this service's list of issuers.")
    detail = f"{issuer_id} is not on this service's list of issuers."
    return Finding(
        Outcome.UNKNOWN, "issuer_not_known", detail, "Decide yourself whether you trust this issuer."
    )
