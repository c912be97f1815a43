"""One pass over the rows: which leaf claims which row, and the units of every node that follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.rules.amounts import add_up
from app.domain.rules.assignment import FREE, Network
from app.domain.rules.buckets import Buckets, has_buckets
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.plan import TOP, Judges, Part, Plan, Shape
from app.domain.rules.questions import Moment

Fits = Mapping[str, tuple[int, ...]]
"""The numbers of the leaves that each row fits, by the id of the row, rising."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The flow of one part: its shape, and the rows in order of rank (once for each pool they may use)."""

    shape: Shape
    rows: tuple[EvidenceRow, ...]
    network: Network


@dataclass(frozen=True, slots=True)
class NodeState:
    """Units of a node: what it needs, has, and is let off. `held` tells whether a leaf below holds a row."""

    need: int
    have: int
    held: bool
    waived: int = 0

    @property
    def short(self) -> int:
        """How many units are missing."""
        return self.need - self.have - self.waived


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass found.

    `place` gives the leaves that claim a row, one in each pool at most. `claimed` and `observed` list the
    rows of a leaf. `amounts` says what meters came to. `states` follow the plan's nodes.
    """

    place: Mapping[str, tuple[int, ...]]
    claimed: Mapping[int, tuple[EvidenceRow, ...]]
    observed: Mapping[int, tuple[EvidenceRow, ...]]
    amounts: Mapping[int, int]
    states: tuple[NodeState, ...]
    solved: tuple[Solved, ...]


def find_fits(
    plan: Plan, rows: Iterable[EvidenceRow], moment: Moment, judges: Judges | None = None
) -> dict[str, tuple[int, ...]]:
    """Return the leaves that each row fits."""
    fits = {}
    asked = plan.judges if judges is None else judges
    for row in rows:
        found = _fitting(asked, row, moment)
        if row.also:
            found = sorted({*found, *(n for told in row.also for n in _fitting(asked, told, moment))})
        fits[row.id] = tuple(found)
    return fits


def _fitting(asked: Judges, row: EvidenceRow, moment: Moment) -> list[int]:
    found = []
    for number, checks in asked.get(row.kind, ()):
        for check in checks:
            if not check(row, moment):
                break
        else:
            found.append(number)
    return found


def solve(plan: Plan, rows: Sequence[EvidenceRow], fits: Fits, moment: Moment) -> Outcome:
    """Claim rows so that the fewest units are missing; optional leaves take what is left over."""
    return _Pass(plan, rows, fits, moment).outcome()


class _Pass:
    """One pass: what is observed first, then the parts one by one."""

    def __init__(self, plan: Plan, rows: Sequence[EvidenceRow], fits: Fits, moment: Moment) -> None:
        self._plan = plan
        self._rows = rows
        self._fits = fits
        self._moment = moment
        self._counting = {n: leaf for n, leaf in enumerate(plan.leaves) if has_buckets(leaf)}
        self._observed: dict[int, tuple[EvidenceRow, ...]] = {}
        self._amounts: dict[int, int] = {}
        self._fixed: dict[int, int] = {}
        self._place: dict[str, list[int]] = {}
        watch = plan.observing
        self._choice = {row.id: len(fits[row.id]) - len(watch.intersection(fits[row.id])) for row in rows}

    def outcome(self) -> Outcome:
        self._observe()
        solved = tuple(self._solve(part) for part in self._plan.required)
        for each in solved:
            self._keep(each)
        for part in self._plan.optional:
            self._keep(self._solve(part))
        claimed: dict[int, list[EvidenceRow]] = {}
        for row in sorted((row for row in self._rows if row.id in self._place), key=_age):
            for number in self._place[row.id]:
                claimed.setdefault(number, []).append(row)
        by_leaf = {number: tuple(claims) for number, claims in claimed.items()}
        place = {row: tuple(sorted(numbers)) for row, numbers in self._place.items()}
        states = _states(self._plan, by_leaf | self._observed, self._amounts)
        return Outcome(place, by_leaf, self._observed, self._amounts, states, solved)

    def _keep(self, solved: Solved) -> None:
        owner = solved.shape.owner
        for row, slot in zip(solved.rows, solved.network.place, strict=True):
            if slot != FREE:
                self._place.setdefault(row.id, []).append(solved.shape.leaves[owner.get(slot, slot)])

    # What is observed ------------------------------------------------------------------------------

    def _observe(self) -> None:
        if self._plan.observing:
            fitting: dict[int, list[EvidenceRow]] = {number: [] for number in self._plan.observing}
            for row in sorted(self._rows, key=_age):
                for number in self._fits[row.id]:
                    if number in fitting:
                        fitting[number].append(row)
            for number in sorted(fitting):
                self._look(number, fitting[number])
        constants = range(len(self._plan.leaves), len(self._plan.leaves) + len(self._plan.nodes))
        if self._plan.waived:
            # a waived node stands in the shapes as one leaf that has all it needs
            self._fixed |= dict.fromkeys(constants, max(self._plan.waived.values()))

    def _look(self, number: int, rows: Sequence[EvidenceRow]) -> None:
        leaf = self._plan.leaves[number]
        if leaf.amount is not None:
            self._amounts[number] = add_up(leaf, rows, self._moment)
            self._observed[number] = tuple(rows)
            self._fixed[number] = int(self._amounts[number] >= leaf.amount.at_least)
            return
        shape = Shape((number,), (leaf.count,), (TOP,))
        buckets = Buckets(shape, {number: leaf} if has_buckets(leaf) else {}, {number: rows}, self._moment)
        network = Network(buckets.shape, [buckets.enter(0, row.id) for row in rows])
        network.settle()
        places = zip(rows, network.place, strict=True)
        self._observed[number] = tuple(row for row, slot in places if slot != FREE)
        self._fixed[number] = len(self._observed[number])

    # What is claimed -------------------------------------------------------------------------------

    def _solve(self, part: Part) -> Solved:
        ranked = self._ranked(part)
        best: Solved | None = None
        missing = 0
        for plain in part.shapes:
            shape, slots = self._slots(plain, ranked)
            fixed = self._fixed_in(plain)
            if best is not None and shape.demand - _most(shape, slots, fixed) >= missing:
                continue
            network = Network(shape, slots, fixed)
            short = shape.demand - network.flow
            if best is None or short < missing:
                best, missing = Solved(shape, tuple(row for row, _ in ranked), network), short
            if missing == 0:
                break
        assert best is not None, "a part has at least one shape"
        best.network.settle()
        return best

    def _ranked(self, part: Part) -> list[tuple[EvidenceRow, list[int]]]:
        """Return the rows that a part may claim, in order of rank, each with the leaves it fits there."""
        found = []
        for pool, numbers in enumerate(part.pools):
            for row in self._rows:
                fitting = [number for number in self._fits[row.id] if number in numbers]
                if fitting and not self._is_taken(row.id, numbers):
                    found.append((self._choice[row.id], row.occurred_at, row.id, pool, row, fitting))
        found.sort(key=lambda each: each[:4])
        return [(row, fitting) for *_, row, fitting in found]

    def _is_taken(self, row: str, numbers: frozenset[int]) -> bool:
        """Tell whether a leaf of the same pool claims the row already: optional leaves come last."""
        taken = self._place.get(row)
        if not taken:
            return False
        pool = self._plan.pools[min(numbers)]
        return any(self._plan.pools[number] == pool for number in taken)

    def _slots(
        self, shape: Shape, ranked: Sequence[tuple[EvidenceRow, list[int]]]
    ) -> tuple[Shape, list[tuple[int, ...]]]:
        slots = shape.slots
        if not any(number in slots for number in self._counting):
            return shape, [
                tuple([slots[number] for number in fitting if number in slots]) for _, fitting in ranked
            ]
        fitting_rows: dict[int, list[EvidenceRow]] = {}
        for row, fitting in ranked:
            for number in fitting:
                fitting_rows.setdefault(number, []).append(row)
        buckets = Buckets(shape, self._counting, fitting_rows, self._moment)
        ways = [
            tuple(
                [way for number in fitting if number in slots for way in buckets.enter(slots[number], row.id)]
            )
            for row, fitting in ranked
        ]
        return buckets.shape, ways

    def _fixed_in(self, shape: Shape) -> list[tuple[int, int]]:
        if not self._fixed:
            return []
        return [
            (slot, min(self._fixed[number], shape.capacity[slot]))
            for slot, number in enumerate(shape.leaves)
            if number in self._fixed
        ]


def _age(row: EvidenceRow) -> tuple[object, str]:
    return row.occurred_at, row.id


def _most(shape: Shape, slots: Sequence[Sequence[int]], fixed: Sequence[tuple[int, int]]) -> int:
    """Return a bound on the flow: what each slot could get if rows were not shared."""
    supply = [0] * len(shape.capacity)
    for slot, units in fixed:
        supply[slot] += units
    for fitting in slots:
        for slot in fitting:
            supply[slot] += 1
    most = 0
    # buckets stand last and hubs after their leaves, and each of them after what is above it
    leaves, hubs = len(shape.leaves), len(shape.capacity) - len(shape.owner)
    order = [*range(len(shape.capacity) - 1, hubs - 1, -1), *range(leaves), *range(hubs - 1, leaves - 1, -1)]
    for slot in order:
        reached = min(supply[slot], shape.capacity[slot])
        if shape.parent[slot] == TOP:
            most += reached
        else:
            supply[shape.parent[slot]] += reached
    return most


def _states(
    plan: Plan, rows: Mapping[int, tuple[EvidenceRow, ...]], amounts: Mapping[int, int]
) -> tuple[NodeState, ...]:
    """Return the state of every node, worked out from the leaves upwards."""
    states: list[NodeState | None] = [None] * len(plan.nodes)
    for index in range(len(plan.nodes) - 1, -1, -1):
        planned = plan.nodes[index]
        if index in plan.waived:
            states[index] = NodeState(plan.waived[index], 0, held=False, waived=plan.waived[index])
            continue
        if planned.leaf is not None:
            leaf = plan.leaves[planned.leaf]
            held = len(rows.get(planned.leaf, ()))
            have = held if leaf.amount is None else int(amounts[planned.leaf] >= leaf.amount.at_least)
            states[index] = NodeState(leaf.count, have, have > 0)
            continue
        children = [state for child in planned.children if (state := states[child]) is not None]
        # the sort is stable, so equal shortfalls stay in document order
        best = sorted(children, key=lambda state: state.short)[: planned.wanted]
        states[index] = NodeState(
            sum(state.need for state in best),
            sum(state.have for state in best),
            any(state.held for state in children),
            sum(state.waived for state in best),
        )
    return tuple(state for state in states if state is not None)
