"""Check 9: endorsements are credentials of others about something in this one, and are checked like it.

Open Badges 3.0, EndorsementCredential Verification: conformance, proof, issuer's key, validity, status. The
endorsements of an endorsement are not looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.errors import MalformedBodyError, UnreadableCredentialError
from app.signing.lint import kind_of
from app.signing.members import objects
from app.signing.verify.documents import check_conformance, check_validity
from app.signing.verify.keys import check_key
from app.signing.verify.presented import (
    MAX_ENDORSEMENTS,
    Gathered,
    Presented,
    endorsements_in,
    open_credential,
)
from app.signing.verify.proofs import check_proof, issuer_of, without_proof
from app.signing.verify.reports import Finding, Outcome
from app.signing.verify.statuses import check_status

_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


def check_endorsements(presented: Presented, gathered: Gathered) -> Finding:
    """Check every endorsement in a credential, wherever it stands; the worst of them counts."""
    found = endorsements_in(presented)
    if not found:
        return Finding(Outcome.NOT_APPLICABLE, "no_endorsements", "Nobody endorses this credential.")
    if len(found) > MAX_ENDORSEMENTS:
        detail = f"There are more than {MAX_ENDORSEMENTS} endorsements, which are not checked."
        return Finding(Outcome.UNKNOWN, "endorsements_not_checked", detail)
    named = frozenset(_ids(presented.credential))
    worst = min((_check(value, named, gathered) for value in found), key=_severity)
    if worst.outcome is Outcome.FAIL:
        return Finding(Outcome.FAIL, "endorsement_invalid", f"An endorsement does not hold: {worst.detail}")
    if worst.outcome is Outcome.UNKNOWN:
        detail = f"An endorsement could not be decided: {worst.detail}"
        return Finding(Outcome.UNKNOWN, "endorsement_undecided", detail, worst.remedy)
    return Finding(Outcome.PASS, "endorsements_valid", f"Endorsements that hold: {len(found)}.")


def _severity(finding: Finding) -> int:
    return _WORST_FIRST.index(finding.outcome)


def _check(value: object, named: frozenset[str], gathered: Gathered) -> Finding:
    """Return the worst of the findings on one endorsement, by the steps of `verify`."""
    try:
        presented = open_credential(value)
    except (MalformedBodyError, UnreadableCredentialError) as error:
        return _invalid(error.detail)
    endorsement = presented.credential
    if kind_of(endorsement) != "EndorsementCredential":
        return _invalid("It is no EndorsementCredential.")
    subjects = [subject.get("id") for subject in objects(endorsement.get("credentialSubject"))]
    if not named.issuperset(subjects):
        return _invalid("It is about something that is not in this credential.")
    return min(_findings(presented, gathered), key=_severity)


def _findings(presented: Presented, gathered: Gathered) -> Iterator[Finding]:
    endorsement = presented.credential
    unsecured = without_proof(endorsement)
    yield check_conformance(presented, unsecured, gathered)
    finding, key = check_proof(presented, gathered, unsecured)
    yield finding
    if key is not None:
        yield check_key(issuer_of(endorsement), key, gathered)
        yield check_validity(endorsement, gathered)
        yield check_status(endorsement, gathered)


def _ids(credential: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the credential and of everything in it, but for what is in endorsements."""
    stack: list[object] = [credential]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("id"), str):
                yield value["id"]
            stack.extend(member for name, member in value.items() if name != "endorsement")
        elif isinstance(value, list):
            stack.extend(value)


def _invalid(detail: str) -> Finding:
    return Finding(Outcome.FAIL, "endorsement_invalid", detail)
