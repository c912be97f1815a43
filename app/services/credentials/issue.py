"""Issuing: exactly once, by the numbered cycle of docs/issuing.md.

Nothing leaves before the signature is checked and committed. Where a key is elsewhere, everything that a
signature depends on is committed before anything is signed: a process that dies in between leaves a
`prepared` row, which the job of step 6 finishes with the very same bytes.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.achievements import (
    ClaimedEvidence,
    CredentialFacts,
    StatusPlace,
    build_credential,
    valid_until,
)
from app.domain.actors import Actor, Role
from app.domain.credentials import CredentialStatus
from app.domain.enrolments import EnrolmentStatus
from app.domain.milestones import PASSPORT, still_due
from app.domain.rules.definition import IssuePolicy
from app.domain.rules.progress import Completion
from app.errors import ConflictOfInterestError, InsufficientScopeError, NotCompleteError
from app.identifiers import new_public_id
from app.models import (
    Credential,
    CredentialCorrection,
    Enrolment,
    Evaluation,
    Issuer,
    Learner,
)
from app.services import evaluations, passports, status_lists
from app.services.achievements import Achievement
from app.services.audit_events import record_event
from app.services.credentials.facts import describe_subject, load_claimed
from app.services.credentials.signing import load_order, secure
from app.services.enrolments import enqueue_evaluation, load_enrolment, system_actor
from app.services.granted_approvals import ensure_approved
from app.services.issuers import describe_issuer
from app.services.jobs import JobKind, enqueue_job
from app.services.keys import hold_keys, load_active_keys
from app.services.milestones import is_in_force, load_issued
from app.services.passports import PublishedPassport
from app.services.sites import Begin, Site
from app.services.status_lists import GivenEntry, status_list_url
from app.signing.issue import Prepared, prepare
from app.signing.status_list import Purpose

SIGN_DELAY = timedelta(seconds=5)
"""How long the job of step 6 leaves the signing to the request that prepared it."""


@dataclass(frozen=True, slots=True)
class _Issue:
    """A credential on its way; `prepared` is None for one that was there already."""

    credential: Credential
    prepared: Prepared | None = None


def issue_credential(
    begin: Begin,
    actor: Actor,
    enrolment_id: str,
    *,
    site: Site,
    now: datetime,
    milestone: str = PASSPORT,
) -> tuple[Credential, bool]:
    """Return the enrolment's credential, issuing it if there is none; say whether this call prepared it.

    It is that of the passport, before which those of its milestones are issued, or that of one `milestone`.
    Raises `NotCompleteError` when what it is for is not complete, `InsufficientScopeError` when it waits
    for an approval that the actor cannot give, and `ConflictOfInterestError` for one's own credential.
    """
    with begin() as session, session.no_autoflush:
        *before, issue = _prepare(session, actor, (enrolment_id, milestone), site=site, now=now)
    for each in (*before, issue):
        if each.credential.status == CredentialStatus.PREPARED:
            credential = _finish(begin, each.credential.id, each.prepared, site=site, now=now)
        else:
            credential = each.credential
    return credential, issue.prepared is not None


def issue_on_completion(
    begin: Begin, issuer_id: str, enrolment_id: str, *, site: Site, now: datetime, milestone: str = PASSPORT
) -> None:
    """Issue for a passport with issue mode `auto`; run by the worker.

    Where it is no longer complete, nothing happens: whatever completes it again has it issued then.
    """
    actor = system_actor(issuer_id)
    with suppress(NotCompleteError):
        issue_credential(begin, actor, enrolment_id, site=site, now=now, milestone=milestone)


def finish_issue(begin: Begin, credential_id: str, *, site: Site, now: datetime) -> None:
    """Sign what was prepared and never finished; run by the worker."""
    _finish(begin, credential_id, None, site=site, now=now)


def _prepare(
    session: Session, actor: Actor, wanted: tuple[str, str], *, site: Site, now: datetime
) -> list[_Issue]:
    """Do steps 1 to 6 for what is `wanted` (enrolment, milestone), last, and for what comes before it.

    With keys that are here also those after them.
    """
    # 1. One issue at a time per enrolment; what is there already is the answer.
    enrolment_id, milestone = wanted
    enrolment = load_enrolment(session, actor, enrolment_id, for_update=True)
    existing = session.scalar(
        select(Credential).where(Credential.enrolment_id == enrolment.id, Credential.milestone == milestone)
    )
    if existing is not None:
        return [_Issue(existing)]
    passport = passports.load_published_passport(enrolment.passport_version)
    _check_approval(actor, enrolment, passport.definition.issue)
    both = select(Learner, Issuer).join(Issuer, Issuer.id == Learner.issuer_id)
    learner, issuer = session.execute(both.where(Learner.id == enrolment.learner_id)).one()
    work = _Work(session, actor, enrolment, learner, issuer, passport, site, now)
    return work.prepare_passport() if milestone == PASSPORT else [work.prepare_milestone(milestone)]


@dataclass(frozen=True, slots=True)
class _Work:
    """Steps 2 to 6, or 9, for one enrolment, which is locked."""

    session: Session
    actor: Actor
    enrolment: Enrolment
    learner: Learner
    issuer: Issuer
    passport: PublishedPassport
    site: Site
    now: datetime

    def prepare_passport(self) -> list[_Issue]:
        """Prepare the milestones that are due, and then the passport, which names them."""
        # 2. Only a completion goes on.
        session, enrolment = self.session, self.enrolment
        decided = evaluations.complete_enrolment(session, enrolment, actor=self.actor, now=self.now)
        beside = [*evaluations.load_open_gate(session, enrolment, now=self.now)]
        self._ensure_approved(decided[0])
        _check_officer(self.actor, decided[1])
        parts = []
        if decided[1].evaluation.reached:
            parts = [self._prepare_part(node) for node in self._due(decided[1])]
            issued = load_issued(session, [enrolment.id])[enrolment.id]
            beside += [each.id for each in issued if is_in_force(each, now=self.now)]
        self.enrolment.completion_holds_until = None
        return [*parts, self._prepare(decided, beside)]

    def prepare_milestone(self, node: str) -> _Issue:
        """Prepare the credential of a milestone by itself."""
        decided = evaluations.reach_milestone(self.session, self.enrolment, node, now=self.now)
        self._ensure_approved(decided[0])
        _check_officer(self.actor, decided[1])
        return self._prepare(decided)

    def _prepare_part(self, node: str) -> _Issue:
        """Prepare the credential of a milestone with that of the passport, whose approval covers it."""
        return self._prepare(evaluations.reach_milestone(self.session, self.enrolment, node, now=self.now))

    def _ensure_approved(self, evaluation: Evaluation) -> None:
        """Return unless people whom the passport names have yet to approve; raises `NotCompleteError`."""
        policy = self.passport.definition.issue
        if policy.approvers is not None and policy.mode == "on_approval":
            ensure_approved(self.session, policy, evaluation.id)

    def _due(self, completion: Completion) -> list[str]:
        """Return the milestones that come with the passport; an officer's are for an officer to issue."""
        had = [each.milestone for each in load_issued(self.session, [self.enrolment.id])[self.enrolment.id]]
        due = still_due(completion.evaluation.reached, had, self.passport.definition)
        if _is_officer(self.actor):
            return list(due)
        return [node for node in due if not Completion(completion.evaluation, node).needs_officer]

    def _prepare(self, decided: tuple[Evaluation, Completion], beside: Collection[str] = ()) -> _Issue:
        (evaluation, completion), session, enrolment = decided, self.session, self.enrolment
        # 3. A place on a status list for each thing that may happen to it.
        entries = self._allocate_entries()
        # 4. The document.
        rows = load_claimed(session, completion.evidence), load_claimed(session, beside)
        facts = self._gather_facts(rows, entries)
        facts = replace(facts, awarded_at=_first_award(session, enrolment, evaluation.milestone))
        achievement = self.passport.achievements[evaluation.milestone]
        # 5. Nothing that breaks a rule is ever signed.
        prepared = prepare(build_credential(completion, achievement, facts))
        keys = load_active_keys(session, enrolment.issuer_id)
        credential = Credential(
            id=facts.url.rpartition("/")[2],
            issuer_id=enrolment.issuer_id,
            created_at=self.now,
            learner_id=enrolment.learner_id,
            enrolment_id=enrolment.id,
            milestone=evaluation.milestone,
            evaluation_id=evaluation.id,
            evaluation_digest=evaluation.digest,
            signing_key_id=keys.proof.id,
            jwt_key_id=keys.jwt.id,
            status_entry_id=entries[status_lists.REVOCATION].id,
            suspension_entry_id=entries[status_lists.SUSPENSION].id if len(entries) > 1 else None,
            url=facts.url,
            achievement=Achievement(enrolment.passport_version, evaluation.milestone).address,
            status="prepared",
            unsigned=prepared.serialized,
            unsigned_sha256=prepared.digest,
            proof_created=facts.valid_from,
            valid_from=facts.valid_from,
            valid_until=facts.valid_until,
            awarded_at=facts.awarded_at or facts.valid_from,
        )
        self._store(credential, prepared)
        return _Issue(credential, prepared)

    def _allocate_entries(self) -> dict[Purpose, GivenEntry]:
        suspension = (status_lists.SUSPENSION,) if self.passport.definition.issue.suspendable else ()
        return {
            purpose: status_lists.allocate_status_entry(
                self.session, self.issuer, purpose, site=self.site, now=self.now
            )
            for purpose in (status_lists.REVOCATION, *suspension)
        }

    def _gather_facts(
        self,
        rows: tuple[tuple[ClaimedEvidence, ...], tuple[ClaimedEvidence, ...]],
        entries: Mapping[Purpose, GivenEntry],
    ) -> CredentialFacts:
        """Return what a new credential says beside what was achieved; its address is new and random.

        `rows` are those that the completion rests on, and those that it names beside.
        """
        valid_from = self.now.replace(microsecond=0)
        return CredentialFacts(
            url=f"{self.site.public_url}/credentials/{new_public_id()}",
            issuer=describe_issuer(self.issuer),
            subject=describe_subject(self.learner),
            valid_from=valid_from,
            valid_until=valid_until(valid_from, self.passport.definition.valid_for),
            status=tuple(
                StatusPlace(purpose, status_list_url(entry.list_id, self.site), entry.position)
                for purpose, entry in entries.items()
            ),
            evidence=rows[0],
            beside=rows[1],
        )

    def _store(self, credential: Credential, prepared: Prepared) -> None:
        """Do step 6, and with keys that are in this process those after it (docs/decisions/0020)."""
        session, now = self.session, self.now
        session.add(credential)
        thing, digest = ("credential", credential.id), credential.unsigned_sha256
        record_event(session, self.actor, "prepare", thing, now=now, sha256=digest)
        while (order := load_order(session, credential, now=now)).is_local:
            secured = secure(order, prepared, site=self.site)
            if hold_keys(session, order.key, order.jwt_key):
                credential.status, credential.issued_at = CredentialStatus.ISSUED, now
                credential.document, credential.jwt = secured.document, secured.jwt
                _conclude(session, credential, self.enrolment, now=now)
                return
        session.flush()
        payload = {"credential_id": credential.id}
        enqueue_job(session, self.issuer.id, JobKind.SIGN_CREDENTIAL, payload, now=now, delay=SIGN_DELAY)


def _first_award(session: Session, enrolment: Enrolment, milestone: str) -> datetime | None:
    """Return when the learner first got the same thing, for a renewal; what was revoked does not count."""
    if enrolment.cycle == 1:
        return None
    earlier = (
        select(func.min(Credential.awarded_at))
        .join(Enrolment, Enrolment.id == Credential.enrolment_id)
        .where(
            Enrolment.learner_id == enrolment.learner_id,
            Enrolment.passport_id == enrolment.passport_id,
            Enrolment.cycle < enrolment.cycle,
            Credential.milestone == milestone,
            Credential.status.in_((CredentialStatus.ISSUED, CredentialStatus.SUSPENDED)),
        )
    )
    return session.scalar(earlier)


def _conclude(session: Session, credential: Credential, enrolment: Enrolment, *, now: datetime) -> None:
    """Note what follows from a credential that is issued."""
    if credential.milestone == PASSPORT:
        enrolment.status = EnrolmentStatus.CERTIFIED
    actor = system_actor(credential.issuer_id)
    brought = passports.read_published(enrolment.passport_version).grants_role
    record_event(session, actor, "issue", ("credential", credential.id), now=now)
    if brought is not None and credential.milestone == PASSPORT:
        said = {"role": brought.role, "hub": brought.hub, "credential": credential.id}
        record_event(session, actor, "grant_role", ("learner", enrolment.learner_id), now=now, **said)
    session.flush()
    enqueue_evaluation(session, credential.issuer_id, credential.learner_id, now=now)


def _check_approval(actor: Actor, enrolment: Enrolment, policy: IssuePolicy) -> None:
    """Let only an administrator who is somebody else issue what asks for approval.

    Where the passport names its approvers, it is they who decide, and anybody may make the call.
    """
    is_asked = policy.mode == "on_approval" and policy.approvers is None
    if is_asked and actor.role is not Role.ADMINISTRATOR:
        raise InsufficientScopeError(
            "This passport is issued on approval, which takes an administrator.",
            hint="Ask an administrator to make this call.",
        )
    if actor.learner_id is not None and actor.learner_id == enrolment.learner_id:
        raise ConflictOfInterestError("Nobody issues a credential to themselves.")


def _check_officer(actor: Actor, completion: Completion) -> None:
    """Let only a person who administers issue what was waived as a whole, or by more than half."""
    if completion.needs_officer and not _is_officer(actor):
        raise InsufficientScopeError(
            f"So much of this {'milestone' if completion.milestone else 'passport'} was waived that an "
            "administrator has to issue it.",
            hint="Ask an administrator to make this call.",
        )


def _is_officer(actor: Actor) -> bool:
    return actor.role is Role.ADMINISTRATOR and actor != system_actor(actor.issuer_id)


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
            _conclude(session, credential, enrolment, now=now)
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
