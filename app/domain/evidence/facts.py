"""From the ledger to what an evaluation reads: one row for one act, whoever told of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.actors import plain_name
from app.domain.content import Alignment
from app.domain.evidence.reports import EvidenceReport
from app.domain.rules.facts import EvidenceRow, EvidenceStatus, LevelReached, RowItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the ledger adds to a report: its place, its state, and what reviewers who accepted it said."""

    id: str
    status: EvidenceStatus
    assurance: str
    recorded_at: datetime
    levels: tuple[LevelReached, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    accepted_by: tuple[str, ...] = ()


def evidence_row(report: EvidenceReport, standing: Standing) -> EvidenceRow:
    """Return the row that an evaluation reads. Who reported an act is taken to have aligned it."""
    own = (RowItem(each.framework, each.item, each.weight, "learner") for each in report.alignments)
    seen = (RowItem(each.framework, each.item, each.weight, "reviewer") for each in standing.alignments)
    found = report.verification
    row = EvidenceRow(
        id=standing.id,
        kind=report.kind,
        status=standing.status,
        title=report.title,
        occurred_at=report.occurred_at,
        occurred_end=report.occurred_end,
        recorded_at=standing.recorded_at,
        assurance=standing.assurance,
        content=report.content,
        template=report.template,
        event=report.event,
        role=report.role,
        topics=frozenset(report.topics),
        outcomes=frozenset(report.outcomes),
        minutes=report.minutes or 0,
        points=report.points or 0,
        credits=report.credits or 0,
        score=report.score,
        reflection=report.reflection is not None,
        form=report.form,
        data=report.data,
        opportunity=report.opportunity,
        opportunity_hub=report.opportunity_hub,
        organisation=report.organisation,
        endorser=None if report.endorser is None else plain_name(report.endorser),
        endorser_org=report.endorser_org,
        activity_key=report.activity_key,
        levels=standing.levels,
        items=(*seen, *own),
        accepted_by=tuple(map(plain_name, standing.accepted_by)),
    )
    if found is None:
        return row
    return replace(
        row,
        issuer=found.issuer,
        achievement=found.achievement,
        valid_until=found.valid_until,
        revoked=found.revoked,
        verified=found.verified,
        bound=found.bound,
    )


def told_by_others(row: EvidenceRow, others: Iterable[tuple[EvidenceReport, str]]) -> EvidenceRow:
    """Return the row of an act of which other sources told as well, each with its assurance.

    It stays one row that is claimed once; it fits where any of the reports fits, and its amounts are the
    largest that were told.
    """
    also = tuple(
        replace(
            evidence_row(
                report,
                Standing(id=row.id, status=row.status, assurance=assurance, recorded_at=row.recorded_at),
            ),
            levels=row.levels,
            items=row.items,
            accepted_by=row.accepted_by,
        )
        for report, assurance in others
    )
    told = (row, *also)
    return replace(
        row,
        also=also,
        minutes=max(each.minutes for each in told),
        points=max(each.points for each in told),
        credits=max(each.credits for each in told),
    )
