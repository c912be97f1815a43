"""Verification as the VC API has it: broken proofs and documents are errors, what else is amiss a warning.

Whether the key is the issuer's is a warning here too: W3C's suites verify proofs by keys of others. `POST
/verify` and the page are strict (docs/vc-api.md). A presentation is its holder's proof of being there, so a
key of somebody else is an error in one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.errors import Fault, NotVerifiedError
from app.http_client import Errand
from app.schemas.vc_api import (
    CredentialVerification,
    PresentationPassed,
    PresentationVerification,
    VerificationPassed,
    VerificationWarning,
)
from app.services.sites import Site
from app.services.verification import verify_presented, verify_shown
from app.signing.verify import Asked, Check, Outcome, open_credential, read_presentation

_MUST_PASS: Final = frozenset({"parse", "conformance", "proof", "holder_key", "challenge"})
_OF_THE_PROOF: Final = _MUST_PASS | {"issuer_key"}
_FATAL_CODES: Final = frozenset({"id_not_ours", "context_not_supported"})
"""More that is an error: a stranger's proof under an address of this service, a context not known here."""

_LEFT_TO_THE_READER: Final = frozenset({"issuer_trust"})


def verify_credential(
    session: Session,
    order: CredentialVerification,
    *,
    site: Site,
    now: datetime,
    errand: Errand | None = None,
) -> VerificationPassed:
    """Return what was found when the proof and the data model hold.

    Raises `NotVerifiedError` when they do not, `UnreadableCredentialError` or `MalformedBodyError` for what
    is no credential.
    """
    presented = open_credential(order.verifiable_credential)
    report = verify_presented(session, presented, site=site, now=now, errand=errand)
    return _judge(report.checks, "/verifiableCredential", proof_only=order.options.checks == ["proof"])


def verify_presentation(
    session: Session,
    order: PresentationVerification,
    *,
    site: Site,
    now: datetime,
    errand: Errand | None = None,
) -> PresentationPassed:
    """Return what was found when the proofs of the presentation and of all its credentials hold.

    Raises as `verify_credential` does; a challenge or a domain that was asked for and not signed is an error.
    """
    presentation = read_presentation(order.verifiable_presentation)
    asked = Asked(order.options.challenge, order.options.domain)
    report = verify_shown(session, presentation, asked, site=site, now=now, errand=errand)
    proof_only, pointer = order.options.checks == ["proof"], "/verifiablePresentation"
    own = [check for check in report.checks if check.id != "credentials"]
    passed = _judge(own, pointer, proof_only=proof_only)
    results = [
        _judge(each.checks, f"{pointer}/verifiableCredential/{position}", proof_only=proof_only)
        for position, each in enumerate(report.credentials)
    ]
    return PresentationPassed(**passed.model_dump(), credential_results=results)


def _judge(checks: Sequence[Check], pointer: str, *, proof_only: bool) -> VerificationPassed:
    """Return `checks` in the terms of the VC API; raises `NotVerifiedError`.

    `pointer` is where in the request stands what they are about.
    """
    faults = [_fault(check, pointer) for check in checks if _is_error(check)]
    if faults:
        raise NotVerifiedError(faults[0].detail, faults=faults)
    looked_at = [check for check in checks if check.id in _OF_THE_PROOF or not proof_only]
    return VerificationPassed(
        checks=[check.id for check in looked_at if check.outcome is Outcome.PASS],
        warnings=[VerificationWarning.model_validate(check) for check in looked_at if _is_warning(check)],
    )


def _is_error(check: Check) -> bool:
    """Tell whether `check` refutes what was presented; an undecided proof holds as little."""
    if check.id == "proof":
        return check.outcome is not Outcome.PASS
    return check.code in _FATAL_CODES or (check.outcome is Outcome.FAIL and check.id in _MUST_PASS)


def _is_warning(check: Check) -> bool:
    return check.outcome in (Outcome.FAIL, Outcome.UNKNOWN) and check.id not in _LEFT_TO_THE_READER


def _fault(check: Check, pointer: str) -> Fault:
    where = f"{pointer}/proof" if check.id == "proof" else pointer
    return Fault(where, check.code, check.detail, check.remedy)
