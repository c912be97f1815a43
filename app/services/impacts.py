"""Whom a plan would affect: those enrolled on earlier versions, judged by both, or on one that is closed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.bundles import Finding
from app.domain.bundles.findings import finding_of
from app.domain.bundles.planning import Planned, TenantState, successor
from app.domain.bundles.states import Closing
from app.domain.enrolments import EnrolmentStatus
from app.domain.exceptions import orphaned
from app.domain.passports import LintReport, PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.progress import Evaluation
from app.domain.upgrades import followed, is_not_worse, lost_nodes
from app.domain.versions import find_untold
from app.models import DefinitionVersion, Enrolment
from app.services.definitions import EARNED
from app.services.evaluations import judge_enrolments
from app.services.granted_exceptions import load_granted_exceptions
from app.services.passports import pinned_catalogue, present_catalogue, read_published
from app.services.versions import count_under_way

MAX_EVALUATED = 500
"""Enrolments that are judged for one passport, the oldest first: some seconds for the largest rules."""


@dataclass(frozen=True, slots=True)
class OrphanedException:
    """An exception in force that would apply to nothing."""

    enrolment: str
    id: str
    kind: str
    node: str


@dataclass(frozen=True, slots=True)
class Impact:
    """`enrolled` counts those who are under way, `evaluated` those of them who were judged by both versions.

    `would_regress` have more to do by the new one. `exceptions_orphaned` are the exceptions in force of
    those judged whose node is gone. `lost_nodes` are the nodes in which any of them has something by their
    version, and under whose keys nothing lives on.
    """

    enrolled: int
    evaluated: int
    would_complete: int
    would_regress: int
    exceptions_orphaned: tuple[OrphanedException, ...]
    lost_nodes: tuple[str, ...]


def measure_impact(
    session: Session, actor: Actor, report: LintReport, catalogue: Catalogue, *, now: datetime
) -> Impact:
    """Return whom publishing would affect: as if everybody under way went over to the new version."""
    new = report.definition
    versions = select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == actor.issuer_id,
        DefinitionVersion.kind.in_(EARNED),
        DefinitionVersion.key == new.key,
    )
    earlier = session.scalars(versions.order_by(DefinitionVersion.id)).all()
    if earlier:
        moved = followed(dict(read_published(earlier[-1]).moved), dict(new.moved))
        new = replace(new, moved=tuple(moved.items()))
    active = (Enrolment.passport_version_id.in_([each.id for each in earlier])) & (
        Enrolment.status == EnrolmentStatus.ACTIVE
    )
    enrolled = session.scalar(select(func.count()).select_from(Enrolment).where(active)) or 0
    sample = select(Enrolment).where(active).order_by(Enrolment.id).limit(MAX_EVALUATED)
    judged = session.scalars(sample).all()
    present = present_catalogue(session, actor.issuer_id)
    answers: list[list[Evaluation]] = []
    for version in earlier:
        pinned = [each for each in judged if each.passport_version_id == version.id]
        old = (read_published(version), pinned_catalogue(version, present))
        answers += judge_enrolments(session, pinned, [old, (new, catalogue)], now=now) if pinned else []
    return Impact(
        enrolled=enrolled,
        evaluated=len(judged),
        would_complete=sum(after.complete and not before.complete for before, after in answers),
        would_regress=sum(not is_not_worse(before, after) for before, after in answers),
        exceptions_orphaned=_find_orphans(session, judged, new),
        lost_nodes=_lost_nodes(answers, dict(new.moved)),
    )


def _lost_nodes(answers: Sequence[Sequence[Evaluation]], moved: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({key for before, after in answers for key in lost_nodes(before, after, moved)}))


def _find_orphans(
    session: Session, judged: Sequence[Enrolment], new: PassportDefinition
) -> tuple[OrphanedException, ...]:
    granted = load_granted_exceptions(session, [each.id for each in judged])
    return tuple(
        OrphanedException(enrolment.id, each.id, each.kind, each.node)
        for enrolment in judged
        for each in orphaned(granted[enrolment.id], new.judging(renews=enrolment.renews))
    )


# Versions that are closed ---------------------------------------------------------------------------


def measure_closings(
    session: Session, actor: Actor, state: TenantState, planned: Planned
) -> dict[str, Closing]:
    """Return, by `key@version`, what becomes of those on each version to be deprecated or retired."""
    under_way = _count_under_way(session, actor, planned)
    return {
        f"{entry.key}@{entry.version}": Closing(
            entry.state.status,
            entry.state.retires_at,
            under_way.get((entry.key, entry.version), 0),
            successor(entry, state, planned),
        )
        for entry in planned.closed
    }


def find_untold_closings(
    session: Session, actor: Actor, planned: Planned, *, now: datetime
) -> Iterator[Finding]:
    """Yield an error for each last day that is over before those who are under way could be told."""
    under_way = _count_under_way(session, actor, planned)
    for entry in planned.closed:
        number = under_way.get((entry.key, entry.version), 0)
        fault = find_untold(f"{entry.key} {entry.version}", entry.state, number, now=now)
        if fault is not None:
            yield finding_of(fault, entry.place)


def _count_under_way(
    session: Session, actor: Actor, planned: Planned
) -> Mapping[tuple[str, str | None], int]:
    keys = {entry.key for entry in planned.closed}
    return count_under_way(session, actor.issuer_id, keys) if keys else {}
