"""Counting by values: what `distinct` and `cap_per` mean in a flow.

A leaf of n rows with at least k different values is as good as full when n rows are there of which at most
n - k repeat a value. So each value has a bucket that takes one row, and one more bucket takes the n - k
repetitions. A cap bounds the bucket of each value instead. Rows without the value repeat nothing anew: for
`distinct` they go with the repetitions, for `cap_per` they share one bucket.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Leaf
from app.domain.rules.plan import Shape
from app.domain.rules.questions import Moment


def has_buckets(leaf: Leaf) -> bool:
    """Tell whether the values of the rows matter for this leaf."""
    return leaf.amount is None and (leaf.values is not None or leaf.cap_per is not None)


def values_of(row: EvidenceRow, by: str, moment: Moment) -> tuple[str, ...]:
    """Return the values of a row, sorted; it may stand for any one of them."""
    return _given(_value_of(row, by, moment))


def _value_of(row: EvidenceRow, by: str, moment: Moment) -> object:
    match by:
        case "month":
            value: object = f"{row.occurred_at.astimezone(UTC):%Y-%m}"
        case "reviewer":
            value = row.accepted_by
        case "item":
            item = moment.item(row)
            own = [each.code for each in row.items if each.set_by != "learner"]
            value = [*own, *(each.item for each in (item.alignments if item else ()))]
        case "activity":
            value = row.activity_key or (row.content and f"content:{row.content}")
        case "organisation":
            value = row.organisation or (row.partnership or {}).get("organisation")
        case "endorser" | "endorser_org" | "event" | "template":
            value = getattr(row, by)
        case _:
            value = (row.data if row.partnership is None else row.partnership).get(by)
    return value


def _given(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(sorted({text for each in value for text in _given(each)}))
    return () if value is None or value == "" or isinstance(value, dict) else (str(value),)


class Buckets:
    """The slots of a shape with buckets added for the rows at hand."""

    def __init__(
        self,
        shape: Shape,
        leaves: Mapping[int, Leaf],
        fitting: Mapping[int, Sequence[EvidenceRow]],
        moment: Moment,
    ) -> None:
        """Add buckets for those `leaves` (by number) that count by values; `fitting` are their rows."""
        self._capacity = list(shape.capacity)
        self._parent = list(shape.parent)
        self._owner: dict[int, int] = {}
        self._ways: dict[tuple[int, str], tuple[int, ...]] = {}
        for number, leaf in leaves.items():
            if number in shape.slots:
                self._add(shape.slots[number], leaf, fitting.get(number, ()), moment)
        self.shape = Shape(shape.leaves, tuple(self._capacity), tuple(self._parent), self._owner)

    def enter(self, slot: int, row: str) -> tuple[int, ...]:
        """Return the slots by which a row enters a leaf slot: itself, unless it counts by values."""
        return self._ways.get((slot, row), (slot,))

    def _add(self, slot: int, leaf: Leaf, rows: Iterable[EvidenceRow], moment: Moment) -> None:
        distinct, cap = leaf.values, leaf.cap_per
        by = distinct.by if distinct else cap.by if cap else ""
        most = cap.max if cap else leaf.count
        firsts: dict[str, int] = {}
        more: dict[str, int] = {}
        spare = slot
        if distinct is not None:
            spare = self._slot(leaf.count - distinct.at_least, slot, slot)
        for row in rows:
            values = values_of(row, by, moment)
            if distinct is None:
                ways = [self._of(more, value, most, slot, slot) for value in values or ("",)]
            else:
                ways = [self._of(firsts, value, 1, slot, slot) for value in values]
                if cap is None:
                    ways.append(spare)
                elif values:
                    ways += [self._of(more, value, most - 1, spare, slot) for value in values]
                else:
                    ways.append(self._of(more, "", most, spare, slot))
            self._ways[slot, row.id] = tuple(ways)

    def _of(self, known: dict[str, int], value: str, most: int, parent: int, owner: int) -> int:
        if value not in known:
            known[value] = self._slot(most, parent, owner)
        return known[value]

    def _slot(self, capacity: int, parent: int, owner: int) -> int:
        self._capacity.append(capacity)
        self._parent.append(parent)
        self._owner[len(self._capacity) - 1] = owner
        return len(self._capacity) - 1
