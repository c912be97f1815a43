"""Credentials as evidence: what our own verifier says of them, and whether their issuer is trusted."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.evidence import Verification
from app.domain.instants import parse_instant
from app.errors import Fault, InvalidPayloadError, MalformedBodyError, UnreadableCredentialError
from app.models import Learner
from app.services.sites import Site
from app.services.trusted_lists import load_trusted_lists
from app.services.verification import verify_bytes
from app.signing.verify import Outcome, Report

_PROVEN = frozenset({"parse", "conformance", "proof", "issuer_key"})


def verify_reported(
    session: Session, learner: Learner, credential: str, *, site: Site, now: datetime
) -> Verification:
    """Return what the verifier says of a credential that is reported for this learner.

    Nothing is fetched while evidence is entered: it can be proven for issuers whose key is in their name
    or who are issuers here. Raises `InvalidPayloadError` for what is no credential.
    """
    names = [name for name in (learner.did, learner.email) if name is not None]
    asked: list[str | None] = [*names] or [None]
    try:
        reports = [_verify(session, credential, name, site=site, now=now) for name in asked]
    except (UnreadableCredentialError, MalformedBodyError) as error:
        fault = Fault("/credential", "wrong_value", error.detail, error.hint)
        raise InvalidPayloadError(fault.detail, faults=[fault]) from error
    report = reports[0]
    outcomes = _outcomes(report)
    document = report.credential or {}
    return Verification(
        verified=all(outcomes[each] is Outcome.PASS for each in _PROVEN)
        and outcomes["status"] is not Outcome.UNKNOWN,
        bound=any(_outcomes(each)["recipient"] is Outcome.PASS for each in reports),
        revoked=outcomes["status"] is Outcome.FAIL,
        id=_text(document.get("id")),
        issuer=_text(report.issuer_id),
        achievement=_achievement(document),
        valid_until=_instant(document.get("validUntil") or document.get("expirationDate")),
    )


def _verify(session: Session, credential: str, recipient: str | None, *, site: Site, now: datetime) -> Report:
    return verify_bytes(session, credential.encode(), site=site, now=now, recipient=recipient)[1]


def _outcomes(report: Report) -> dict[str, Outcome]:
    return {check.id: check.outcome for check in report.checks}


def _achievement(document: dict[str, Any]) -> str | None:
    subject = document.get("credentialSubject")
    first = subject[0] if isinstance(subject, list) and subject else subject
    achievement = first.get("achievement") if isinstance(first, dict) else None
    return _text(achievement.get("id")) if isinstance(achievement, dict) else None


def _text(value: object) -> str | None:
    return value[:2000] if isinstance(value, str) and value.strip() else None


def _instant(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def is_trusted(session: Session, issuer_id: str, named: str | None, *, site: Site) -> bool:
    """Tell whether the issuer of a credential is on one of our lists."""
    lists = load_trusted_lists(session, issuer_id).values()
    return named is not None and (named in site.trusted_issuers or any(named in each for each in lists))
