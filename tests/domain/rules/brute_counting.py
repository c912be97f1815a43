"""Counting by values, pools, waivers and pins, written a second time in the most naive way that ends.

The units of a leaf are read from their meaning: the fewest fresh pieces of evidence, each with a value of its
own, that would make the leaf full.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import Leaf, RuleNode
from tests.domain.rules import brute


@dataclass(frozen=True)
class Case:
    """A rule with all that is decided around it for one learner."""

    rule: RuleNode
    double_counting: str = "forbid"
    waived: frozenset[str] = frozenset()
    substitutes: frozenset[tuple[str, str]] = frozenset()
    pins: Mapping[str, str] = field(default_factory=dict)

    def fits(self, row: EvidenceRow, leaf: Leaf) -> bool:
        asked = brute.fits(row, leaf) or (row.id, leaf.key) in self.substitutes
        if self.pool(leaf) is None or row.id not in self.pins:
            return asked
        return asked and self.pins[row.id] == leaf.key

    def pool(self, leaf: Leaf) -> str | None:
        if self.double_counting == "allow" or leaf.shared or leaf.amount:
            return None
        if leaf.pool:
            return f"own {leaf.pool}"
        return str(leaf.section) if self.double_counting == "per_section" else "all"


def values(row: EvidenceRow) -> tuple[str, ...]:
    found = row.data.get("community", ())
    return (found,) if isinstance(found, str) else tuple(found)


def units(leaf: Leaf, rows: Iterable[EvidenceRow]) -> int:
    """Return the size of the largest set of rows that fresh ones could complete."""
    rows = list(rows)
    best = 0
    for size in range(1, min(len(rows), leaf.count) + 1):
        if any(completable(leaf, chosen) for chosen in combinations(rows, size)):
            best = size
    return best


def completable(leaf: Leaf, rows: Sequence[EvidenceRow]) -> bool:
    return any(_is_fine(leaf, stand_for) for stand_for in product(*(values(row) or (None,) for row in rows)))


def _is_fine(leaf: Leaf, stand_for: Sequence[str | None]) -> bool:
    if leaf.cap_per and max(Counter(stand_for).values()) > leaf.cap_per.max:
        return False
    fresh = leaf.count - len(stand_for)
    return leaf.distinct is None or len(set(stand_for) - {None}) + fresh >= leaf.distinct.at_least


def amount(leaf: Leaf, rows: Sequence[EvidenceRow]) -> int:
    """Return the most that the rows can come to."""
    best = 0
    for stand_for in product(*(values(row) or (None,) for row in rows)):
        sums: Counter[str | None] = Counter()
        for row, value in zip(rows, stand_for, strict=True):
            sums[value] += row.minutes
        most = leaf.cap_per.max if leaf.cap_per else 10**9
        best = max(best, sum(min(each, most) for each in sums.values()) if leaf.cap_per else sums.total())
    return best


def shortfall(case: Case, node: RuleNode, have: Mapping[str, int]) -> int:
    if node.key in case.waived:
        return 0
    if isinstance(node, Leaf):
        return node.count - have.get(node.key, 0)
    short = sorted(shortfall(case, child, have) for child in node.children if not child.optional)
    wanted = getattr(node, "n", None) or len(short)
    return sum(short[:wanted])


def least_shortfall(case: Case, rows: Sequence[EvidenceRow]) -> int:
    fixed = {}
    pools: dict[str, list[Leaf]] = {}
    for leaf in brute.required_leaves(case.rule):
        fitting = [row for row in rows if case.fits(row, leaf)]
        pool = case.pool(leaf)
        if leaf.amount:
            fixed[leaf.key] = int(amount(leaf, fitting) >= leaf.amount.at_least)
        elif pool is None:
            fixed[leaf.key] = units(leaf, fitting)
        else:
            pools.setdefault(pool, []).append(leaf)
    ways = [vectors(case, leaves, rows) for leaves in pools.values()]
    return min(
        shortfall(case, case.rule, fixed | {key: n for vector in chosen for key, n in vector})
        for chosen in product(*ways)
    )


def vectors(
    case: Case, leaves: Sequence[Leaf], rows: Sequence[EvidenceRow]
) -> set[tuple[tuple[str, int], ...]]:
    """Return what the leaves of one pool can have at once."""
    known: dict[tuple[str, tuple[str, ...]], int] = {}
    by_id = {row.id: row for row in rows}
    found = set()
    for given in spread(case, leaves, rows):
        vector = []
        for leaf in leaves:
            own = tuple(row for row, key in given.items() if key == leaf.key)
            if (leaf.key, own) not in known:
                known[leaf.key, own] = units(leaf, [by_id[row] for row in own])
            vector.append((leaf.key, known[leaf.key, own]))
        found.add(tuple(vector))
    return found


def spread(case: Case, leaves: Sequence[Leaf], rows: Sequence[EvidenceRow]) -> Iterator[dict[str, str]]:
    options = [[None, *(leaf.key for leaf in leaves if case.fits(row, leaf))] for row in rows]
    for chosen in product(*options):
        yield {row.id: key for row, key in zip(rows, chosen, strict=True) if key is not None}


def first_assignment(case: Case, rows: Sequence[EvidenceRow]) -> dict[str, str]:
    """Return the assignment that the tie-break picks, for a rule of one pool without observers."""
    leaves = brute.required_leaves(case.rule)
    order = {leaf.key: number for number, leaf in enumerate(leaves)}
    ranked = sorted(
        rows, key=lambda row: (sum(case.fits(row, leaf) for leaf in leaves), row.occurred_at, row.id)
    )
    rank = {row.id: number for number, row in enumerate(ranked)}
    by_id = {row.id: row for row in rows}
    least = least_shortfall(case, rows)
    claimed = shortfall(case, case.rule, {}) - least
    best: list[tuple[int, int]] | None = None
    answer: dict[str, str] = {}
    for given in spread(case, leaves, rows):
        if len(given) != claimed:
            continue
        held = {leaf.key: [by_id[row] for row, key in given.items() if key == leaf.key] for leaf in leaves}
        have = {leaf.key: units(leaf, held[leaf.key]) for leaf in leaves}
        if (
            any(have[key] != len(own) for key, own in held.items())
            or shortfall(case, case.rule, have) != least
        ):
            continue
        pairs = sorted((rank[row], order[key]) for row, key in given.items())
        if best is None or pairs < best:
            best, answer = pairs, given
    return answer
