"""How far a partnership has come, worked out from its record and the clock; and what a rule reads of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.actors import is_among
from app.domain.partnerships.records import PartnershipRecord
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import PARTNERSHIP_STATUSES
from app.errors import ConflictOfInterestError

ACTIONS_OF_A_DESIGN = 4
DORMANT, CLOSED = "dormant", "closed"
STATUSES = (*PARTNERSHIP_STATUSES, DORMANT, CLOSED)

_KEPT_UP = PARTNERSHIP_STATUSES[PARTNERSHIP_STATUSES.index("active") :]


@dataclass(frozen=True, slots=True)
class Standing:
    """A status and since when; `dormant_at` is when two check-ins will have been missed, if none comes."""

    status: str
    since: datetime
    dormant_at: datetime | None = None


def standing_of(record: PartnershipRecord, as_of: datetime | None = None) -> Standing:
    """Return where the partnership stands at `as_of`, or as far as its record alone says.

    Each status takes the ones before it. `since` is the last transition or check-in that was on time.
    """
    reached = list(_reached(record))
    stage = reached[-1][0]
    since = max(at for _, at in reached)
    if record.closed is not None:
        return Standing(CLOSED, record.closed.at)
    if stage == PARTNERSHIP_STATUSES[-1]:
        since = max(since, *(each.at for each in record.checkins if each.on_time))
    dormant_at = _dormant_at(record) if stage in _KEPT_UP else None
    if as_of is not None and dormant_at is not None and dormant_at <= as_of:
        return Standing(DORMANT, dormant_at, dormant_at)
    return Standing(stage, since, dormant_at)


def _reached(record: PartnershipRecord) -> Iterator[tuple[str, datetime]]:
    """Yield each status up to the first that is not reached, and when it was."""
    added = sorted(each.added_at for each in record.actions)
    moments = (
        record.identified_at,
        record.prioritised_at,
        added[ACTIONS_OF_A_DESIGN - 1] if len(added) >= ACTIONS_OF_A_DESIGN else None,
        min((each.done_at for each in record.actions if each.done_at is not None), default=None),
        None if record.confirmed is None else record.confirmed.at,
        min((each.at for each in record.checkins if each.on_time), default=None),
    )
    for status, at in zip(PARTNERSHIP_STATUSES, moments, strict=True):
        if at is None:
            return
        yield status, at


def is_on_time(record: PartnershipRecord, at: datetime) -> bool:
    """Tell whether a check-in made at `at` is on time: before a cadence has passed since the last one.

    The first cadence begins once there are both the partner's word and a plan.
    """
    begins = _upkeep_begins(record)
    if begins is None or record.maintenance is None or at < begins:
        return False
    last = max([begins, *(each.at for each in record.checkins if each.at < at)])
    return at < record.maintenance.cadence.after(last)


def _upkeep_begins(record: PartnershipRecord) -> datetime | None:
    if record.confirmed is None or record.maintenance is None:
        return None
    return max(record.confirmed.at, record.maintenance.agreed_at)


def _dormant_at(record: PartnershipRecord) -> datetime | None:
    """Return when two check-ins in a row have been missed, unless one comes."""
    begins = _upkeep_begins(record)
    if begins is None or record.maintenance is None:
        return None
    cadence = record.maintenance.cadence
    return cadence.after(cadence.after(max([begins, *(each.at for each in record.checkins)])))


def partnership_row(
    identifier: str, record: PartnershipRecord, *, recorded_at: datetime, as_of: datetime
) -> EvidenceRow:
    """Return the row that an evaluation at `as_of` reads: the partner's word makes it attested.

    `valid_until` is when it goes dormant by itself.
    """
    standing = standing_of(record, as_of)
    return EvidenceRow(
        id=identifier,
        kind="artifact",
        status="accepted" if record.invalidated is None else "invalidated",
        title=record.title,
        occurred_at=standing.since,
        recorded_at=recorded_at,
        assurance="self" if record.confirmed is None else "attested",
        organisation=record.organisation,
        partnership={
            **record.to_document(),
            "status": standing.status,
            "priority": record.held_priority,  # so that two records never share one in the eyes of a rule
        },
        valid_until=standing.dormant_at,
    )


def ensure_somebody_else(subject: str, *, is_steward: bool, steward_subjects: Collection[str]) -> None:
    """Raise `ConflictOfInterestError` for stewards who would speak for their own partner."""
    if is_steward or is_among(subject, steward_subjects):
        raise ConflictOfInterestError(
            "The partner's word has to come from somebody other than the steward.",
            hint="Use the token of whoever heard it from the partner.",
        )
