"""Which row pays for which leaf: a maximum flow from rows through leaves and hubs, never first-fit.

Among all maximum flows the answer is one and the same whatever the history: the one whose sorted list
of (row rank, leaf rank) pairs is lexicographically first. Rows come in order of rank, leaves in document
order. Flows are integral, so no arithmetic beyond counting is needed.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.rules.plan import TOP, Shape

FREE = -1
"""The place of a row that is not claimed."""

_SOURCE = -1
_SINK = -2


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Leaf slots that compete for too few rows: any new row that fits one of them closes a unit.

    `have` units of theirs are there.
    """

    slots: tuple[int, ...]
    missing: int
    have: int


class Network:
    """The flow of rows into the slots of one shape; a row is an edge between the leaves it fits.

    A state of the residual graph is `2 * slot` (before the slot's capacity) or `2 * slot + 1` (behind
    it). `place[row]` is the slot that claims the row, or `FREE`; `used[slot]` is the flow through it.
    """

    __slots__ = (
        "_capacity",
        "_children",
        "_entries",
        "_fits",
        "_fixed",
        "_movable",
        "_owner",
        "_parent",
        "_ways",
        "place",
        "used",
    )

    def __init__(
        self, shape: Shape, fits: Sequence[Sequence[int]], fixed: Iterable[tuple[int, int]] = ()
    ) -> None:
        """Fill the slots with as many rows as they can take.

        `fits[row]` are leaf slots in document order, or buckets of them. `fixed` slots hold so many units
        already, which no row pays for; they never move.
        """
        size = len(shape.capacity)
        self._capacity = shape.capacity
        self._parent = shape.parent
        self._owner = shape.owner
        self._fits = fits
        self._ways = list(fits)
        self._entries = frozenset().union(*fits)
        self.used = [0] * size
        self.place = [FREE] * len(fits)
        # the rows of each leaf that may still move, as ordered sets
        self._movable: list[dict[int, None]] = [{} for _ in range(size)]
        self._children: list[list[int]] = [[] for _ in range(size)]
        for slot, above in enumerate(shape.parent):
            if above != TOP:
                self._children[above].append(slot)
        self._fixed = sum(self._fix(slot) for slot, units in fixed for _ in range(units))
        dead: set[int] = set()
        for row in range(len(fits)):
            self._enter(row, dead, exchange=False)

    def _fix(self, slot: int) -> bool:
        if not self._has_room(slot):
            return False
        while slot != TOP:
            self.used[slot] += 1
            slot = self._parent[slot]
        return True

    @property
    def flow(self) -> int:
        """How many units are there: the fixed ones, and one for each row that is claimed."""
        return self._fixed + self._claimed

    @property
    def _claimed(self) -> int:
        return len(self.place) - self.place.count(FREE)

    # The one answer among all maximum flows --------------------------------------------------------

    def settle(self) -> None:
        """Turn the maximum flow into the lexicographically first one, row by row in order of rank."""
        unsettled = self._claimed
        dead: set[int] = set()
        for row, slots in enumerate(self._fits):
            if unsettled == 0:
                return
            place = self.place[row]
            if place == FREE:
                # a row of better rank may take the place of one that is not settled yet
                self._exchange(row, dead)
            elif self._owner.get(place, place) != self._owner.get(slots[0], slots[0]):
                self._leave(row)
                self._enter(row, set(), exchange=True)
            if self.place[row] != FREE:
                self._hold(row)
                unsettled -= 1

    def _hold(self, row: int) -> None:
        """Let the row stay with its leaf; among the buckets of that leaf it may still move."""
        place = self.place[row]
        if place in self._owner:
            leaf = self._owner[place]
            self._ways[row] = [slot for slot in self._fits[row] if self._owner.get(slot) == leaf]
        else:
            del self._movable[place][row]

    def _exchange(self, row: int, dead: set[int]) -> None:
        for leaf in self._fits[row]:
            if self._reroute(row, leaf, dead, goal=_SOURCE, exchange=True):
                return

    def _enter(self, row: int, dead: set[int], *, exchange: bool) -> None:
        """Claim `row` for the first leaf that allows it; `dead` is as for `_reroute`."""
        for leaf in self._fits[row]:
            if self._has_room(leaf):
                self._take(row, leaf)
                return
            if self._reroute(row, leaf, dead, goal=_SINK, exchange=exchange):
                return

    def _has_room(self, slot: int) -> bool:
        while slot != TOP:
            if self.used[slot] == self._capacity[slot]:
                return False
            slot = self._parent[slot]
        return True

    def _take(self, row: int, leaf: int) -> None:
        self.place[row] = leaf
        self._movable[leaf][row] = None
        while leaf != TOP:
            self.used[leaf] += 1
            leaf = self._parent[leaf]

    def _leave(self, row: int) -> None:
        slot = self.place[row]
        self.place[row] = FREE
        del self._movable[slot][row]
        while slot != TOP:
            self.used[slot] -= 1
            slot = self._parent[slot]

    # The residual graph ----------------------------------------------------------------------------

    def _reroute(self, row: int, leaf: int, dead: set[int], *, goal: int, exchange: bool) -> bool:
        """Claim `row` for `leaf` if a walk from there reaches `goal`, moving rows along the walk.

        States in `dead` are known not to reach it, and those of a walk in vain are added. They stay dead
        for the rows that follow: no edge leaves them, so no later walk that arrives passes them, and only
        such a walk adds edges, between states that it passes. What else changes when a row is held, or a
        worse one enters, is that edges go.
        """
        start = 2 * leaf
        if start in dead:
            return False
        before = {start: (start, FREE)}
        queue = [start]
        for state in queue:
            source = state == _SOURCE
            edges = self._incoming(row, before) if source else self._edges(state, row, exchange=exchange)
            for following, moved in edges:
                if following in before or following in dead:
                    continue
                before[following] = (state, moved)
                if following == goal:
                    self._shift(row, start, goal, before)
                    return True
                queue.append(following)
        dead.update(queue)
        return False

    def _edges(self, state: int, entering: int, *, exchange: bool) -> Iterator[tuple[int, int]]:
        """Return the states after this one, each with the row that moves on the way (or `FREE`).

        With `exchange`, a movable row may be let go and one of worse rank than `entering` come in.
        """
        if state & 1:
            return self._behind(state >> 1)
        return self._front(state >> 1, entering, exchange=exchange)

    def _incoming(self, entering: int, before: Container[int]) -> Iterator[tuple[int, int]]:
        """Return the states that the walk has not met and a free row leads to, each with the first such."""
        unmet = {slot for slot in self._entries if 2 * slot not in before}
        for row in range(entering + 1, len(self.place)):
            if self.place[row] == FREE and not unmet.isdisjoint(self._fits[row]):
                for leaf in self._fits[row]:
                    if leaf in unmet:
                        unmet.remove(leaf)
                        yield 2 * leaf, row
                if not unmet:
                    return

    def _behind(self, slot: int) -> Iterator[tuple[int, int]]:
        above = self._parent[slot]
        yield (_SINK if above == TOP else 2 * above), FREE
        if self.used[slot]:
            yield 2 * slot, FREE

    def _front(self, slot: int, entering: int, *, exchange: bool) -> Iterator[tuple[int, int]]:
        if self.used[slot] < self._capacity[slot]:
            yield 2 * slot + 1, FREE
        for child in self._children[slot]:
            if self.used[child]:
                yield 2 * child + 1, FREE
        for row in self._movable[slot]:
            for leaf in self._ways[row]:
                yield 2 * leaf, row
            if exchange and row > entering:
                yield _SOURCE, row

    def _shift(self, row: int, start: int, goal: int, before: dict[int, tuple[int, int]]) -> None:
        state = goal
        while state != start:
            earlier, moved = before[state]
            if moved == FREE:
                if state >> 1 == earlier >> 1:
                    self.used[state >> 1] += 1 if state > earlier else -1
            else:
                if earlier != _SOURCE:
                    del self._movable[earlier >> 1][moved]
                self.place[moved] = FREE
                if state != _SOURCE:
                    self.place[moved] = state >> 1
                    self._movable[state >> 1][moved] = None
            state = earlier
        self.place[row] = start >> 1
        self._movable[start >> 1][row] = None

    # What is missing -------------------------------------------------------------------------------

    def open_groups(self, leaves: int) -> tuple[OpenGroup, ...]:
        """Return the groups of leaves that a new row would help (Hall violators), in document order.

        The first `leaves` slots are leaves.
        """
        alive = self._alive()
        group = _Groups(len(self._capacity))
        for row, place in enumerate(self.place):
            if place in alive:
                for leaf in self._fits[row]:
                    if leaf in alive:
                        group.join(leaf, place)
        for slot in alive:
            if self._parent[slot] in alive:
                group.join(slot, self._parent[slot])
        members: dict[int, list[int]] = {}
        for leaf in sorted(alive):
            if leaf < leaves:
                members.setdefault(group.root(leaf), []).append(leaf)
        return tuple(
            OpenGroup(tuple(slots), self._missing(slots), sum(self.used[slot] for slot in slots))
            for slots in members.values()
        )

    def _missing(self, leaves: list[int]) -> int:
        tops = dict.fromkeys(self._top(leaf) for leaf in leaves)
        return sum(self._capacity[top] - self.used[top] for top in tops)

    def _top(self, slot: int) -> int:
        while self._parent[slot] != TOP:
            slot = self._parent[slot]
        return slot

    def _alive(self) -> set[int]:
        """Return the slots from whose front the sink can be reached."""
        rows_at: dict[int, list[int]] = {}
        for row, place in enumerate(self.place):
            rows_at.setdefault(place, []).append(row)
        front: set[int] = set()
        grown = True
        while grown:
            grown = False
            for slot in range(len(self._capacity) - 1, -1, -1):
                if slot not in front and self._lives(slot, front, rows_at.get(slot, [])):
                    front.add(slot)
                    grown = True
        return front

    def _lives(self, slot: int, front: set[int], rows: list[int]) -> bool:
        if self.used[slot] < self._capacity[slot] and self._lives_behind(slot, front):
            return True
        if any(self.used[child] and child in front for child in self._children[slot]):
            return True
        return any(leaf in front for row in rows for leaf in self._fits[row])

    def _lives_behind(self, slot: int, front: set[int]) -> bool:
        above = self._parent[slot]
        return above == TOP or above in front


class _Groups:
    """A partition that is only ever made coarser."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, slot: int) -> int:
        while self._above[slot] != slot:
            slot = self._above[slot]
        return slot

    def join(self, one: int, other: int) -> None:
        self._above[self.root(one)] = self.root(other)
