"""The semantics of the language, written a second time in the most naive way that ends.

Nothing here is shared with the engine but the words of the language: fitting is asked field by field,
and assignment tries everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import AllOf, Coverage, Leaf, NOf, RuleNode

Claims = Mapping[str, int]


def leaves_of(node: RuleNode) -> list[Leaf]:
    """Return all leaves in document order."""
    if isinstance(node, Leaf):
        return [node]
    return [leaf for child in node.children for leaf in leaves_of(child)]


def required_leaves(node: RuleNode) -> list[Leaf]:
    """Return the leaves that no optional node holds."""
    if node.optional:
        return []
    if isinstance(node, Leaf):
        return [node]
    return [leaf for child in node.children for leaf in required_leaves(child)]


def shortfall(node: RuleNode, claims: Claims) -> int:
    """Return the missing units of a node under these claims."""
    if isinstance(node, Leaf):
        return node.count - min(node.count, claims.get(node.key, 0))
    short = sorted(shortfall(child, claims) for child in node.children if not child.optional)
    assert short, "a group without required children cannot be built"
    match node:
        case AllOf():
            return sum(short)
        case NOf():
            return sum(short[: node.n])
        case Coverage():
            return sum(short[: len(short) if node.n is None else node.n])


def fits(row: EvidenceRow, leaf: Leaf) -> bool:
    """Tell whether a row fits a leaf of the structural tests: they filter by topic alone."""
    return not row.topics.isdisjoint(leaf.topics)


def least_shortfall(rule: RuleNode, rows: Sequence[EvidenceRow]) -> int:
    """Return the least shortfall over every way to give each row to at most one leaf."""
    leaves = required_leaves(rule)
    reached = {(0,) * len(leaves)}
    for row in rows:
        more = set(reached)
        for counts in reached:
            for index, leaf in enumerate(leaves):
                if counts[index] < leaf.count and fits(row, leaf):
                    more.add((*counts[:index], counts[index] + 1, *counts[index + 1 :]))
        reached = more
    keys = [leaf.key for leaf in leaves]
    return min(shortfall(rule, dict(zip(keys, counts, strict=True))) for counts in reached)


def assignments(rule: RuleNode, rows: Sequence[EvidenceRow]) -> Iterator[dict[str, str]]:
    """Yield every way to give each row to one leaf that it fits, or to none: row id → leaf key."""
    leaves = required_leaves(rule)
    options = [[None, *(leaf.key for leaf in leaves if fits(row, leaf))] for row in rows]
    counts = {leaf.key: leaf.count for leaf in leaves}
    for chosen in product(*options):
        taken = [key for key in chosen if key is not None]
        if all(taken.count(key) <= counts[key] for key in set(taken)):
            yield {row.id: key for row, key in zip(rows, chosen, strict=True) if key is not None}


def first_assignment(rule: RuleNode, rows: Sequence[EvidenceRow]) -> dict[str, str]:
    """Return the assignment that the tie-break picks.

    Of those with the least shortfall that claim no row without need, it is the one whose sorted list of
    (row rank, leaf rank) pairs comes first.
    """
    leaves = required_leaves(rule)
    order = {leaf.key: number for number, leaf in enumerate(leaves)}
    ranked = sorted(rows, key=lambda row: (sum(fits(row, leaf) for leaf in leaves), row.occurred_at, row.id))
    rank = {row.id: number for number, row in enumerate(ranked)}
    demand = shortfall(rule, {})
    least = least_shortfall(rule, rows)
    best: list[tuple[int, int]] | None = None
    answer: dict[str, str] = {}
    for given in assignments(rule, rows):
        if len(given) != demand - least:
            continue
        keys = list(given.values())
        if shortfall(rule, {key: keys.count(key) for key in keys}) != least:
            continue
        pairs = sorted((rank[row], order[key]) for row, key in given.items())
        if best is None or pairs < best:
            best, answer = pairs, given
    return answer


def first_fit(rule: RuleNode, rows: Sequence[EvidenceRow]) -> int:
    """Return the shortfall of the greedy method: each leaf in turn takes the first rows that fit."""
    left = list(rows)
    claims = {}
    for leaf in required_leaves(rule):
        taken = [row for row in left if fits(row, leaf)][: leaf.count]
        left = [row for row in left if row not in taken]
        claims[leaf.key] = len(taken)
    return shortfall(rule, claims)
