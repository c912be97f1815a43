"""Content: sessions, courses and the like, what they are aligned to, and when they are approved."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from app.domain.digests import digest_of
from app.domain.frameworks import Framework, unknown_item
from app.domain.instants import format_instant
from app.domain.payloads import CODE, KEY, REFERENCE, TERM, Faults, Payload
from app.domain.vocabularies import INITIATIVE, TOPIC, Vocabulary, unknown_words
from app.errors import Fault, InvalidPayloadError

CONTENT_KINDS = ("session", "course", "module", "workshop", "video", "external")
ORIGINS = ("in_house", "approved")
MODES = ("online", "in_person", "hybrid")


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a thing is about: an item of a framework, named `key` or pinned `key@version`."""

    framework: str
    item: str
    weight: Literal["primary", "secondary"] = "primary"


@dataclass(frozen=True, slots=True)
class ApprovalInterval:
    """From when to when an approval holds, inclusive below, exclusive above, and for whom.

    `retroactive` also counts what was completed before `valid_from`. The approval of a `hub` counts for
    passports of that hub and of those below it; without one it counts for all.
    """

    valid_from: datetime
    valid_to: datetime | None = None
    retroactive: bool = False
    hub: str | None = None

    def counts_for(self, hubs: Collection[str]) -> bool:
        """Tell whether the approval counts for a passport of a hub: `hubs` are that one and all above it."""
        return self.hub is None or self.hub in hubs

    def holds(self, start: datetime, end: datetime) -> bool:
        """Tell whether any moment from `start` to `end` (both included) is approved."""
        if self.valid_to is not None and start >= self.valid_to:
            return False
        return self.retroactive or end >= self.valid_from

    def to_document(self) -> dict[str, Any]:
        """Return the members that `read_approval` takes back."""
        ends = None if self.valid_to is None else format_instant(self.valid_to)
        begins = format_instant(self.valid_from)
        return {"from": begins, "to": ends, "retroactive": self.retroactive, "hub": self.hub}

    def until(self, withdrawn_at: datetime) -> "ApprovalInterval | None":
        """Return what is left of an approval withdrawn then: what was done before goes on counting.

        None where nothing was approved by then, not even by a retroactive approval that had not begun.
        """
        if withdrawn_at <= self.valid_from:
            return None
        ends = withdrawn_at if self.valid_to is None else min(self.valid_to, withdrawn_at)
        return replace(self, valid_to=ends)


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One content item; `approvals` are facts about it, not part of its document or digest.

    What `starts` and `ends` is there for that time only; the rest is there at any time.
    """

    key: str
    title: str
    kind: str
    origin: str
    mode: str
    description: str | None = None
    language: str | None = None
    effort_minutes: int | None = None
    url: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    approvals: tuple[ApprovalInterval, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest_of(self.to_document())

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes this satisfies: a hybrid session is online and in person too."""
        return MODES if self.mode == "hybrid" else (self.mode,)

    @property
    def last_call(self) -> datetime | None:
        """When it is too late to take part; None when it never is."""
        return self.ends or self.starts

    def approval_at(
        self, start: datetime, end: datetime, hubs: Collection[str] = ()
    ) -> ApprovalInterval | None:
        """Return the first approval that counts for `hubs` and held at any moment from `start` to `end`."""
        counting = (approval for approval in self.approvals if approval.counts_for(hubs))
        return next((approval for approval in counting if approval.holds(start, end)), None)

    def unknown_terms(self, vocabularies: Mapping[str, Vocabulary]) -> list[Fault]:
        """Return a fault for each topic and initiative that its vocabulary does not hold."""
        asked = ((TOPIC, self.topics, "/topics"), (INITIATIVE, self.initiatives, "/initiatives"))
        return unknown_words(vocabularies, asked)

    def unknown_items(self, frameworks: Mapping[str, Framework]) -> list[Fault]:
        """Return a fault for each alignment to what no published framework version has: it counts nowhere.

        A framework without a version stands for all of its versions.
        """
        found: list[Fault] = []
        for number, each in enumerate(self.alignments):
            refs = [ref for ref, known in frameworks.items() if known.key == each.framework]
            wrong = [
                unknown_item(frameworks, ref, each.item, f"/alignments/{number}")
                for ref in refs or [each.framework]
            ]
            found += wrong[-1] if all(wrong) else []
        return found

    def with_approvals(self, approvals: Iterable[ApprovalInterval]) -> "ContentItem":
        """Return the same content with these approvals, in order of time."""
        return replace(self, approvals=tuple(sorted(approvals, key=lambda each: each.valid_from)))

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_content` takes it back unchanged."""
        return {
            "key": self.key,
            "title": self.title,
            "kind": self.kind,
            "description": self.description,
            "origin": self.origin,
            "mode": self.mode,
            "language": self.language,
            "effort_minutes": self.effort_minutes,
            "url": self.url,
            "starts": None if self.starts is None else format_instant(self.starts),
            "ends": None if self.ends is None else format_instant(self.ends),
            "topics": list(self.topics),
            "tags": list(self.tags),
            "initiatives": list(self.initiatives),
            "objectives": list(self.objectives),
            "alignments": [
                {"framework": each.framework, "item": each.item, "weight": each.weight}
                for each in self.alignments
            ],
        }


def read_content(document: Mapping[str, Any], *, key: str | None = None) -> ContentItem:
    """Return the content of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault, such as two primary alignments in one framework.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    content_key = body.key_of("key", known=key)
    bodies = body.payloads("alignments", limit=50)
    alignments = tuple(_read_alignment(alignment) for alignment in bodies)
    content = ContentItem(
        key=content_key,
        title=body.text("title", limit=200),
        kind=body.one_of("kind", CONTENT_KINDS, default="session"),
        origin=body.one_of("origin", ORIGINS),
        mode=body.one_of("mode", MODES),
        description=body.optional_text("description", limit=5000),
        language=body.optional_text("language", limit=35),
        effort_minutes=body.integer("effort_minutes", 1, 1_000_000),
        url=body.web_address("url"),
        starts=body.instant("starts"),
        ends=body.instant("ends"),
        topics=body.texts("topics", pattern=TERM),
        tags=body.texts("tags", pattern=TERM),
        initiatives=body.texts("initiatives", pattern=TERM),
        objectives=body.texts("objectives", limit=500),
        alignments=alignments,
    )
    body.finish()
    if content.starts is not None and content.ends is not None and content.ends < content.starts:
        faults.add("/ends", "wrong_value", "It ends before it starts.")
    _check_alignments(alignments, bodies, faults)
    faults.raise_if_any(InvalidPayloadError, "The content breaks a rule.")
    return content


def _read_alignment(body: Payload) -> Alignment:
    weight = body.one_of("weight", ("primary", "secondary"), default="primary")
    alignment = Alignment(
        framework=body.text("framework", pattern=REFERENCE),
        item=body.text("item", pattern=CODE),
        weight="primary" if weight == "primary" else "secondary",
    )
    body.finish()
    return alignment


def _check_alignments(alignments: tuple[Alignment, ...], bodies: list[Payload], faults: Faults) -> None:
    seen: set[tuple[str, str]] = set()
    primary: set[str] = set()
    for alignment, body in zip(alignments, bodies, strict=True):
        if (alignment.framework, alignment.item) in seen:
            faults.add(body.at("item"), "duplicate_key", f"{alignment.item!r} is aligned twice.")
        seen.add((alignment.framework, alignment.item))
        if alignment.weight == "primary" and alignment.framework in primary:
            detail = f"Only one alignment to {alignment.framework!r} may be primary."
            faults.add(body.at("weight"), "second_primary", detail, 'Write "weight": "secondary" here.')
        if alignment.weight == "primary":
            primary.add(alignment.framework)


def read_approval(document: Mapping[str, Any]) -> ApprovalInterval:
    """Return the interval of `{from, to, retroactive, hub}`. Raises `InvalidPayloadError`."""
    faults = Faults()
    body = Payload(document, "", faults)
    valid_from = body.instant("from", required=True)
    valid_to = body.instant("to")
    retroactive = body.flag("retroactive")
    hub = body.optional_text("hub", pattern=KEY)
    body.finish()
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        faults.add("/to", "wrong_value", "The approval ends before it begins.")
    faults.raise_if_any(InvalidPayloadError, "The approval breaks a rule.")
    assert valid_from is not None
    return ApprovalInterval(valid_from, valid_to, retroactive, hub)
