"""What an evaluation reads: the rows of one learner, and the catalogue they are judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from app.domain.content import ContentItem
from app.domain.forms import EvidenceForm
from app.domain.frameworks import Framework
from app.domain.hubs import Hub
from app.domain.opportunities import Opportunity
from app.domain.rubrics import Rubric
from app.domain.vocabularies import Vocabulary

EvidenceStatus: TypeAlias = Literal[
    "draft", "submitted", "in_review", "accepted", "returned", "rejected", "withdrawn", "invalidated"
]

UNDER_REVIEW: tuple[EvidenceStatus, ...] = ("submitted", "in_review")
"""Rows that the projected pass counts as if they were accepted."""


@dataclass(frozen=True, slots=True)
class LevelReached:
    """A rubric level that a reviewer saw reached; `rubric` is a key, with or without a version."""

    rubric: str
    criterion: str
    level: str


@dataclass(frozen=True, slots=True)
class RowItem:
    """A framework item that a row is about.

    `framework` is pinned, `key@version`, or a bare key that stands for every version. A learner's own
    alignment is shown, and does not count for coverage.
    """

    framework: str
    code: str
    weight: Literal["primary", "secondary"] = "primary"
    set_by: Literal["content", "reviewer", "learner"] = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One act of the learner, as the ledger holds it. All instants carry a zone.

    `occurred_at` is when it happened in the world (with `occurred_end` an interval, judged in the
    learner's favour), `recorded_at` when we heard of it. `outcomes` are the keys of the outcome
    statements that the learner answered. `accepted_by` lists the reviewers who accepted the row.
    The alignments of its content need not be repeated in `items`. `score` runs from 0 to 1. `data` is the
    filled-in form, `partnership` the record behind a row about a partnership. `frozen_in` names the
    passports with an issued credential that rests on the row. The last members belong to credentials:
    `passport` and `version` say of which passport of ours it is one, `verified` that its proof holds and
    `bound` that it is about this learner. `also` holds what other sources told of the same act: it is one
    row, claimed once, and fits where any of the reports does.
    """

    id: str
    kind: str
    status: EvidenceStatus
    title: str
    occurred_at: datetime
    occurred_end: datetime | None = None
    recorded_at: datetime
    assurance: str = "self"
    content: str | None = None
    template: str | None = None
    event: str | None = None
    role: str | None = None
    topics: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    minutes: int = 0
    reflection: bool = False
    levels: tuple[LevelReached, ...] = ()
    items: tuple[RowItem, ...] = ()
    accepted_by: tuple[str, ...] = ()
    points: int = 0
    credits: int = 0
    score: Fraction | None = None
    form: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    partnership: Mapping[str, Any] | None = None
    opportunity: str | None = None
    opportunity_hub: str | None = None
    organisation: str | None = None
    endorser: str | None = None
    endorser_org: str | None = None
    activity_key: str | None = None
    frozen_in: tuple[str, ...] = ()
    achievement: str | None = None
    issuer: str | None = None
    valid_until: datetime | None = None
    revoked: bool = False
    verified: bool | None = None
    bound: bool | None = None
    passport: str | None = None
    version: str | None = None
    also: "tuple[EvidenceRow, ...]" = ()

    @property
    def end(self) -> datetime:
        """The last moment of the act."""
        return self.occurred_end or self.occurred_at


@dataclass(frozen=True, slots=True)
class ItemLink:
    """What an item of one framework version (`framework`, `code`) is to one of another.

    `exact` holds both ways; the other relations say what the first is to the second.
    """

    source: tuple[str, str]
    target: tuple[str, str]
    relation: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What definitions refer to.

    `frameworks` by `key@version`; `rubrics` by `key@version` and, for the version that a bare reference
    means today, by key; `content` by key, with its approvals. `crosswalk` links items of frameworks;
    `trusted` names lists of issuers; `prerequisites` gives for each other passport or series those
    it asks for, `renewals` those that its renewal asks for, `versions` its published versions.
    `forms` by `key@version` and by key; None means that they are not known, and then nobody asks for them.
    `opportunities`, `vocabularies` and `hubs` by key.
    """

    frameworks: Mapping[str, Framework]
    rubrics: Mapping[str, Rubric]
    content: Mapping[str, ContentItem]
    crosswalk: tuple[ItemLink, ...] = ()
    trusted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    prerequisites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    renewals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forms: Mapping[str, EvidenceForm] | None = None
    opportunities: Mapping[str, Opportunity] = field(default_factory=dict)
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    hubs: Mapping[str, Hub] = field(default_factory=dict)
