"""Evaluations: from the ledger's rows to how far a learner is, and frozen when the rule is met."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain import evaluations as frozen_evaluations
from app.domain.actors import Actor, Role
from app.domain.credentials import CredentialStatus
from app.domain.digests import digest_of
from app.domain.enrolments import EnrolmentStatus
from app.domain.evidence import CLOCK_SKEW
from app.domain.exceptions import carried
from app.domain.instants import format_instant, parse_instant
from app.domain.issue_approvals import describe_lapse
from app.domain.milestones import PASSPORT, with_credentials
from app.domain.payloads import nearest
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.exceptions import RuleException
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.progress import ENGINE, Completion
from app.domain.rules.progress import Evaluation as Answer
from app.domain.rules.reasons import listed
from app.domain.snapshots import next_change
from app.errors import NotCompleteError, NotFoundError
from app.identifiers import new_id
from app.models import Credential, DefinitionVersion, Enrolment, Evaluation
from app.services import snapshots
from app.services.audit_events import record_event
from app.services.facts import load_facts, private_evidence
from app.services.granted_exceptions import load_granted_exceptions
from app.services.milestones import enqueue_milestones, load_issued
from app.services.passports import pinned_catalogue, present_catalogue, read_judging, read_published

_FROZEN = frozenset({EnrolmentStatus.COMPLETED, EnrolmentStatus.CERTIFIED, EnrolmentStatus.LAPSED})
_SHOWN_SHORTFALLS = 5


# Evaluating -----------------------------------------------------------------------------------------


def evaluate_enrolment(
    session: Session,
    enrolment: Enrolment,
    *,
    now: datetime,
    veiled: bool = False,
    beside: Sequence[RuleException] = (),
) -> Answer:
    """Return how far the ledger, as it is, meets the pinned version of the passport."""
    version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
    [[answer]] = evaluate_enrolments(session, [enrolment], [version], now=now, veiled=veiled, beside=beside)
    return answer


def evaluate_enrolments(
    session: Session,
    enrolments: Sequence[Enrolment],
    versions: Sequence[DefinitionVersion],
    *,
    now: datetime,
    veiled: bool = False,
    beside: Sequence[RuleException] = (),
) -> list[list[Answer]]:
    """Return for each enrolment, all of one issuer, how far the ledger meets each of `versions`."""
    present = present_catalogue(session, enrolments[0].issuer_id)
    rules = [(read_published(version), pinned_catalogue(version, present)) for version in versions]
    return judge_enrolments(session, enrolments, rules, now=now, veiled=veiled, beside=beside)


def judge_enrolments(
    session: Session,
    enrolments: Sequence[Enrolment],
    rules: Sequence[tuple[PassportDefinition, Catalogue]],
    *,
    now: datetime,
    veiled: bool = False,
    beside: Sequence[RuleException] = (),
) -> list[list[Answer]]:
    """Return for each enrolment how far the ledger meets each of `rules`, with what it is judged by.

    `beside` holds exceptions beside those in force.
    """
    definitions = [rule for rule, _ in rules]
    return [
        [ledger.judge(rule, catalogue, beside) for rule, catalogue in rules]
        for ledger in _read_ledgers(session, enrolments, definitions, now=now, veiled=veiled)
    ]


@dataclass(frozen=True, slots=True)
class _Ledger:
    """All that an evaluation of one enrolment reads beside the rule and the catalogue."""

    enrolment: Enrolment
    rows: Sequence[EvidenceRow]
    exceptions: Sequence[RuleException]
    as_of: datetime

    def judge(
        self, rule: PassportDefinition, catalogue: Catalogue, beside: Sequence[RuleException] = ()
    ) -> Answer:
        rule = rule.judging(renews=self.enrolment.renews)
        exceptions = carried([*self.exceptions, *beside], rule)
        return evaluate(rule, self.rows, catalogue, as_of=self.as_of, exceptions=exceptions)


def _read_ledgers(
    session: Session,
    enrolments: Sequence[Enrolment],
    definitions: Sequence[PassportDefinition],
    *,
    now: datetime,
    veiled: bool = False,
) -> Iterator[_Ledger]:
    """Yield the ledger of each enrolment, read once for all of them, with the exceptions in force.

    It holds what one of the `definitions` may look at.

    What a sender whose clock is a little ahead has reported counts at once: nothing would evaluate it
    again when our clock gets there.
    """
    facts = load_facts(
        session,
        {each.learner_id for each in enrolments},
        held=any(each.looks_at_credentials for each in definitions),
        kept_at=now if any(each.looks_at_partnerships for each in definitions) else None,
        veiled=veiled,
    )
    granted = load_granted_exceptions(session, [each.id for each in enrolments])
    for enrolment in enrolments:
        rows = facts[enrolment.learner_id]
        as_of = max([now, *(row.occurred_at for row in rows if row.occurred_at <= now + CLOCK_SKEW)])
        yield _Ledger(enrolment, rows, granted[enrolment.id], as_of)


def describe_progress(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> dict[str, Any]:
    """Return the progress answer: the frozen one once the rule was met, else what holds now.

    What was worked out before is given again as long as nothing could have changed it.

    Worked out for a reviewer, it does not show the titles of drafts and of what a learner keeps private. What
    credentials there are for milestones is looked up each time.
    """
    document = _answer(session, actor, enrolment, now=now)
    if "milestones" not in document:
        return document
    issued = load_issued(session, [enrolment.id])[enrolment.id]
    moved = dict(read_published(enrolment.passport_version).moved)
    urls = {
        moved.get(each.milestone, each.milestone): each.url
        for each in issued
        if each.status != CredentialStatus.PREPARED
    }
    return with_credentials(document, urls)


def _answer(session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime) -> dict[str, Any]:
    veiled = actor.role is Role.REVIEWER
    if _is_frozen(enrolment, now=now):
        document = _load_frozen(session, enrolment).document
        if enrolment.status == EnrolmentStatus.COMPLETED and "gate" in document:
            answer = evaluate_enrolment(session, enrolment, now=now)
            document = frozen_evaluations.with_gate(document, answer.gate)
        return _veil(session, enrolment, document) if veiled else document
    kept = None if veiled else snapshots.find_snapshot(session, enrolment, now=now)
    if kept is not None:
        return kept.document
    return evaluate_enrolment(session, enrolment, now=now, veiled=veiled).to_document(enrolment=enrolment.id)


def _veil(session: Session, enrolment: Enrolment, document: dict[str, Any]) -> dict[str, Any]:
    return frozen_evaluations.veil(document, private_evidence(session, enrolment.learner_id))


def load_open_gate(session: Session, enrolment: Enrolment, *, now: datetime) -> tuple[str, ...]:
    """Return the rows that open the gate before the issue, none if there is no gate.

    Raises `NotCompleteError` while it is closed.
    """
    version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
    if read_published(version).requires is None:
        return ()
    answer = evaluate_enrolment(session, enrolment, now=now)
    if answer.held_by and answer.gate is not None:
        raise NotCompleteError(
            f"The rule is met; the credential waits for {listed(answer.gate.closed_titles)}.",
            hint="The credential can be issued once the gate of the passport is open.",
        )
    leaves = () if answer.gate is None else answer.gate.leaves
    return tuple(dict.fromkeys(row for leaf in leaves for row in leaf.evidence))


def complete_enrolment(
    session: Session, enrolment: Enrolment, *, actor: Actor, now: datetime
) -> tuple[Evaluation, Completion]:
    """Return the frozen evaluation of the enrolment and the completion that it proves.

    The caller holds the lock on the enrolment. An active one is evaluated and, if its rule is met,
    completed and frozen here; one that was completed before gives the very same completion again, and one
    whose completion no longer holds is judged anew. Raises `NotCompleteError`, which says what is missing.
    """
    if _is_frozen(enrolment, now=now):
        frozen = _load_frozen(session, enrolment)
        version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
        definition = read_judging(enrolment, version)
        return frozen, frozen_evaluations.read_completion(frozen.document, definition)
    _ensure_not_over(session.get_one(DefinitionVersion, enrolment.passport_version_id), now)
    answer = evaluate_enrolment(session, enrolment, now=now)
    if not answer.complete:
        ended = find_lapse(enrolment, now=now) or enrolment.reopened_because
        raise NotCompleteError(
            " ".join(filter(None, (ended, _what_is_missing(answer)))),
            hint=f"GET /v1/enrolments/{enrolment.id}/progress says what would close each gap.",
        )
    return _complete(session, enrolment, answer, actor=actor, now=now)


def reach_milestone(
    session: Session, enrolment: Enrolment, milestone: str, *, now: datetime
) -> tuple[Evaluation, Completion]:
    """Return what shows that a milestone of the enrolment is reached, frozen here, and its completion.

    The caller holds the lock on the enrolment. Once the passport is completed, its frozen evaluation decides;
    before that, the ledger as it is. What was frozen before is given again as long as the milestone rests on
    the same: approvals are of it. Raises `NotFoundError` and `NotCompleteError`.
    """
    version = session.get_one(DefinitionVersion, enrolment.passport_version_id)
    definition = read_judging(enrolment, version)
    nodes = tuple(each.node for each in definition.milestones)
    if milestone not in nodes:
        what = "The renewal of " if enrolment.renews else ""
        detail = f"{what}{definition.key} {definition.version} has no milestone {milestone}."
        raise NotFoundError(detail, hint=nearest(milestone, nodes) if nodes else None)
    if _is_frozen(enrolment, now=now):
        document = _load_frozen(session, enrolment).document
    else:
        _ensure_not_over(version, now)
        document = evaluate_enrolment(session, enrolment, now=now).to_document(enrolment=enrolment.id)
    reached = {**document, "milestone": milestone}
    completion = frozen_evaluations.read_completion(reached, definition)
    before = _find_frozen(session, enrolment, milestone)
    if before is not None and frozen_evaluations.rests_alike(before.document, reached):
        return before, frozen_evaluations.read_completion(before.document, definition)
    return _freeze(session, enrolment, document, milestone), completion


def settle_enrolments(
    session: Session, active: Sequence[Enrolment], *, actor: Actor, now: datetime
) -> list[Enrolment]:
    """Complete those active enrolments whose rule is met, and return them; keep the answer of the others.

    The caller holds the locks. Those on one version are evaluated together.
    """
    completed: list[Enrolment] = []
    by_version = sorted(active, key=lambda each: each.passport_version_id)
    for _, group in groupby(by_version, key=lambda each: each.passport_version_id):
        completed += _settle(session, list(group), actor=actor, now=now)
    return completed


def _settle(
    session: Session, together: list[Enrolment], *, actor: Actor, now: datetime
) -> Iterator[Enrolment]:
    """Yield those of the enrolments, all on one version, that are completed."""
    version, issuer_id = together[0].passport_version, together[0].issuer_id
    learners = {each.learner_id for each in together}
    counts = snapshots.read_counts(session, issuer_id, learners)
    definition = read_published(version)
    catalogue = pinned_catalogue(version, present_catalogue(session, issuer_id))
    over = version.retires_at is not None and version.retires_at <= now
    kept, judged = [], []
    for ledger in _read_ledgers(session, together, [definition], now=now):
        enrolment, answer = ledger.enrolment, ledger.judge(definition, catalogue)
        judged.append((enrolment, answer))
        if answer.complete and not over:
            _complete(session, enrolment, answer, actor=actor, now=now)
            yield enrolment
        else:
            instants = [instant for each in ledger.exceptions for instant in each.edges]
            rule = read_judging(enrolment, version)
            edge = next_change(rule, ledger.rows, catalogue, as_of=answer.as_of, instants=instants)
            kept.append(snapshots.Kept(enrolment, answer.to_document(enrolment=enrolment.id), edge))
    snapshots.keep_snapshots(session, kept, counts, now=now)
    if not over:
        enqueue_milestones(session, definition, judged, now=now)


def _complete(
    session: Session, enrolment: Enrolment, answer: Answer, *, actor: Actor, now: datetime
) -> tuple[Evaluation, Completion]:
    completion = Completion(answer)
    frozen = _freeze(session, enrolment, answer.to_document(enrolment=enrolment.id))
    snapshots.drop_snapshots(session, [enrolment.id])
    policy = read_published(session.get_one(DefinitionVersion, enrolment.passport_version_id)).issue
    enrolment.status, enrolment.completed_at = EnrolmentStatus.COMPLETED, now
    enrolment.completion_holds_until, enrolment.reopened_because = policy.held_until(now), None
    thing = ("enrolment", enrolment.id)
    record_event(session, actor, "complete", thing, now=now, evaluation=frozen.id, digest=frozen.digest)
    return frozen, completion


def find_lapse(enrolment: Enrolment, *, now: datetime) -> str | None:
    """Return why a completion no longer holds that waited for approval too long, None where it holds."""
    end = enrolment.completion_holds_until
    return None if end is None or end > now else describe_lapse(end)


def _is_frozen(enrolment: Enrolment, *, now: datetime) -> bool:
    return enrolment.status in _FROZEN and find_lapse(enrolment, now=now) is None


def _ensure_not_over(version: DefinitionVersion, now: datetime) -> None:
    if version.retires_at is not None and version.retires_at <= now:
        last_day = format_instant(version.retires_at)
        raise NotCompleteError(
            f"Version {version.version} of {version.key} was retired at {last_day}.",
            hint="GET /v1/enrolments/{id}/upgrade shows the version to move to, if there is one.",
        )


def _what_is_missing(answer: Answer) -> str:
    units = answer.units
    shown = [shortfall.text for shortfall in answer.shortfalls[:_SHOWN_SHORTFALLS]]
    if len(answer.shortfalls) > len(shown):
        shown.append(f"There are {len(answer.shortfalls) - len(shown)} more gaps.")
    if answer.status == "blocked" and answer.gate is not None:
        shown.append(f"Nothing counts before {listed(answer.gate.closed_titles)} is met.")
    if units.pending:
        shown.append(f"Evidence for {units.pending} is under review.")
    return " ".join([f"{units.met} of {units.total} units are met.", *shown])


def _freeze(
    session: Session, enrolment: Enrolment, answer: dict[str, Any], milestone: str = PASSPORT
) -> Evaluation:
    frozen_id, as_of = new_id(), parse_instant(answer["as_of"])
    document = {**answer, "explain_url": f"/v1/evaluations/{frozen_id}"}
    if milestone != PASSPORT:
        document["milestone"] = milestone
    frozen = Evaluation(
        id=frozen_id,
        issuer_id=enrolment.issuer_id,
        created_at=as_of,
        enrolment_id=enrolment.id,
        milestone=milestone,
        as_of=as_of,
        engine=ENGINE,
        document=document,
        digest=digest_of(document),
    )
    session.add(frozen)
    session.flush()
    return frozen


# Frozen evaluations ---------------------------------------------------------------------------------


def _load_frozen(session: Session, enrolment: Enrolment) -> Evaluation:
    """Return what froze at the present completion."""
    frozen = _find_frozen(session, enrolment, PASSPORT)
    assert frozen is not None, f"enrolment {enrolment.id} was completed without an evaluation"
    return frozen


def _find_frozen(session: Session, enrolment: Enrolment, milestone: str) -> Evaluation | None:
    """Return what froze last, since an earlier one may have fallen."""
    statement = select(Evaluation).where(
        Evaluation.enrolment_id == enrolment.id, Evaluation.milestone == milestone
    )
    frozen = session.scalar(statement.order_by(Evaluation.id.desc()).limit(1))
    if frozen is not None:
        assert digest_of(frozen.document) == frozen.digest, f"evaluation {frozen.id} is not what was frozen"
    return frozen


def rests_on(session: Session, enrolment: Enrolment, evidence_id: str) -> bool:
    """Tell whether the completion of a completed or certified enrolment claims this evidence."""
    return evidence_id in frozen_evaluations.claimed_evidence(_load_frozen(session, enrolment).document)


def rests_on_exception(session: Session, enrolment: Enrolment, exception_id: str) -> bool:
    """Tell whether a completed enrolment, without a credential, is so because of this exception too."""
    if enrolment.status != EnrolmentStatus.COMPLETED:
        return False
    return frozen_evaluations.rests_on_exception(_load_frozen(session, enrolment).document, exception_id)


def in_live_credential(session: Session, learner_id: str, evidence_id: str) -> bool:
    """Tell whether a credential that is not revoked, or is about to be issued, rests on this evidence."""
    live = (
        select(Evaluation.document)
        .join(Credential, Credential.evaluation_id == Evaluation.id)
        .where(Credential.learner_id == learner_id, Credential.status != "revoked")
    )
    return any(
        evidence_id in frozen_evaluations.claimed_evidence(document) for document in session.scalars(live)
    )


def visible_evaluations(actor: Actor) -> Select[Evaluation]:
    """Return a statement for the frozen evaluations the actor may see: a learner sees their own."""
    statement = select(Evaluation).where(Evaluation.issuer_id == actor.issuer_id)
    if actor.is_learner:
        own = select(Enrolment.id).where(Enrolment.learner_id == actor.learner_id)
        statement = statement.where(Evaluation.enrolment_id.in_(own))
    return statement


def load_evaluation(session: Session, actor: Actor, evaluation_id: str) -> Evaluation:
    """Return a frozen evaluation the actor may see; raises `NotFoundError`."""
    evaluation = session.scalar(visible_evaluations(actor).where(Evaluation.id == evaluation_id))
    if evaluation is None:
        raise NotFoundError(f"There is no evaluation {evaluation_id}.")
    return evaluation


def describe_evaluation(session: Session, actor: Actor, evaluation_id: str) -> Evaluation:
    """Return a frozen evaluation as the actor may read it, veiled for a reviewer; raises `NotFoundError`."""
    evaluation = load_evaluation(session, actor, evaluation_id)
    if actor.role is Role.REVIEWER:
        enrolment = session.get_one(Enrolment, evaluation.enrolment_id)
        session.expunge(evaluation)
        evaluation.document = _veil(session, enrolment, evaluation.document)
    return evaluation
