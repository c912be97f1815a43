"""What is said of one act: the words of a report, and what makes another report tell of the same act."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from app.domain.actors import plain_name
from app.domain.content import Alignment
from app.domain.digests import digest_of
from app.domain.evidence.states import ATTENDED_KINDS
from app.domain.instants import format_instant
from app.errors import AlreadyExistsError

Visibility: TypeAlias = Literal["private", "reviewers", "public"]

VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility)

# Characters that RFC 3986 allows. The address may become an identifier in a signed document, where any
# other character would make the document unsafe to sign.
WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What our verifier said of a credential when it was reported; never the sender's own words.

    `verified`: it follows the rules, its proof holds, and its status could be looked up. `bound`: it is
    about the learner. `id` and `issuer` are as the credential states them.
    """

    verified: bool
    bound: bool
    revoked: bool
    id: str | None = None
    issuer: str | None = None
    achievement: str | None = None
    valid_until: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form, as it stands in a stored report."""
        until = None if self.valid_until is None else format_instant(self.valid_until)
        return {
            "verified": self.verified,
            "bound": self.bound,
            "revoked": self.revoked,
            "id": self.id,
            "issuer": self.issuer,
            "achievement": self.achievement,
            "valid_until": until,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """What was reported of one act.

    `outcomes` are the learner's answers by outcome key. `activity` is the sender's name for the activity
    where content and day do not tell it from others, such as a registration. `score` runs from 0 to 1.
    `data` is the filled-in `form`, a pinned reference. `opportunity_hub` is that of the opportunity.
    `credential` is a credential as text, and `verification` what our own verifier said of it.
    """

    kind: str
    title: str
    description: str | None = None
    occurred_at: datetime
    occurred_end: datetime | None = None
    content: str | None = None
    template: str | None = None
    event: str | None = None
    role: str | None = None
    topics: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    minutes: int | None = None
    points: int | None = None
    credits: int | None = None
    score: Fraction | None = None
    reflection: str | None = None
    form: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    opportunity: str | None = None
    opportunity_hub: str | None = None
    organisation: str | None = None
    endorser: str | None = None
    endorser_org: str | None = None
    activity: str | None = None
    credential: str | None = None
    verification: "Verification | None" = None
    url: str | None = None
    alignments: tuple[Alignment, ...] = ()
    visibility: Visibility = "reviewers"
    source_id: str | None = None

    @property
    def activity_key(self) -> str:
        """The activity in one canonical form, the same however it is described."""
        if self.activity is not None:
            return f"activity:{self.activity}"
        if self.content is not None:
            return f"content:{self.content}"
        if self.event is not None:
            return f"event:{self.event}"
        title = " ".join(self.title.split()).casefold()
        return f"template:{self.template}:{title}" if self.template is not None else f"title:{title}"

    @property
    def subjects(self) -> tuple[str, ...]:
        """What it is about and may be judged anew by, as words: its content and its opportunity."""
        named = (("content", self.content), ("opportunity", self.opportunity))
        return tuple(f"{name}:{key}" for name, key in named if key is not None)

    def fingerprint(self, learner_id: str, source: str) -> str:
        """Return the SHA-256 of what makes a second report the same act.

        A completion and an attendance tell of one act when activity and day (in UTC) are the same, whoever
        reports them, in whatever role and by whatever name: a check-in and a platform's statement about one
        session are one fact. For other kinds, `source_id` is the sender's own name for the act: kind,
        learner, `source` (the subject of the sender) and `source_id`. A verified credential is one act in
        whatever form it is sent. Without one: kind, learner, activity,
        role and the time it began; of endorsements, also who gives it. The other words do not matter: see
        `ensure_same_report`.
        """
        if self.kind in ATTENDED_KINDS:
            day = self.occurred_at.astimezone(UTC).date().isoformat()
            return digest_of(["attended", learner_id, self.activity_key, day])
        found = self.verification
        if found is not None and found.verified and found.id is not None:
            return digest_of([self.kind, learner_id, "credential", found.issuer, found.id])
        if self.source_id is not None:
            return digest_of([self.kind, learner_id, "source", source, self.source_id])
        began = format_instant(self.occurred_at)
        who = [] if self.endorser is None else [plain_name(self.endorser)]
        return digest_of([self.kind, learner_id, "act", self.activity_key, self.role, began, *who])

    def is_repeated_by(self, other: "EvidenceReport") -> bool:
        """Tell whether `other`, of the same act, is meant as the very same report."""
        return (self.kind, self.role, self.source_id) == (other.kind, other.role, other.source_id)

    def at_the_times_of(self, other: "EvidenceReport") -> "EvidenceReport":
        """Return the same report with the times of `other`: a clock a second off tells nothing new."""
        return replace(self, occurred_at=other.occurred_at, occurred_end=other.occurred_end)

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_report` takes it back unchanged."""
        return {
            "kind": self.kind,
            "title": self.title,
            "description": self.description,
            "occurred_at": format_instant(self.occurred_at),
            "occurred_end": None if self.occurred_end is None else format_instant(self.occurred_end),
            "content": self.content,
            "template": self.template,
            "event": self.event,
            "role": self.role,
            "topics": list(self.topics),
            "outcomes": dict(self.outcomes),
            "minutes": self.minutes,
            "points": self.points,
            "credits": self.credits,
            "score": None if self.score is None else str(self.score),
            "reflection": self.reflection,
            "form": self.form,
            "data": dict(self.data),
            "opportunity": self.opportunity,
            "opportunity_hub": self.opportunity_hub,
            "organisation": self.organisation,
            "endorser": self.endorser,
            "endorser_org": self.endorser_org,
            "activity": self.activity,
            "credential": self.credential,
            "verification": None if self.verification is None else self.verification.to_document(),
            "url": self.url,
            "alignments": [
                {"framework": each.framework, "item": each.item, "weight": each.weight}
                for each in self.alignments
            ],
            "visibility": self.visibility,
            "source_id": self.source_id,
        }


def ensure_same_report(known: Mapping[str, Any], report: EvidenceReport) -> None:
    """Return if `report` says what the stored document `known` says.

    Raises `AlreadyExistsError`, which names the members that differ: two rows would be one act counted
    twice, and a second text does not silently replace the first.
    """
    document = report.to_document()
    differing = [name for name in document if document[name] != known.get(name)]
    if differing:
        raise AlreadyExistsError(
            f"This act is in the ledger already, with another {' and '.join(differing)}.",
            hint="Send the same text again, revise the evidence, or use another source_id for another act.",
        )
