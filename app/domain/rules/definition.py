"""A passport's definition as read: its rule, and what is decided around the rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from app.domain.hubs import lineage
from app.domain.instants import Duration
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import AllOf, Leaf, RuleNode, Section, walk
from app.domain.rules.normal import digest_of_rule, normalise_rule
from app.domain.rules.plan import DoubleCounting, Plan, Terms, make_plan
from app.domain.rules.version_ranges import VersionRange

GateMode: TypeAlias = Literal["before_enrol", "before_issue", "before_count"]
IssueMode: TypeAlias = Literal["auto", "on_approval"]
InvalidationMode: TypeAlias = Literal["case", "suspend"]
MigrationMode: TypeAlias = Literal["offer", "stay", "if_not_worse", "force"]

COMPLETION_HOLDS: Final = Duration.parse("P90D")
"""How long a completion waits for approval, unless the passport says otherwise."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who stands behind the passport."""

    org: str | None = None
    hub: str | None = None


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """When a credential follows from completion, of which type (OB 3.0), and whether it can be suspended.

    `on_invalidated` says what comes of it when something that it rests on falls away: an officer's case, and
    with `suspend` a suspension until that is decided. `completion_holds` is how long a completion that waits
    for approval stays as it was judged.
    """

    mode: IssueMode = "auto"
    achievement_type: str = "Certificate"
    approvers: "RoleHolder | None" = None
    suspendable: bool = False
    on_invalidated: InvalidationMode = "case"
    completion_holds: Duration = COMPLETION_HOLDS

    def held_until(self, completed_at: datetime) -> datetime | None:
        """Return until when a completion of that moment waits for approval, None where it does not wait."""
        return self.completion_holds.after(completed_at) if self.mode == "on_approval" else None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A node that is worth a badge of its own."""

    node: str
    title: str
    achievement_type: str = "Badge"


@dataclass(frozen=True, slots=True)
class Member:
    """A passport of a series, in any version or one of a range."""

    passport: str
    version: VersionRange | None = None
    required: bool = False
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What a series was made from: `n` of its members complete it, the required ones among them."""

    members: tuple[Member, ...]
    n: int
    achievement_title: str | None = None


@dataclass(frozen=True, slots=True)
class MigrationPolicy:
    """What becomes of those who are enrolled on an earlier version.

    `force` moves them all at `on`, for a `reason` that they are told.
    """

    mode: MigrationMode = "offer"
    on: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OmittedSection:
    """An attribute that this passport leaves out, with the reason it gives."""

    section: Section
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Leaves that have to be met before something may happen; they claim nothing."""

    mode: GateMode
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Who holds a role, in a hub or everywhere; `count` of them when they have to agree."""

    role: str
    hub: str | None = None
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class PassportDefinition:
    """One version of a passport, or of a `series` of passports, as written or as published.

    `expanded` tells them apart: a published rule has its coverage spelled out as leaves and its rubric
    levels resolved, and only such a rule has a `plan`. `places` gives the JSON Pointer of each node in
    the document that was read. `credits` are what it is worth, in hundredths of a credit.
    """

    key: str
    version: str
    title: str
    rule: RuleNode
    description: str | None = None
    owner: Owner | None = None
    framework: str | None = None
    issue: IssuePolicy = IssuePolicy()
    migration: MigrationPolicy = MigrationPolicy()
    valid_for: Duration | None = None
    credits: int | None = None
    milestones: tuple[Milestone, ...] = ()
    omitted_sections: tuple[OmittedSection, ...] = ()
    tags: tuple[str, ...] = ()
    double_counting: DoubleCounting = "forbid"
    requires: Gate | None = None
    renewal: RuleNode | None = None
    exclude_evidence_used_by: tuple[str, ...] = ()
    grants_role: RoleHolder | None = None
    moved: tuple[tuple[str, str], ...] = ()
    series: Series | None = None
    expanded: bool = False

    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def judging(self, *, renews: bool) -> "PassportDefinition":
        """Return the definition with the rule that an enrolment is under.

        For one that `renews` an expired credential that is `renewal`, where the version has one, and the
        whole rule otherwise. All that stands around the rule stays; no milestone is a part of `renewal`.
        """
        return self._renewing if renews and self.renewal is not None else self

    @cached_property
    def _renewing(self) -> "PassportDefinition":
        return replace(self, rule=self.renewal or self.rule, renewal=None, milestones=())

    @cached_property
    def plan(self) -> Plan:
        """What every evaluation of this rule needs, worked out once. `ValueError` before expansion."""
        return make_plan(self.rule, Terms(self.double_counting))

    def hubs_in(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Return the hub that owns the passport and all above it: what they approve counts for it."""
        return () if self.owner is None else lineage(self.owner.hub, catalogue.hubs)

    @property
    def achievement_title(self) -> str:
        """What is earned is called."""
        given = None if self.series is None else self.series.achievement_title
        return given or self.title

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf that somebody may be judged by: of the rule, of the renewal and of the gate."""
        roots = [root for root in (self.rule, self.renewal) if root is not None]
        nodes = (node for root in roots for node, _ in walk(root))
        return (*(node for node in nodes if isinstance(node, Leaf)), *self.gate_leaves)

    @property
    def gate_leaves(self) -> tuple[Leaf, ...]:
        """The leaves of the gate, if there is one."""
        return () if self.requires is None else self.requires.leaves

    @cached_property
    def looks_at_credentials(self) -> bool:
        """Whether it matters which credentials of ours the learner holds, or what they rest on."""
        asked = any(leaf.kind in ("passport", "credential") for leaf in self.leaves)
        return asked or bool(self.exclude_evidence_used_by)

    @cached_property
    def looks_at_partnerships(self) -> bool:
        """Whether it matters which partnerships the learner keeps."""
        return any(leaf.kind == "partnership" for leaf in self.leaves)

    @cached_property
    def gate_rule(self) -> AllOf | None:
        """The gate as a rule."""
        return AllOf(key="requires", children=self.gate_leaves) if self.gate_leaves else None

    @cached_property
    def rule_digest(self) -> str:
        """SHA-256 of what the rule decides: two versions that differ in words only have the same."""
        beside: dict[str, Any] = {
            "double_counting": None if self.double_counting == "forbid" else self.double_counting,
            "requires": self.requires
            and {"mode": self.requires.mode, "leaves": [normalise_rule(leaf) for leaf in self.gate_leaves]},
            "exclude_evidence_used_by": sorted(self.exclude_evidence_used_by),
        }
        return digest_of_rule(self.rule, {name: value for name, value in beside.items() if value})
