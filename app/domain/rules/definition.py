"""A passport's definition as read: its rule, and what is decided around the rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from app.domain.instants import Duration
from app.domain.rules.language import RuleNode, Section
from app.domain.rules.normal import digest_of_rule
from app.domain.rules.plan import Plan, make_plan

IssueMode: TypeAlias = Literal["auto", "on_approval"]
Migration: TypeAlias = Literal["offer", "stay", "if_not_worse"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who stands behind the passport."""

    org: str | None = None
    hub: str | None = None


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """When a credential follows from completion, and of which achievement type (OB 3.0)."""

    mode: IssueMode = "auto"
    achievement_type: str = "Certificate"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A node that is worth a badge of its own."""

    node: str
    title: str
    achievement_type: str = "Badge"


@dataclass(frozen=True, slots=True)
class OmittedSection:
    """An attribute that this passport leaves out, with the reason it gives."""

    section: Section
    reason: str


@dataclass(frozen=True, kw_only=True)
class PassportDefinition:
    """One version of a passport, as written or as published.

    `expanded` tells them apart: a published rule has its coverage spelled out as leaves and its rubric
    levels resolved, and only such a rule has a `plan`. `places` gives the JSON Pointer of each node in
    the document that was read.
    """

    key: str
    version: str
    title: str
    rule: RuleNode
    description: str | None = None
    owner: Owner | None = None
    framework: str | None = None
    issue: IssuePolicy = IssuePolicy()
    migration: Migration = "offer"
    valid_for: Duration | None = None
    milestones: tuple[Milestone, ...] = ()
    omitted_sections: tuple[OmittedSection, ...] = ()
    tags: tuple[str, ...] = ()
    expanded: bool = False

    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def plan(self) -> Plan:
        """What every evaluation of this rule needs, worked out once. `ValueError` before expansion."""
        return make_plan(self.rule)

    @cached_property
    def rule_digest(self) -> str:
        """SHA-256 of what the rule decides: two versions that differ in words only have the same."""
        return digest_of_rule(self.rule)
