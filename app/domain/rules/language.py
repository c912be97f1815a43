"""The words of the rule language: a passport's rule as a tree of frozen nodes.

A tree that could be met by nothing cannot be built: an empty group, a count of zero and an `n` beyond
the children raise `ValueError` here, whoever builds them. `parse` makes trees from documents and finds
such faults first, with their place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias, assert_never, get_args

from app.domain.instants import Duration
from app.domain.rules.checks import PathCheck
from app.domain.rules.version_ranges import VersionRange

Section: TypeAlias = Literal["experience", "content", "choice"]
LeafKind: TypeAlias = Literal[
    "content",
    "event",
    "experience",
    "choice",
    "artifact",
    "assessment",
    "partnership",
    "endorsement",
    "credential",
    "passport",
    "evidence",
    "amount",
]
Unit: TypeAlias = Literal["minutes", "points", "credits"]

SECTIONS: tuple[Section, ...] = ("experience", "content", "choice")
"""The three attributes of a passport."""

ASSURANCES = ("self", "attested", "reviewed", "system", "signed")
"""How sure we are of a row, weakest first."""

EVIDENCE_KINDS = (
    "content_completion",
    "attendance",
    "experience",
    "artifact",
    "learning_log",
    "assessment",
    "credential",
    "endorsement",
    "attestation",
    "rpl",
)
PLAIN_KINDS = tuple(kind for kind in EVIDENCE_KINDS if kind != "rpl")
"""What a leaf may ask for by name; `rpl` rows are let in by `accept_rpl` alone."""

UNITS: tuple[Unit, ...] = ("minutes", "points", "credits")
"""What an amount may add up. Rows carry them as integers."""

PARTNERSHIP_STATUSES = ("identified", "prioritised", "designed", "initiated", "active", "maintained")
"""How far a partnership has come; `dormant` and `closed` stand outside this order."""

CROSSWALK_RELATIONS = ("exact", "related", "replaced_by", "broader")

BUILT_IN_VALUES = (
    "organisation",
    "endorser",
    "endorser_org",
    "event",
    "item",
    "template",
    "activity",
    "month",
    "reviewer",
)
"""What `distinct` and `cap_per` know of every row; any other name is a field of the row's form."""

LEAF_KINDS: dict[LeafKind, tuple[str, ...]] = {
    "content": ("content_completion", "attendance"),
    "event": ("attendance",),
    "experience": ("experience",),
    "choice": ("learning_log", "credential", "content_completion", "artifact"),
    "artifact": ("artifact",),
    "assessment": ("assessment",),
    "partnership": ("artifact",),
    "endorsement": ("endorsement", "attestation"),
    "credential": ("credential",),
    "passport": ("credential",),
    "evidence": PLAIN_KINDS,
    "amount": PLAIN_KINDS,
}
"""Each leaf is sugar for evidence of these kinds."""


ResultKind: TypeAlias = Literal["RubricCriterionLevel", "RawScore", "ext:Minutes", "Status"]
RESULT_KINDS: tuple[ResultKind, ...] = get_args(ResultKind)
MINUTES: ResultKind = "ext:Minutes"


@dataclass(frozen=True, slots=True)
class ResultRule:
    """How a node shows in the credential: a reached rubric level, a number that was reached, or a status."""

    type: ResultKind
    rubric: str | None = None


@dataclass(frozen=True, slots=True)
class MinLevel:
    """The lowest level of one criterion that will do.

    Expansion fills in `enough`, the keys of that level and of all above it, and what people call these and
    the criterion.
    """

    rubric: str
    criterion: str
    level: str
    enough: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    criterion_title: str | None = None

    def title_of(self, level: str) -> str:
        """Return what people call a level that is enough."""
        return dict(zip(self.enough, self.titles, strict=False)).get(level, level)


@dataclass(frozen=True, slots=True)
class ItemTarget:
    """The framework item a coverage leaf stands for; `codes` holds it and all its descendants.

    `linked` names items of other framework versions that stand for one of them, as (framework, code).
    """

    framework: str
    code: str
    label: str
    codes: tuple[str, ...]
    linked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Distinct:
    """At least so many different values of `by` among the rows that are claimed."""

    by: str
    at_least: int


@dataclass(frozen=True, slots=True)
class CapPer:
    """At most `max` rows (or units of an amount) for each value of `by`."""

    by: str
    max: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum to reach. It observes rows and never claims them."""

    unit: Unit
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node has. `key` is its stable identity within the passport."""

    key: str
    title: str | None = None
    hint: str | None = None
    section: Section | None = None
    result: ResultRule | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Node):
    """`count` rows that pass every filter; fields are joined by AND, the values of one field by OR.

    Outcomes are the exception: a row answers every one of them.
    """

    kind: LeafKind
    count: int = 1
    keys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    opportunity: tuple[str, ...] = ()
    opportunity_hub: tuple[str, ...] = ()
    by_role: tuple[str, ...] = ()
    achievement: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    passport: str | None = None
    version: VersionRange | None = None
    status_at_least: str | None = None
    priority: int | None = None
    checks: tuple[PathCheck, ...] = ()
    min_minutes: int | None = None
    reflection: bool = False
    recommend: tuple[str, ...] = ()
    recommended: bool = False
    assurance: str = "self"
    min_level: MinLevel | None = None
    min_score: Fraction | None = None
    within: Duration | None = None
    after: datetime | None = None
    before: datetime | None = None
    alignment: Literal["any", "primary"] = "any"
    accept_rpl: bool = False
    accept_crosswalk: tuple[str, ...] = ()
    distinct: Distinct | None = None
    cap_per: CapPer | None = None
    amount: Amount | None = None
    pool: str | None = None
    shared: bool = False
    item: ItemTarget | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"leaf {self.key!r} asks for {self.count} rows; nothing would meet it")
        if self.distinct is not None and not 1 <= self.distinct.at_least <= self.count:
            raise ValueError(f"leaf {self.key!r} asks for more values than rows")

    @property
    def observes(self) -> bool:
        """Whether the leaf looks at rows without claiming them."""
        return self.shared or self.amount is not None

    @property
    def values(self) -> Distinct | None:
        """The different values that the leaf asks for: of several endorsements, those of as many people."""
        if self.distinct is None and self.kind == "endorsement" and self.count > 1 and self.cap_per is None:
            return Distinct("endorser", self.count)
        return self.distinct

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of evidence that this leaf takes, without `rpl`."""
        return self.evidence or LEAF_KINDS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Node):
    """Met when every required child is met."""

    children: "tuple[RuleNode, ...]"

    def __post_init__(self) -> None:
        if not required(self.children):
            raise ValueError(f"all_of {self.key!r} has no required child; nothing would meet it")


@dataclass(frozen=True, slots=True, kw_only=True)
class NOf(Node):
    """Met when `n` required children are met; `any_of` is the case of one."""

    n: int
    children: "tuple[RuleNode, ...]"

    def __post_init__(self) -> None:
        if not 1 <= self.n <= len(required(self.children)):
            raise ValueError(
                f"n_of {self.key!r} asks for {self.n} of {len(required(self.children))} children"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Node):
    """`each`, once per framework item; `items` and `n` of None mean all.

    Publishing expands it: `items` is then explicit and `children` holds one leaf per item, keyed
    `key/CODE`.
    """

    framework: str
    each: Leaf
    items: tuple[str, ...] | None = None
    n: int | None = None
    children: tuple[Leaf, ...] = ()

    def __post_init__(self) -> None:
        if self.children and not 1 <= self.wanted <= len(self.children):
            raise ValueError(f"coverage {self.key!r} asks for {self.n} of {len(self.children)} items")

    @property
    def wanted(self) -> int:
        """How many items must be covered; 0 before expansion."""
        return len(self.children) if self.n is None else self.n


RuleNode: TypeAlias = AllOf | NOf | Coverage | Leaf
Group: TypeAlias = AllOf | NOf | Coverage


def required(children: "tuple[RuleNode, ...]") -> "tuple[RuleNode, ...]":
    """Return the children that count for their parent."""
    return tuple(child for child in children if not child.optional)


def wanted(group: Group) -> int:
    """Return how many required children must be met for the group to be met."""
    match group:
        case AllOf():
            return len(required(group.children))
        case NOf():
            return group.n
        case Coverage():
            return group.wanted
        case _:
            assert_never(group)


def walk(node: RuleNode, parent: Group | None = None) -> Iterator[tuple[RuleNode, Group | None]]:
    """Yield each node with its parent, in document order."""
    yield node, parent
    if not isinstance(node, Leaf):
        for child in node.children:
            yield from walk(child, node)
