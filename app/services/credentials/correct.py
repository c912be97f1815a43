"""Corrections: the same credential, said right, in a newer edition.

A host takes two credentials with equal issuer and id for the same one, and the newer `validFrom` replaces the
older (Open Badges 3.0, Verifiable Credential Equality). So a correction keeps id, status entries,
`awardedDate` and the end of validity. It is prepared, committed and signed as an issue is (docs/issuing.md).
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.achievements import CredentialFacts, build_credential
from app.domain.actors import Actor
from app.domain.credentials import CredentialAct, CredentialStatus, status_after
from app.domain.evaluations import read_completion
from app.domain.rules.progress import Completion
from app.errors import Fault, InvalidPayloadError, NotFoundError, WrongStateError
from app.identifiers import new_id
from app.models import Credential, CredentialCorrection, Enrolment, Evaluation, Issuer, Learner
from app.services import achievements
from app.services.audit_events import record_event
from app.services.credentials.facts import CREDENTIAL_GENRE, describe_subject, load_claimed, status_places
from app.services.credentials.issue import SIGN_DELAY
from app.services.credentials.records import load_credential
from app.services.credentials.signing import load_order, secure
from app.services.enrolments import system_actor
from app.services.issuers import describe_issuer
from app.services.jobs import JobKind, enqueue_job
from app.services.keys import load_active_keys
from app.services.passports import read_judging
from app.services.sites import Begin, Site
from app.signing.issue import prepare

_TAKEN_OVER = (
    "achievement",
    "signing_key_id",
    "jwt_key_id",
    "unsigned",
    "unsigned_sha256",
    "proof_created",
    "valid_from",
)


@dataclass(frozen=True, slots=True)
class CorrectionOrder:
    """Why a credential is said anew, and from which version of its passport the words come."""

    reason: str
    version: str | None = None


def correct_credential(
    begin: Begin, actor: Actor, credential_id: str, order: CorrectionOrder, *, site: Site, now: datetime
) -> Credential:
    """Return the credential as it should read now; unchanged where it reads so already.

    What may have changed is the holder's DID or address, the issuer's profile, which evidence is public, and
    the words of the achievement. Raises `WrongStateError` for a credential that is revoked or has expired,
    and `InvalidPayloadError` for a version that there is not, or by whose rule nobody has judged.
    """
    with begin() as session:
        credential = load_credential(session, actor, credential_id, for_update=True)
        status_after(credential.status, CredentialAct.CORRECT)
        if credential.valid_until is not None and credential.valid_until <= now:
            hint = "Enrol the learner again: the next cycle ends with a credential of its own."
            raise WrongStateError(
                "The credential has expired, and a correction does not prolong it.", hint=hint
            )
        correction = _find_pending(session, credential)
        if correction is None:
            correction = _prepare(session, actor, credential, order, site=site, now=now)
    return credential if correction is None else _finish(begin, correction.id, site=site, now=now)


def finish_correction(begin: Begin, correction_id: str, *, site: Site, now: datetime) -> None:
    """Sign what was prepared and never finished; run by the worker."""
    _finish(begin, correction_id, site=site, now=now)


def list_corrections(session: Session, actor: Actor, credential_id: str) -> list[CredentialCorrection]:
    """Return what was corrected and what it replaced, oldest first; raises `NotFoundError`."""
    credential = load_credential(session, actor, credential_id)
    made = select(CredentialCorrection).where(
        CredentialCorrection.credential_id == credential.id,
        CredentialCorrection.status == CredentialStatus.ISSUED,
    )
    return list(session.scalars(made.order_by(CredentialCorrection.number)))


def _find_pending(session: Session, credential: Credential) -> CredentialCorrection | None:
    """Return what an earlier call has prepared and not finished: it goes first."""
    return session.scalar(
        select(CredentialCorrection).where(
            CredentialCorrection.credential_id == credential.id,
            CredentialCorrection.status == CredentialStatus.PREPARED,
        )
    )


def _prepare(
    session: Session,
    actor: Actor,
    credential: Credential,
    order: CorrectionOrder,
    *,
    site: Site,
    now: datetime,
) -> CredentialCorrection | None:
    """Store what the credential should say from now on; None when it says it already."""
    achievement, completion = _load_completion(session, credential, order.version)
    facts = _gather_facts(session, credential, completion, site=site)
    if build_credential(completion, achievement.document, facts) == json.loads(credential.unsigned):
        return None
    newer = max(now.replace(microsecond=0), credential.valid_from + timedelta(seconds=1))
    prepared = prepare(build_credential(completion, achievement.document, replace(facts, valid_from=newer)))
    earlier = select(func.count(CredentialCorrection.id)).where(
        CredentialCorrection.credential_id == credential.id
    )
    keys = load_active_keys(session, credential.issuer_id)
    correction = CredentialCorrection(
        id=new_id(),
        issuer_id=credential.issuer_id,
        created_at=now,
        credential_id=credential.id,
        number=(session.scalar(earlier) or 0) + 1,
        status=CredentialStatus.PREPARED,
        reason=order.reason,
        achievement=achievement.address,
        signing_key_id=keys.proof.id,
        jwt_key_id=keys.jwt.id,
        unsigned=prepared.serialized,
        unsigned_sha256=prepared.digest,
        proof_created=newer,
        valid_from=newer,
    )
    session.add(correction)
    payload = {"correction_id": correction.id}
    enqueue_job(session, credential.issuer_id, JobKind.SIGN_CORRECTION, payload, now=now, delay=SIGN_DELAY)
    said = {"reason": order.reason, "sha256": prepared.digest}
    record_event(session, actor, "correct", ("credential", credential.id), now=now, **said)
    return correction


def _load_completion(
    session: Session, credential: Credential, number: str | None
) -> tuple[achievements.Achievement, Completion]:
    """Return the achievement whose words are wanted, and the frozen completion as one of its version."""
    key, _, current = credential.achievement.partition("/")
    evaluation = session.get_one(Evaluation, credential.evaluation_id).document
    try:
        achievement = achievements.load_achievement(session, key, number or current)
    except NotFoundError as error:
        fault = Fault("/version", "version_unknown", error.detail)
        raise InvalidPayloadError(fault.detail, faults=[fault]) from error
    version = achievement.version
    definition = read_judging(session.get_one(Enrolment, credential.enrolment_id), version)
    if definition.rule_digest != evaluation["rule_digest"]:
        detail = f"Version {version.version} has another rule than the one that the learner met."
        hint = "A correction changes words. For another rule, enrol the learner on that version."
        raise InvalidPayloadError(detail, faults=[Fault("/version", "rule_differs", detail, hint)])
    return achievement, read_completion({**evaluation, "version": version.version}, definition)


def _gather_facts(
    session: Session, credential: Credential, completion: Completion, *, site: Site
) -> CredentialFacts:
    """Return what is true now, dated as the credential is."""
    earlier = json.loads(credential.unsigned)
    learner = session.get_one(Learner, credential.learner_id)
    entry_ids = [each for each in (credential.status_entry_id, credential.suspension_entry_id) if each]
    return CredentialFacts(
        url=credential.url,
        issuer=describe_issuer(session.get_one(Issuer, credential.issuer_id)),
        subject=describe_subject(learner, earlier["credentialSubject"]),
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        status=status_places(session, entry_ids, site=site),
        evidence=load_claimed(session, completion.evidence),
        beside=load_claimed(session, _beside(earlier, completion)),
        awarded_at=credential.awarded_at,
    )


def _beside(earlier: dict[str, Any], completion: Completion) -> list[str]:
    """Return the credentials that the earlier edition names beside those that the rule claimed."""
    named = [
        entry["id"].rpartition("/")[2]
        for entry in earlier.get("evidence", ())
        if entry.get("genre") == CREDENTIAL_GENRE
    ]
    return [each for each in named if each not in completion.evidence]


def _finish(begin: Begin, correction_id: str, *, site: Site, now: datetime) -> Credential:
    """Sign, check, and let exactly one result take the place of the older bytes, which are kept."""
    with begin() as session:
        correction = session.get_one(CredentialCorrection, correction_id)
        credential = session.get_one(Credential, correction.credential_id)
        if correction.status != CredentialStatus.PREPARED:
            return credential
        order = load_order(session, correction, now=now)
    secured = secure(order, None, site=site)
    with begin() as session:
        credential = session.get_one(Credential, correction.credential_id, with_for_update=True)
        won = session.scalar(
            update(CredentialCorrection)
            .where(
                CredentialCorrection.id == correction_id,
                CredentialCorrection.status == CredentialStatus.PREPARED,
                *order.stands_for(CredentialCorrection),
            )
            .values(
                status=CredentialStatus.ISSUED,
                replaced_document=credential.document,
                replaced_jwt=credential.jwt,
                replaced_valid_from=credential.valid_from,
            )
            .returning(CredentialCorrection.id)
        )
        if won is not None:
            credential.document, credential.jwt = secured.document, secured.jwt
            for name in _TAKEN_OVER:
                setattr(credential, name, getattr(correction, name))
            actor = system_actor(credential.issuer_id)
            record_event(session, actor, "reissue", ("credential", credential.id), now=now)
    return credential
