"""What a question to a row is: the moment it is judged at, a check, and the words for a no."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from app.domain.content import ContentItem
from app.domain.instants import Duration, format_instant
from app.domain.rules.facts import EvidenceRow


@dataclass(slots=True)
class Moment:
    """What rows are judged against: content with its approvals, lists of trusted issuers, the instant.

    `hubs` are the one that owns the passport and all above it: their approvals count for it.
    """

    content: Mapping[str, ContentItem]
    as_of: datetime
    trusted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hubs: tuple[str, ...] = ()
    _cutoffs: dict[Duration, datetime] = field(default_factory=dict)

    def cutoff(self, within: Duration) -> datetime:
        """Return the earliest instant of a window that ends now."""
        if within not in self._cutoffs:
            self._cutoffs[within] = within.before(self.as_of)
        return self._cutoffs[within]

    def item(self, row: EvidenceRow) -> ContentItem | None:
        """Return the content that the row is about, if we know it."""
        return None if row.content is None else self.content.get(row.content)


Check: TypeAlias = Callable[[EvidenceRow, Moment], bool]
Reason: TypeAlias = Callable[[EvidenceRow, Moment], str]


@dataclass(frozen=True, slots=True)
class Predicate:
    """One question to a row; `why_not` says why it does not pay for a requirement."""

    field: str
    holds: Check
    why_not: Reason


# Words ----------------------------------------------------------------------------------------------


def day_of(instant: datetime) -> str:
    """Return the day of an instant in UTC."""
    return format_instant(instant)[:10]


def either(words: tuple[str, ...]) -> str:
    """Return `A or B`."""
    return " or ".join(plain(word) for word in words)


def both(words: list[str]) -> str:
    """Return `A and B`."""
    return " and ".join(words)


def plain(word: str) -> str:
    """Return a key as words."""
    return "endorser's organisation" if word == "endorser_org" else word.replace("_", " ")


def a_or_an(word: str) -> str:
    """Return a key as words with its article."""
    shown = plain(word)
    return f"an {shown}" if shown[:1] in "aeio" else f"a {shown}"
