"""Sums of minutes, points or credits, with a most for each value of a field."""

from collections import defaultdict
from collections.abc import Iterable

from app.domain.rules.buckets import values_of
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Leaf
from app.domain.rules.questions import Moment

MAX_STATES = 2000
"""Ways kept in mind while rows with several values are given to one of them each."""


def add_up(leaf: Leaf, rows: Iterable[EvidenceRow], moment: Moment) -> int:
    """Return how much of the amount the rows come to, in its unit.

    With a cap, a row that has several values counts for one of them, whichever comes to the most.
    """
    assert leaf.amount is not None, "only an amount adds up"
    unit, cap = leaf.amount.unit, leaf.cap_per
    if cap is None:
        return sum(_amount(row, unit) for row in rows)
    sums: defaultdict[str, int] = defaultdict(int)
    open_rows = []
    for row in rows:
        values = values_of(row, cap.by, moment)
        if len(values) > 1:
            open_rows.append((row, values))
        else:
            sums[values[0] if values else ""] += _amount(row, unit)
    names = sorted({value for _, values in open_rows for value in values})
    fixed = sum(min(amount, cap.max) for value, amount in sums.items() if value not in names)
    states = {tuple(min(sums[name], cap.max) for name in names)}
    for row, values in sorted(open_rows, key=lambda each: each[0].id):
        grown = {
            tuple(
                min(amount + _amount(row, unit), cap.max) if name == value else amount
                for name, amount in zip(names, state, strict=True)
            )
            for state in states
            for value in values
        }
        states = set(sorted(grown, key=lambda state: (-sum(state), state))[:MAX_STATES])
    return fixed + max(map(sum, states))


def _amount(row: EvidenceRow, unit: str) -> int:
    match unit:
        case "minutes":
            return row.minutes
        case "points":
            return row.points
        case _:
            return row.credits
