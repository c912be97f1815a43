"""What an evaluation reads: the rows of one learner, and the catalogue they are judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from app.domain.content import ContentItem
from app.domain.frameworks import Framework
from app.domain.rubrics import Rubric

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
    The alignments of its content need not be repeated in `items`.
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

    @property
    def end(self) -> datetime:
        """The last moment of the act."""
        return self.occurred_end or self.occurred_at


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What definitions refer to.

    `frameworks` by `key@version`; `rubrics` by `key@version` and, for the version that a bare reference
    means today, by key; `content` by key, with its approvals.
    """

    frameworks: Mapping[str, Framework]
    rubrics: Mapping[str, Rubric]
    content: Mapping[str, ContentItem]
