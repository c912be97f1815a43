"""One pass over the rows: which leaf claims which row, and the units of every node that follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.rules.assignment import FREE, Network
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.plan import TOP, Part, Plan, Shape
from app.domain.rules.predicates import Moment

Fits = Mapping[str, tuple[int, ...]]
"""The numbers of the leaves that each row fits, by the id of the row, rising."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The flow of one part: its shape, and the rows in order of rank."""

    shape: Shape
    rows: tuple[EvidenceRow, ...]
    network: Network


@dataclass(frozen=True, slots=True)
class NodeState:
    """Units of a node: what it needs and has. `held` tells whether any leaf below holds a row."""

    need: int
    have: int
    held: bool

    @property
    def short(self) -> int:
        """How many units are missing."""
        return self.need - self.have


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass found. `place` gives the leaf that claims a row; `states` follow the plan's nodes."""

    place: Mapping[str, int]
    claimed: Mapping[int, tuple[EvidenceRow, ...]]
    states: tuple[NodeState, ...]
    solved: tuple[Solved, ...]


def find_fits(plan: Plan, rows: Iterable[EvidenceRow], moment: Moment) -> dict[str, tuple[int, ...]]:
    """Return the leaves that each row fits."""
    fits = {}
    for row in rows:
        found = []
        for number, checks in plan.judges.get(row.kind, ()):
            for check in checks:
                if not check(row, moment):
                    break
            else:
                found.append(number)
        fits[row.id] = tuple(found)
    return fits


def solve(plan: Plan, rows: Sequence[EvidenceRow], fits: Fits) -> Outcome:
    """Claim rows so that the fewest units are missing; optional leaves take what is left over."""
    solved = tuple(_solve_part(part, rows, fits) for part in plan.required)
    place = _places(solved)
    if plan.optional:
        left = [row for row in rows if row.id not in place]
        place |= _places(_solve_part(part, left, fits) for part in plan.optional)
    claimed: dict[int, list[EvidenceRow]] = {}
    for row in sorted((row for row in rows if row.id in place), key=_age):
        claimed.setdefault(place[row.id], []).append(row)
    by_leaf = {number: tuple(claims) for number, claims in claimed.items()}
    return Outcome(place, by_leaf, _states(plan, by_leaf), solved)


def _age(row: EvidenceRow) -> tuple[object, str]:
    return row.occurred_at, row.id


def _solve_part(part: Part, rows: Sequence[EvidenceRow], fits: Fits) -> Solved:
    leaves = frozenset(part.leaves)
    fitting = {row.id: [leaf for leaf in fits[row.id] if leaf in leaves] for row in rows}
    ranked = sorted(
        (row for row in rows if fitting[row.id]),
        key=lambda row: (len(fitting[row.id]), row.occurred_at, row.id),
    )
    best: Solved | None = None
    missing = 0
    for shape in part.shapes:
        slots = [
            tuple(shape.slots[leaf] for leaf in fitting[row.id] if leaf in shape.slots) for row in ranked
        ]
        if best is not None and shape.demand - _most(shape, slots) >= missing:
            continue
        network = Network(shape, slots)
        short = shape.demand - network.flow
        if best is None or short < missing:
            best, missing = Solved(shape, tuple(ranked), network), short
        if missing == 0:
            break
    assert best is not None, "a part has at least one shape"
    best.network.settle()
    return best


def _most(shape: Shape, slots: Sequence[Sequence[int]]) -> int:
    """Return a bound on the flow: what each slot could get if rows were not shared."""
    supply = [0] * len(shape.capacity)
    for fitting in slots:
        for slot in fitting:
            supply[slot] += 1
    most = 0
    # hubs stand after their leaves, and a hub after the hub above it
    order = [*range(len(shape.leaves)), *range(len(shape.capacity) - 1, len(shape.leaves) - 1, -1)]
    for slot in order:
        reached = min(supply[slot], shape.capacity[slot])
        if shape.parent[slot] == TOP:
            most += reached
        else:
            supply[shape.parent[slot]] += reached
    return most


def _places(solved: Iterable[Solved]) -> dict[str, int]:
    return {
        row.id: each.shape.leaves[slot]
        for each in solved
        for row, slot in zip(each.rows, each.network.place, strict=True)
        if slot != FREE
    }


def _states(plan: Plan, claimed: Mapping[int, tuple[EvidenceRow, ...]]) -> tuple[NodeState, ...]:
    """Return the state of every node, worked out from the leaves upwards."""
    states: list[NodeState | None] = [None] * len(plan.nodes)
    for index in range(len(plan.nodes) - 1, -1, -1):
        planned = plan.nodes[index]
        if planned.leaf is not None:
            have = len(claimed.get(planned.leaf, ()))
            states[index] = NodeState(plan.leaves[planned.leaf].count, have, have > 0)
            continue
        children = [state for child in planned.children if (state := states[child]) is not None]
        # the sort is stable, so equal shortfalls stay in document order
        best = sorted(children, key=lambda state: state.short)[: planned.wanted]
        states[index] = NodeState(
            sum(state.need for state in best),
            sum(state.have for state in best),
            any(state.held for state in children),
        )
    return tuple(state for state in states if state is not None)
