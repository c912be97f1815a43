"""What can be worked out about a rule before any evidence is known.

A tree whose `n_of` nodes choose among single units is one flow problem. An `n_of` over composite
children is a choice between several: set packing, NP-hard. So the rule is split into parts whose leaves
can never compete for one row, and each part lists the few shapes its choices come to. Publishing refuses
a part with more than `MAX_COMBINATIONS`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import prod
from typing import Literal, TypeAlias

from app.domain.rules.language import Group, Leaf, RuleNode, required, walk, wanted
from app.domain.rules.predicates import RPL, predicates_of, rpl_predicates_of
from app.domain.rules.questions import Check, Predicate
from app.domain.rules.record_predicates import LAPSING

MAX_COMBINATIONS = 512
MAX_LEAVES = 200

TOP = -1
"""The parent of a slot that no hub limits."""

DoubleCounting: TypeAlias = Literal["forbid", "allow", "per_section"]
Judges: TypeAlias = Mapping[str, tuple[tuple[int, tuple[Check, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan needs to know beside the rule: how pools are made, and which nodes are waived.

    Each of `together` holds the keys of leaves that a row fits at once, though by their fields none could:
    a substitute does, and an act that two sources told of.
    """

    double_counting: DoubleCounting = "forbid"
    waived: frozenset[str] = frozenset()
    together: frozenset[frozenset[str]] = frozenset()

    def pool_of(self, leaf: Leaf) -> str | None:
        """Return the pool in which the leaf claims rows; None for a leaf that observes."""
        if leaf.observes or self.double_counting == "allow":
            return None
        if leaf.pool is not None:
            return f"pool {leaf.pool}"
        return f"section {leaf.section or ''}" if self.double_counting == "per_section" else ""

    def may_share(self, one: Leaf, other: Leaf) -> bool:
        """Tell whether a row could fit both leaves. True when in doubt."""
        return may_share(one, other) or any(one.key in keys and other.key in keys for keys in self.together)


FORBID = Terms()


@dataclass(frozen=True, slots=True)
class PlanNode:
    """A node in document order; `children` are the required ones, of which `wanted` must be met.

    `leaf` is the number of a leaf.
    """

    node: RuleNode
    parent: int | None
    children: tuple[int, ...]
    wanted: int
    leaf: int | None


@dataclass(frozen=True, slots=True)
class Shape:
    """One flow problem: slots with capacities in a forest. The first `len(leaves)` slots are leaves.

    `leaves` gives their numbers, rising, and `slots` the way back; the slots after them are hubs.
    `parent` is a slot or `TOP`. `demand` is the flow that would meet everything. `owner` gives the leaf
    of each slot that is a bucket of one: such slots stand last, and rows enter a leaf by them.
    """

    leaves: tuple[int, ...]
    capacity: tuple[int, ...]
    parent: tuple[int, ...]
    owner: Mapping[int, int] = field(default_factory=dict, compare=False)
    slots: Mapping[int, int] = field(init=False, repr=False, compare=False)
    demand: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", {number: slot for slot, number in enumerate(self.leaves)})
        tops = (size for size, above in zip(self.capacity, self.parent, strict=True) if above == TOP)
        object.__setattr__(self, "demand", sum(tops))


@dataclass(frozen=True, slots=True)
class Part:
    """Leaves that may compete for rows, and the ways to choose among them in document order.

    `pools` groups those leaves that claim: a row may be claimed once in each pool.
    """

    leaves: tuple[int, ...]
    shapes: tuple[Shape, ...]
    pools: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule made ready. `leaf_nodes` maps a leaf's number to its node's.

    `judges` says for each kind of evidence which leaves it could fit, and what they then ask of it;
    `questions` and `rpl_questions` hold the same by leaf, with their words. `once_judges` leaves out what
    time alone may have turned to no, and lists only leaves that ask such a thing. `observing` are the
    leaves that claim nothing. `waived` gives the demand of each node, by its place in `nodes`, that an
    exception waives; the numbers from `len(leaves)` on stand for such nodes in the shapes.
    """

    nodes: tuple[PlanNode, ...]
    leaves: tuple[Leaf, ...]
    leaf_nodes: tuple[int, ...]
    required: tuple[Part, ...]
    optional: tuple[Part, ...]
    questions: tuple[tuple[Predicate, ...], ...]
    rpl_questions: tuple[tuple[Predicate, ...], ...]
    judges: Judges
    once_judges: Judges
    pools: tuple[str | None, ...]
    observing: frozenset[int]
    waived: Mapping[int, int]


Tree: TypeAlias = "int | tuple[int, tuple[Tree, ...]]"
"""A leaf number, or a hub: its capacity and what feeds it."""


def make_plan(rule: RuleNode, terms: Terms = FORBID) -> Plan:
    """Return the plan of an expanded rule. Raises `ValueError` for a rule that publishing refuses."""
    pairs = list(walk(rule))
    index = {id(node): number for number, (node, _) in enumerate(pairs)}
    leaves = tuple(node for node, _ in pairs if isinstance(node, Leaf))
    number_of = {leaf.key: number for number, leaf in enumerate(leaves)}
    shadow = _shadow(rule, terms.waived) if terms.waived else rule
    for node, _ in walk(shadow):
        if isinstance(node, Leaf):
            number_of.setdefault(node.key, len(number_of))
    questions = tuple(predicates_of(leaf) for leaf in leaves)
    rpl_questions = tuple(rpl_predicates_of(leaf) for leaf in leaves)
    nodes = tuple(
        PlanNode(
            node,
            None if parent is None else index[id(parent)],
            *_counted(node, index),
            number_of[node.key] if isinstance(node, Leaf) else None,
        )
        for node, parent in pairs
    )
    waived = _waived(nodes, terms.waived)
    return Plan(
        nodes,
        leaves,
        leaf_nodes=tuple(index[id(leaf)] for leaf in leaves),
        required=_parts([shadow], number_of, terms),
        optional=_parts([node for node, _ in walk(shadow) if node.optional], number_of, terms),
        questions=questions,
        rpl_questions=rpl_questions,
        judges=_judges(leaves, questions, rpl_questions),
        once_judges=_judges(leaves, questions, rpl_questions, once=True),
        pools=tuple(terms.pool_of(leaf) for leaf in leaves),
        observing=frozenset(
            n
            for n, leaf in enumerate(leaves)
            if terms.pool_of(leaf) is None and index[id(leaf)] not in waived
        ),
        waived=waived,
    )


def _judges(
    leaves: tuple[Leaf, ...],
    questions: tuple[tuple[Predicate, ...], ...],
    rpl_questions: tuple[tuple[Predicate, ...], ...],
    *,
    once: bool = False,
) -> Judges:
    judges: dict[str, list[tuple[int, tuple[Check, ...]]]] = {}
    for number, leaf in enumerate(leaves):
        kinds = dict.fromkeys(leaf.kinds, questions[number])
        if leaf.accept_rpl:
            kinds[RPL] = rpl_questions[number]
        for kind, asked in kinds.items():
            kept = [each for each in asked if each.field != "kind"]
            if once:
                if not any(each.field in LAPSING for each in kept):
                    continue
                kept = [each for each in kept if each.field not in LAPSING]
            judges.setdefault(kind, []).append((number, tuple(each.holds for each in kept)))
    return {kind: tuple(each) for kind, each in judges.items()}


# What is waived -------------------------------------------------------------------------------------


def demand_of(node: RuleNode) -> int:
    """Return the units that a node asks for before anything is claimed."""
    if isinstance(node, Leaf):
        return node.count
    return sum(sorted(demand_of(child) for child in required(node.children))[: wanted(node)])


def _shadow(node: RuleNode, waived: frozenset[str]) -> RuleNode:
    """Return the rule with a leaf that claims nothing in the place of each waived node."""
    if node.key in waived:
        return Leaf(
            key=f"{node.key} waived",
            kind="evidence",
            count=demand_of(node),
            shared=True,
            optional=node.optional,
        )
    if isinstance(node, Leaf):
        return node
    children = tuple(_shadow(child, waived) for child in node.children)
    return replace(node, children=children)  # type: ignore[arg-type]  # a waived leaf is a leaf


def _waived(nodes: tuple[PlanNode, ...], keys: frozenset[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for number, planned in enumerate(nodes):
        if planned.node.key in keys or planned.parent in found:
            found[number] = demand_of(planned.node)
    return found


def _counted(node: RuleNode, index: dict[int, int]) -> tuple[tuple[int, ...], int]:
    if isinstance(node, Leaf):
        return (), 0
    children = tuple(index[id(child)] for child in required(node.children))
    if not children:
        raise ValueError(f"coverage {node.key!r} is not expanded")
    return children, wanted(node)


# Splitting into parts -------------------------------------------------------------------------------


def components(roots: Iterable[RuleNode], terms: Terms = FORBID) -> list[list[RuleNode]]:
    """Split what `roots` require into groups of subtrees that can never share a row.

    A subtree is an atom when choosing is its affair: below it, nothing can be split off.
    """
    groups: list[tuple[list[RuleNode], list[Leaf]]] = []
    for atom in (atom for root in roots for atom in _atoms(root)):
        own = list(_required_leaves(atom))
        joined = [group for group in groups if _compete(group[1], own, terms)]
        groups = [group for group in groups if group not in joined]
        atoms = [each for group in joined for each in group[0]]
        leaves = [each for group in joined for each in group[1]]
        groups.append(([*atoms, atom], [*leaves, *own]))
    return [group[0] for group in groups]


def _atoms(node: RuleNode) -> Iterator[RuleNode]:
    if isinstance(node, Leaf) or _is_choice(node):
        yield node
        return
    for child in required(node.children):
        yield from _atoms(child)


def _is_choice(group: Group) -> bool:
    return wanted(group) < len(required(group.children))


def _required_leaves(node: RuleNode) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for child in required(node.children):
            yield from _required_leaves(child)


def _compete(some: list[Leaf], others: list[Leaf], terms: Terms) -> bool:
    return any(
        (pool := terms.pool_of(one)) is not None
        and pool == terms.pool_of(other)
        and terms.may_share(one, other)
        for one in some
        for other in others
    )


def may_share(one: Leaf, other: Leaf) -> bool:
    """Tell whether a row could fit both leaves by their fields. True when in doubt."""
    values = [(one.template, other.template), (one.event, other.event), (one.role, other.role)]
    if not (one.accept_rpl and other.accept_rpl):
        if set(one.kinds).isdisjoint(other.kinds):
            return False
        values.append((one.keys, other.keys))
    return not any(mine and theirs and set(mine).isdisjoint(theirs) for mine, theirs in values)


# Counting and listing the choices -------------------------------------------------------------------


def count_combinations(nodes: Iterable[RuleNode]) -> int:
    """Return how many shapes the choices below `nodes` come to, without listing them."""
    return prod(_count(node) for node in nodes)


def has_too_many(rule: RuleNode, terms: Terms) -> bool:
    """Tell whether some part of a rule has more combinations than are judged."""
    return any(count_combinations(atoms) > MAX_COMBINATIONS for atoms in components([rule], terms))


def _count(node: RuleNode) -> int:
    if isinstance(node, Leaf) or _is_hub(node):
        return 1
    # ways[k]: number of ways to choose k of the children seen so far, each with its own choices
    ways = [1] + [0] * wanted(node)
    for child in required(node.children):
        own = _count(child)
        ways = [ways[0], *(ways[k] + ways[k - 1] * own for k in range(1, len(ways)))]
    return ways[-1]


def _is_hub(group: Group) -> bool:
    return _is_choice(group) and all(_is_unit(child) for child in required(group.children))


def _is_unit(node: RuleNode) -> bool:
    if isinstance(node, Leaf):
        return node.count == 1
    return wanted(node) == 1 and all(_is_unit(child) for child in required(node.children))


def _options(node: RuleNode, number_of: dict[str, int]) -> list[tuple[Tree, ...]]:
    if isinstance(node, Leaf):
        return [(number_of[node.key],)]
    children = [_options(child, number_of) for child in required(node.children)]
    if _is_hub(node):
        return [((wanted(node), tuple(tree for options in children for tree in options[0])),)]
    return [
        tuple(tree for option in chosen for tree in option)
        for subset in combinations(children, wanted(node))
        for chosen in product(*subset)
    ]


def _parts(roots: list[RuleNode], number_of: dict[str, int], terms: Terms) -> tuple[Part, ...]:
    parts = []
    for atoms in components(roots, terms):
        if count_combinations(atoms) > MAX_COMBINATIONS:
            raise ValueError("the rule has too many combinations of choices")
        own = {number_of[leaf.key]: leaf for atom in atoms for leaf in _required_leaves(atom)}
        leaves = sorted(own)
        capacity = {number: leaf.count for number, leaf in own.items()}
        ordered = sorted(atoms, key=lambda atom: min(number_of[leaf.key] for leaf in _required_leaves(atom)))
        shapes = tuple(
            _shape([tree for option in chosen for tree in option], capacity)
            for chosen in product(*(_options(atom, number_of) for atom in ordered))
        )
        parts.append(Part(tuple(leaves), shapes, _pools(own, terms)))
    return tuple(parts)


def _pools(leaves: dict[int, Leaf], terms: Terms) -> tuple[frozenset[int], ...]:
    pools: dict[str, set[int]] = {}
    for number in sorted(leaves):
        if (pool := terms.pool_of(leaves[number])) is not None:
            pools.setdefault(pool, set()).add(number)
    return tuple(frozenset(numbers) for numbers in pools.values())


def _shape(trees: list[Tree], counts: dict[int, int]) -> Shape:
    leaves = sorted(_leaf_numbers(trees))
    slot_of = {number: slot for slot, number in enumerate(leaves)}
    capacity = [counts[number] for number in leaves]
    parent = [TOP] * len(leaves)

    def place(tree: Tree, above: int) -> None:
        if isinstance(tree, int):
            parent[slot_of[tree]] = above
            return
        hub = len(capacity)
        capacity.append(tree[0])
        parent.append(above)
        for each in tree[1]:
            place(each, hub)

    for tree in trees:
        place(tree, TOP)
    return Shape(tuple(leaves), tuple(capacity), tuple(parent))


def _leaf_numbers(trees: Iterable[Tree]) -> Iterator[int]:
    for tree in trees:
        if isinstance(tree, int):
            yield tree
        else:
            yield from _leaf_numbers(tree[1])
