"""How long an answer stays true if nothing is reported: until the next edge that the clock alone crosses."""

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, datetime, timedelta

from app.domain.evidence import CLOCK_SKEW
from app.domain.instants import Duration
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue, EvidenceRow

_INSTANT_LATER = timedelta(microseconds=1)
_LONGEST_CLAMP = 4
"""Days that a month may be shorter than another, and one: a window of months moves unevenly over them."""


def next_change(
    definition: PassportDefinition,
    rows: Iterable[EvidenceRow],
    catalogue: Catalogue,
    *,
    as_of: datetime,
    instants: Iterable[datetime] = (),
) -> datetime | None:
    """Return the first instant after `as_of` at which the same facts may get another answer.

    It may be too early, and never too late: all rows are looked at, not only those that count now.
    `instants` are those at which an exception begins or ends.
    """
    windows = {leaf.within for leaf in definition.leaves if leaf.within is not None}
    known = list(rows)
    begins = [row.occurred_at - CLOCK_SKEW for row in known if row.occurred_at > as_of]
    edges = [*instants, *begins, *_edges_of_rows(known, windows), *_edges_of_content(catalogue)]
    return min((edge for edge in edges if edge > as_of), default=None)


def _edges_of_rows(rows: Iterable[EvidenceRow], windows: set[Duration]) -> Iterator[datetime]:
    for row in rows:
        if row.valid_until is not None:
            yield row.valid_until
        for window in windows:
            yield from _edges_of_window(window.after(row.end), whole=not window.months)


def _edges_of_window(end: datetime, *, whole: bool) -> Iterator[datetime]:
    if end.year >= MAXYEAR:  # never, as far as the calendar goes
        return
    yield end + _INSTANT_LATER
    if not whole:
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        for days in range(-_LONGEST_CLAMP, _LONGEST_CLAMP + 1):  # a month back is not the month forth
            yield end + timedelta(days=days) + _INSTANT_LATER
            yield midnight + timedelta(days=days)


def _edges_of_content(catalogue: Catalogue) -> Iterator[datetime]:
    """Yield when approvals begin and end, and when it is too late: next steps suggest what is open."""
    for item in catalogue.content.values():
        if item.last_call is not None:
            yield item.last_call
        for approval in item.approvals:
            yield approval.valid_from
            if approval.valid_to is not None:
                yield approval.valid_to
