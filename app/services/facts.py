"""Facts: from the ledger, reviews and credentials of learners to the rows that an evaluation reads."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.content import Alignment
from app.domain.evaluations import claimed_evidence
from app.domain.evidence import Standing, evidence_row, read_report, told_by_others
from app.domain.milestones import PASSPORT
from app.domain.partnerships import partnership_row, read_partnership
from app.domain.rules.facts import EvidenceRow, LevelReached
from app.models import (
    Credential,
    DefinitionVersion,
    Enrolment,
    Evaluation,
    Evidence,
    Issuer,
    Partnership,
    PartnershipRevision,
    Review,
)

_VEIL = "private evidence"

_WHOLE = select(Evidence).options(
    joinedload(Evidence.current, innerjoin=True), selectinload(Evidence.reviews)
)
"""Evidence with what it says now and all reviews."""

_TOLD = _WHOLE.options(selectinload(Evidence.mentions)).execution_options(populate_existing=True)

_READ = "evidence of the one learner that was read last"
"""Where a session keeps it: what an evaluation read is what a credential then says."""


def load_facts(
    session: Session,
    learner_ids: Collection[str],
    *,
    held: bool = False,
    kept_at: datetime | None = None,
    veiled: bool = False,
    until: datetime | None = None,
) -> dict[str, list[EvidenceRow]]:
    """Return all rows of each learner as an evaluation reads them, whatever their state: three queries.

    With `held` also what their credentials of ours say: a row for each, and `frozen_in` on the rows that
    they rest on; one query more. With `kept_at` also the partnerships that they keep, as they stand then; one
    query more. `until` leaves out the credentials made since, and what became of partnerships since but for
    those declared invalid. `veiled` hides the titles of drafts and of private evidence; no rule depends on a
    title.
    """
    rows = session.scalars(_TOLD.where(Evidence.learner_id.in_(learner_ids))).all()
    session.info[_READ] = rows if len(learner_ids) == 1 else ()
    facts: dict[str, list[EvidenceRow]] = {learner_id: [] for learner_id in learner_ids}
    for row in rows:
        fact = _fact(row)
        hidden = veiled and _is_private(row)
        facts[row.learner_id].append(replace(fact, title=_VEIL) if hidden else fact)
    if kept_at is not None:
        _add_partnerships(session, facts, as_of=kept_at, until=until, veiled=veiled)
    if held:
        _add_held(session, facts, until)
    return facts


def load_whole(session: Session, ids: Collection[str]) -> list[Evidence]:
    """Return the evidence among these ids with what it says now and its reviews, oldest first.

    What this transaction has just evaluated is not read again: the caller holds the lock on its learner.
    """
    read = {row.id: row for row in session.info.get(_READ, ())}
    missing = [each for each in ids if each not in read]
    rows = session.scalars(_WHOLE.where(Evidence.id.in_(missing))) if missing else ()
    found = [*(read[each] for each in ids if each in read), *rows]
    return sorted(found, key=lambda row: row.id)


def _add_partnerships(
    session: Session,
    facts: dict[str, list[EvidenceRow]],
    *,
    as_of: datetime,
    until: datetime | None,
    veiled: bool,
) -> None:
    """Add a row for each partnership of these learners, by its last record or the last made by `until`."""
    number = PartnershipRevision.number == Partnership.revision
    if until is not None:
        earlier = select(func.max(PartnershipRevision.number)).where(
            PartnershipRevision.partnership_id == Partnership.id, PartnershipRevision.created_at <= until
        )
        number = PartnershipRevision.number == earlier.correlate(Partnership).scalar_subquery()
    kept = (
        select(Partnership, PartnershipRevision)
        .join(PartnershipRevision, and_(PartnershipRevision.partnership_id == Partnership.id, number))
        .where(Partnership.learner_id.in_(facts))
        .order_by(Partnership.id)
    )
    for row, revision in session.execute(kept.execution_options(populate_existing=True)):
        record = read_partnership(revision.document | {"invalidated": row.document["invalidated"]})
        fact = partnership_row(row.id, record, recorded_at=revision.created_at, as_of=as_of)
        hidden = veiled and row.visibility == "private"
        facts[row.learner_id].append(replace(fact, title=_VEIL) if hidden else fact)


def _add_held(session: Session, facts: dict[str, list[EvidenceRow]], until: datetime | None) -> None:
    """Add the learners' own credentials, and to each row the passports whose credentials rest on it.

    Those of milestones are left out: they would pay once more for what their passport has claimed.
    """
    known = () if until is None else (Credential.created_at <= until,)
    rows = session.execute(
        select(Credential, DefinitionVersion.key, DefinitionVersion.version, Evaluation.document, Issuer.did)
        .join(Enrolment, Enrolment.id == Credential.enrolment_id)
        .join(Evaluation, Evaluation.id == Credential.evaluation_id)
        .join(Issuer, Issuer.id == Credential.issuer_id)
        .join(DefinitionVersion, DefinitionVersion.id == Enrolment.passport_version_id)
        .where(
            Credential.learner_id.in_(facts),
            Credential.milestone == PASSPORT,
            Credential.status != "prepared",
            *known,
        )
        .order_by(Credential.issued_at, Credential.id)
    )
    spent: dict[str, dict[str, None]] = {}
    for credential, key, version, document, did in rows:
        facts[credential.learner_id].append(_held(credential, (key, version), did))
        if credential.status != "revoked":
            for evidence in claimed_evidence(document):
                spent.setdefault(evidence, {})[key] = None
    for learner_id, own in facts.items():
        facts[learner_id] = [
            replace(row, frozen_in=tuple(spent[row.id])) if row.id in spent else row for row in own
        ]


def _held(credential: Credential, passport: tuple[str, str], did: str) -> EvidenceRow:
    """Return the row of a credential that we issued: verified and about this learner, since we said so."""
    key, version = passport
    return EvidenceRow(
        id=credential.id,
        kind="credential",
        status="accepted",
        title=f"{key} {version}",
        occurred_at=credential.awarded_at,
        recorded_at=credential.created_at,
        assurance="signed",
        achievement=credential.achievement,
        issuer=did,
        valid_until=credential.valid_until,
        revoked=credential.status != "issued",
        verified=True,
        bound=True,
        passport=key,
        version=version,
    )


def _is_private(row: Evidence) -> bool:
    return row.status == "draft" or row.current.document["visibility"] == "private"


def _fact(row: Evidence) -> EvidenceRow:
    accepting = [
        review for review in row.reviews if review.revision == row.revision and review.decision == "accepted"
    ]
    standing = Standing(
        id=row.id,
        status=row.status,  # type: ignore[arg-type]  # the column holds nothing but statuses
        assurance=row.assurance,
        recorded_at=row.current.recorded_at,
        levels=tuple(_levels(accepting)),
        alignments=tuple(_alignments(accepting)),
        accepted_by=tuple(review.reviewer for review in accepting),
    )
    fact = evidence_row(read_report(row.current.document), standing)
    if not row.mentions:
        return fact
    return told_by_others(fact, ((read_report(each.document), each.assurance) for each in row.mentions))


def _levels(reviews: Iterable[Review]) -> Iterable[LevelReached]:
    return (LevelReached(**level) for review in reviews for level in review.levels)


def _alignments(reviews: Iterable[Review]) -> Iterable[Alignment]:
    return (Alignment(**alignment) for review in reviews for alignment in review.alignments)


def private_evidence(session: Session, learner_id: str) -> frozenset[str]:
    """Return the ids of what reviewers do not see of a learner's evidence and partnerships."""
    rows = select(Evidence).where(Evidence.learner_id == learner_id)
    read = session.scalars(rows.options(joinedload(Evidence.current, innerjoin=True)))
    kept = select(Partnership.id).where(
        Partnership.learner_id == learner_id, Partnership.visibility == "private"
    )
    return frozenset([*(row.id for row in read if _is_private(row)), *session.scalars(kept)])
