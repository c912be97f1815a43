"""Issuing: exactly once, by the numbered cycle of docs/issuing.md.

Everything that a signature depends on is committed before anything is signed, and nothing leaves before
the signature is checked and committed. A process that dies in between leaves a `prepared` row, which
the job of step 6 finishes with the very same bytes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.achievements import (
    ClaimedEvidence,
    CredentialFacts,
    build_credential,
    valid_until,
)
from app.domain.actors import Actor, Role
from app.domain.credentials import CredentialStatus
from app.domain.rules.progress import Completion
from app.errors import ConflictOfInterestError, InsufficientScopeError
from app.identifiers import new_public_id
from app.models import Credential, CredentialCorrection, Enrolment, Issuer, Learner, StatusEntry
from app.services import evaluations, passports, status_lists
from app.services.audit_events import record_event
from app.services.credentials.facts import describe_subject, load_claimed, status_places
from app.services.credentials.signing import load_order, secure
from app.services.enrolments import enqueue_evaluation, load_enrolment, system_actor
from app.services.issuers import describe_issuer
from app.services.jobs import JobKind, enqueue_job
from app.services.keys import load_active_keys
from app.services.sites import Begin, Site
from app.signing.issue import Prepared, prepare
from app.signing.status_list import Purpose

SIGN_DELAY = timedelta(seconds=5)
"""How long the job of step 6 leaves the signing to the request that prepared it."""


def issue_credential(
    begin: Begin, actor: Actor, enrolment_id: str, *, site: Site, now: datetime
) -> tuple[Credential, bool]:
    """Return the enrolment's credential, issuing it if there is none; say whether this call prepared it.

    Raises `NotCompleteError` when the passport is not complete, `InsufficientScopeError` when it waits
    for an approval that the actor cannot give, and `ConflictOfInterestError` for one's own credential.
    """
    with begin() as session:
        credential, prepared = _prepare(session, actor, enrolment_id, site=site, now=now)
    if credential.status != "prepared":
        return credential, False
    return _finish(begin, credential.id, prepared, site=site, now=now), prepared is not None


def issue_on_completion(
    begin: Begin, issuer_id: str, enrolment_id: str, *, site: Site, now: datetime
) -> None:
    """Issue for a passport with issue mode `auto`; run by the worker."""
    issue_credential(begin, system_actor(issuer_id), enrolment_id, site=site, now=now)


def finish_issue(begin: Begin, credential_id: str, *, site: Site, now: datetime) -> None:
    """Sign what was prepared and never finished; run by the worker."""
    _finish(begin, credential_id, None, site=site, now=now)


def _prepare(
    session: Session, actor: Actor, enrolment_id: str, *, site: Site, now: datetime
) -> tuple[Credential, Prepared | None]:
    """Do steps 1 to 6: lock, decide, allocate, build, check, store."""
    # 1. One issue at a time per enrolment; what is there already is the answer.
    enrolment = load_enrolment(session, actor, enrolment_id, for_update=True)
    existing = session.scalar(select(Credential).where(Credential.enrolment_id == enrolment.id))
    if existing is not None:
        return existing, None
    _check_approval(actor, enrolment, passports.read_published(enrolment.passport_version).issue.mode)
    # 2. Only a completion goes on.
    evaluation, completion = evaluations.complete_enrolment(session, enrolment, actor=actor, now=now)
    _check_officer(actor, enrolment, completion)
    prerequisites = evaluations.load_open_gate(session, enrolment, now=now)
    # 3. A place on a status list for each thing that may happen to it.
    entries = _allocate_entries(session, enrolment, site=site, now=now)
    # 4. The document.
    rows = load_claimed(session, completion.evidence), load_claimed(session, prerequisites)
    facts = _gather_facts(session, enrolment, rows, entries, site=site, now=now)
    version = enrolment.passport_version
    document = build_credential(completion, version.extras["achievement"], facts)
    # 5. Nothing that breaks a rule is ever signed.
    prepared = prepare(document)
    # 6. From this commit on the credential will exist, exactly once.
    keys = load_active_keys(session, enrolment.issuer_id)
    credential = Credential(
        id=facts.url.rpartition("/")[2],
        issuer_id=enrolment.issuer_id,
        created_at=now,
        learner_id=enrolment.learner_id,
        enrolment_id=enrolment.id,
        evaluation_id=evaluation.id,
        signing_key_id=keys.proof.id,
        jwt_key_id=keys.jwt.id,
        status_entry_id=entries[status_lists.REVOCATION].id,
        suspension_entry_id=entries[status_lists.SUSPENSION].id if len(entries) > 1 else None,
        url=facts.url,
        achievement=f"{version.public_key}/{version.version}",
        status="prepared",
        unsigned=prepared.serialized,
        unsigned_sha256=prepared.digest,
        proof_created=facts.valid_from,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        awarded_at=facts.awarded_at or facts.valid_from,
    )
    _store(session, actor, credential, now=now)
    return credential, prepared


def _allocate_entries(
    session: Session, enrolment: Enrolment, *, site: Site, now: datetime
) -> dict[Purpose, StatusEntry]:
    issuer = session.get_one(Issuer, enrolment.issuer_id)
    suspendable = passports.read_published(enrolment.passport_version).issue.suspendable
    purposes = (status_lists.REVOCATION, *((status_lists.SUSPENSION,) if suspendable else ()))
    return {
        purpose: status_lists.allocate_status_entry(session, issuer, purpose, site=site, now=now)
        for purpose in purposes
    }


def _gather_facts(
    session: Session,
    enrolment: Enrolment,
    rows: tuple[tuple[ClaimedEvidence, ...], tuple[ClaimedEvidence, ...]],
    entries: Mapping[Purpose, StatusEntry],
    *,
    site: Site,
    now: datetime,
) -> CredentialFacts:
    """Return what a new credential says beside what was achieved; its address is new and random.

    `rows` are those that the completion rests on, and those that opened the gate.
    """
    valid_from = now.replace(microsecond=0)
    valid_for = passports.read_published(enrolment.passport_version).valid_for
    return CredentialFacts(
        url=f"{site.public_url}/credentials/{new_public_id()}",
        issuer=describe_issuer(session.get_one(Issuer, enrolment.issuer_id)),
        subject=describe_subject(session.get_one(Learner, enrolment.learner_id)),
        valid_from=valid_from,
        valid_until=valid_until(valid_from, valid_for),
        status=status_places(session, [entry.id for entry in entries.values()], site=site),
        evidence=rows[0],
        prerequisites=rows[1],
        awarded_at=_first_award(session, enrolment),
    )


def _first_award(session: Session, enrolment: Enrolment) -> datetime | None:
    """Return when the learner first got this passport, for a renewal; what was revoked does not count."""
    if enrolment.cycle == 1:
        return None
    earlier = (
        select(func.min(Credential.awarded_at))
        .join(Enrolment, Enrolment.id == Credential.enrolment_id)
        .where(
            Enrolment.learner_id == enrolment.learner_id,
            Enrolment.passport_id == enrolment.passport_id,
            Enrolment.cycle < enrolment.cycle,
            Credential.status.in_((CredentialStatus.ISSUED, CredentialStatus.SUSPENDED)),
        )
    )
    return session.scalar(earlier)


def _store(session: Session, actor: Actor, credential: Credential, *, now: datetime) -> None:
    session.add(credential)
    session.flush()
    payload = {"credential_id": credential.id}
    enqueue_job(session, credential.issuer_id, JobKind.SIGN_CREDENTIAL, payload, now=now, delay=SIGN_DELAY)
    thing, digest = ("credential", credential.id), credential.unsigned_sha256
    record_event(session, actor, "prepare", thing, now=now, sha256=digest)


def _check_approval(actor: Actor, enrolment: Enrolment, mode: str) -> None:
    """Let only an administrator who is somebody else approve a passport that asks for approval."""
    if mode == "on_approval" and actor.role is not Role.ADMINISTRATOR:
        raise InsufficientScopeError(
            "This passport is issued on approval, which takes an administrator.",
            hint="Ask an administrator to make this call.",
        )
    if actor.learner_id is not None and actor.learner_id == enrolment.learner_id:
        raise ConflictOfInterestError("Nobody issues a credential to themselves.")


def _check_officer(actor: Actor, enrolment: Enrolment, completion: Completion) -> None:
    """Let only a person who administers issue what was waived as a whole, or by more than half."""
    by_itself = actor == system_actor(enrolment.issuer_id)
    if completion.evaluation.needs_officer and (by_itself or actor.role is not Role.ADMINISTRATOR):
        raise InsufficientScopeError(
            "So much of this passport was waived that an administrator has to issue it.",
            hint="Ask an administrator to make this call.",
        )


def _finish(
    begin: Begin, credential_id: str, prepared: Prepared | None, *, site: Site, now: datetime
) -> Credential:
    """Do steps 7 to 9: sign, check the signature as a stranger would, let exactly one result stand."""
    with begin() as session:
        credential = session.get_one(Credential, credential_id)
        if credential.status != "prepared":
            return credential
        order = load_order(session, credential, now=now)
    # 7 and 8. The same bytes whoever signs them, and none leave that our own verifier refuses.
    secured = secure(order, prepared, site=site)
    # 9. Whoever comes first sets the result, as long as both keys may sign.
    with begin() as session:
        won = session.scalar(
            update(Credential)
            .where(
                Credential.id == credential_id,
                Credential.status == "prepared",
                *order.stands_for(Credential),
            )
            .values(status="issued", document=secured.document, jwt=secured.jwt, issued_at=now)
            .returning(Credential.id)
        )
        credential = session.get_one(Credential, credential_id)
        if won is not None:
            actor = system_actor(credential.issuer_id)
            enrolment = load_enrolment(session, actor, credential.enrolment_id, for_update=True)
            enrolment.status = "certified"
            record_event(session, actor, "issue", ("credential", credential_id), now=now)
            enqueue_evaluation(session, credential.issuer_id, credential.learner_id, now=now)
    if credential.status == "prepared":  # the key was withdrawn while it signed
        return _finish(begin, credential_id, prepared, site=site, now=now)
    return credential


def resume_issuer(session: Session, issuer_id: str, *, now: datetime) -> None:
    """Have all signed that an issuer has prepared: there is a key for it again. Run by the worker."""
    for row, kind, name in (
        (Credential, JobKind.SIGN_CREDENTIAL, "credential_id"),
        (CredentialCorrection, JobKind.SIGN_CORRECTION, "correction_id"),
    ):
        prepared = (row.issuer_id == issuer_id) & (row.status == CredentialStatus.PREPARED)
        for row_id in session.scalars(select(row.id).where(prepared)):
            enqueue_job(session, issuer_id, kind, {name: row_id}, now=now)
