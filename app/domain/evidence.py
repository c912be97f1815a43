"""Evidence: one act of one learner, what may be said of it, and the states it goes through."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from app.domain.actors import Actor, Role, Scope
from app.domain.content import Alignment
from app.domain.digests import digest_of
from app.domain.instants import format_instant
from app.domain.payloads import CODE, KEY, REFERENCE, TERM, Faults, Payload
from app.domain.rules.facts import EvidenceRow, EvidenceStatus, LevelReached, RowItem
from app.domain.rules.language import ASSURANCES, EVIDENCE_KINDS
from app.errors import AlreadyExistsError, InvalidPayloadError, WrongStateError

Visibility: TypeAlias = Literal["private", "reviewers", "public"]
EvidenceEvent: TypeAlias = Literal[
    "submit", "revise", "attest", "begin_review", "accept", "return", "reject", "withdraw", "invalidate"
]

STATUSES: tuple[EvidenceStatus, ...] = get_args(EvidenceStatus)
VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility)
CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of a sender may be."""

MAX_MINUTES = 100_000
MAX_OUTCOMES = 50
ATTESTED_KINDS = frozenset({"content_completion", "attendance"})
"""What a connected system knows by itself; everything else waits for a reviewer."""

# Characters that RFC 3986 allows. The address may become an identifier in a signed document, where any
# other character would make the document unsafe to sign.
WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*", re.ASCII)

_IN_FRONT = frozenset[EvidenceStatus]({"submitted", "in_review"})
_TRANSITIONS: Mapping[EvidenceEvent, Mapping[EvidenceStatus, EvidenceStatus]] = MappingProxyType(
    {
        "submit": {"draft": "submitted"},
        "revise": {"draft": "draft", "returned": "submitted"},
        # Who may attest an act vouches for what the learner had reported of it, whatever became of that.
        "attest": dict.fromkeys(("draft", "submitted", "in_review", "returned", "rejected"), "accepted"),
        "begin_review": dict.fromkeys(_IN_FRONT, "in_review"),
        "accept": dict.fromkeys(_IN_FRONT, "accepted"),
        "return": dict.fromkeys(_IN_FRONT, "returned"),
        "reject": dict.fromkeys(_IN_FRONT, "rejected"),
        "withdraw": dict.fromkeys(("draft", "submitted", "in_review", "returned", "accepted"), "withdrawn"),
        "invalidate": {"accepted": "invalidated"},
    }
)
_DONE: Mapping[EvidenceEvent, str] = MappingProxyType(
    {
        "submit": "submitted",
        "revise": "revised",
        "attest": "attested",
        "begin_review": "taken into review",
        "accept": "accepted",
        "return": "returned",
        "reject": "rejected",
        "withdraw": "withdrawn",
        "invalidate": "invalidated",
    }
)


# States ---------------------------------------------------------------------------------------------


def transition(status: EvidenceStatus, event: EvidenceEvent) -> EvidenceStatus:
    """Return the status after `event`; raises `WrongStateError`, which names the states that allow it."""
    allowed = _TRANSITIONS[event]
    if status not in allowed:
        states = [state for state in STATUSES if state in allowed]
        raise WrongStateError(
            f"The evidence is {status}, so it cannot be {_DONE[event]}.",
            hint=f"Possible while it is {' or '.join(states)}.",
        )
    return allowed[status]


def ensure_withdrawable(status: EvidenceStatus, *, in_credential: bool) -> None:
    """Raise `WrongStateError` for accepted evidence that a live credential rests on."""
    if status == "accepted" and in_credential:
        raise WrongStateError(
            "A credential rests on this evidence, so it cannot be withdrawn.",
            hint="The issuer can revoke the credential first.",
        )


def entry_status(kind: str, actor: Actor, *, learner_id: str, draft: bool) -> tuple[EvidenceStatus, str]:
    """Return the status and the assurance with which new evidence enters the ledger.

    A connected system's record of a completion or an attendance is accepted as it comes (`system`), that
    of another party with the scope evidence:attest too (`attested`). Nobody attests their own.
    """
    if draft:
        return "draft", "self"
    attests = kind in ATTESTED_KINDS and actor.may(Scope.EVIDENCE_ATTEST) and actor.learner_id != learner_id
    if not attests:
        return "submitted", "self"
    return "accepted", "system" if actor.role is Role.INTEGRATION else "attested"


def may_be_attested(status: EvidenceStatus) -> bool:
    """Tell whether another's attestation of the same act moves evidence of this status to `accepted`."""
    return status in _TRANSITIONS["attest"]


def is_at_least(assurance: str, wanted: str) -> bool:
    """Tell whether `assurance` is as strong as `wanted`: self < attested < reviewed < system < signed."""
    return ASSURANCES.index(assurance) >= ASSURANCES.index(wanted)


def after_acceptance(assurance: str) -> str:
    """Return the assurance of evidence that a reviewer has accepted: `reviewed`, unless it was stronger."""
    return assurance if is_at_least(assurance, "reviewed") else "reviewed"


# What is said of an act -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """What was reported of one act. `outcomes` are the learner's answers by outcome key."""

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
    reflection: str | None = None
    url: str | None = None
    alignments: tuple[Alignment, ...] = ()
    visibility: Visibility = "reviewers"
    source_id: str | None = None

    @property
    def activity_key(self) -> str:
        """The activity in one canonical form, the same however it is described."""
        if self.content is not None:
            return f"content:{self.content}"
        if self.event is not None:
            return f"event:{self.event}"
        title = " ".join(self.title.split()).casefold()
        return f"template:{self.template}:{title}" if self.template is not None else f"title:{title}"

    def fingerprint(self, learner_id: str, source: str) -> str:
        """Return the SHA-256 of what makes a second report the same act.

        With a `source_id` that is the sender's own name for it: learner, kind, `source` (the subject of the
        sender) and `source_id`. Without one: learner, kind, activity, role and the time it began. The other
        words do not matter: see `ensure_same_report`.
        """
        if self.source_id is not None:
            return digest_of([self.kind, learner_id, "source", source, self.source_id])
        began = format_instant(self.occurred_at)
        return digest_of([self.kind, learner_id, "act", self.activity_key, self.role, began])

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
            "reflection": self.reflection,
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


# Reading --------------------------------------------------------------------------------------------


def read_report(document: Mapping[str, Any], *, now: datetime | None = None) -> EvidenceReport:
    """Return the report of a request's body or of a stored document; `draft` is left to the caller.

    With `now`, what lies more than `CLOCK_SKEW` in the future is refused. A date alone stands for the
    whole day in UTC. Raises `InvalidPayloadError` with every fault.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    occurred_at, occurred_end = _read_times(body, now)
    url = body.optional_text("url", limit=2000)
    if url is not None and WEB_ADDRESS.fullmatch(url) is None:
        hint = "Write other characters percent-encoded (RFC 3986)."
        body.fault("url", "wrong_value", "This is not an absolute http or https address.", hint)
    report = EvidenceReport(
        kind=body.one_of("kind", EVIDENCE_KINDS),
        title=body.text("title", limit=200),
        description=body.optional_text("description", limit=20_000),
        occurred_at=occurred_at,
        occurred_end=occurred_end,
        content=body.optional_text("content", pattern=KEY),
        template=body.optional_text("template", pattern=KEY),
        event=body.optional_text("event", pattern=KEY),
        role=body.optional_text("role", pattern=TERM),
        topics=body.texts("topics", pattern=TERM),
        outcomes=_read_outcomes(body),
        minutes=body.integer("minutes", 1, MAX_MINUTES),
        reflection=body.optional_text("reflection", limit=20_000),
        url=url,
        alignments=read_alignments(body),
        visibility=_read_visibility(body),
        source_id=body.optional_text("source_id", limit=200),
    )
    body.finish(optional=("draft",))
    _check_parts(report, body)
    faults.raise_if_any(InvalidPayloadError, "The evidence breaks a rule.")
    return report


def _read_times(body: Payload, now: datetime | None) -> tuple[datetime, datetime | None]:
    occurred_at = body.instant("occurred_at", required=True)
    occurred_end = body.instant("occurred_end")
    if occurred_at is None:
        return datetime.min.replace(tzinfo=UTC), occurred_end
    if now is not None:
        for name, instant in (("occurred_at", occurred_at), ("occurred_end", occurred_end)):
            if instant is not None and instant > now + CLOCK_SKEW:
                body.fault(name, "in_the_future", "Evidence is about what has happened; this has not yet.")
    if occurred_end is not None and occurred_end < occurred_at:
        body.fault("occurred_end", "wrong_value", "The act ends before it begins.")
    if occurred_end is None and len(str(body.members["occurred_at"])) == len("2016-01-22"):
        occurred_end = occurred_at + timedelta(hours=23, minutes=59, seconds=59)
    return occurred_at, occurred_end


def _read_outcomes(body: Payload) -> Mapping[str, str]:
    answers = body.payload("outcomes")
    if answers is None:
        return {}
    if len(answers.members) > MAX_OUTCOMES:
        body.fault("outcomes", "too_long", f"There are more than {MAX_OUTCOMES} outcomes.")
        return {}
    outcomes: dict[str, str] = {}
    for name in answers.members:
        if not isinstance(name, str) or TERM.fullmatch(name) is None:
            answers.fault(str(name), "wrong_value", f"{str(name)[:80]!r} cannot be the key of an outcome.")
        else:
            outcomes[name] = answers.text(name, limit=20_000)
    return outcomes


def _read_visibility(body: Payload) -> Visibility:
    wanted = body.one_of("visibility", VISIBILITIES, default="reviewers")
    return next(each for each in VISIBILITIES if each == wanted)


def read_alignments(body: Payload) -> tuple[Alignment, ...]:
    """Return the alignments that somebody set by hand; faults go to the payload's own."""
    alignments: list[Alignment] = []
    for each in body.payloads("alignments", limit=20):
        weight = each.one_of("weight", ("primary", "secondary"), default="primary")
        alignments.append(
            Alignment(
                framework=each.text("framework", pattern=REFERENCE),
                item=each.text("item", pattern=CODE),
                weight="primary" if weight == "primary" else "secondary",
            )
        )
        each.finish()
    return tuple(alignments)


def _check_parts(report: EvidenceReport, body: Payload) -> None:
    """Add the faults that show only when several members are seen together."""
    kind, about_content, about_event = body.members.get("kind"), body.has("content"), body.has("event")
    if kind == "content_completion" and not about_content:
        body.fault("content", "missing_key", "A completion names the content that was completed.")
    if kind == "attendance" and not about_content and not about_event:
        body.fault("content", "missing_key", "An attendance names its content or its event.")
    if report.minutes is None or report.occurred_end is None:
        return
    lasted = report.occurred_end - report.occurred_at
    if timedelta(minutes=report.minutes) > lasted + timedelta(minutes=1):
        body.fault("minutes", "wrong_value", f"{report.minutes} minutes are more than the act lasted.")


# For the evaluation ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the ledger adds to a report: its place, its state, and what reviewers who accepted it said."""

    id: str
    status: EvidenceStatus
    assurance: str
    recorded_at: datetime
    levels: tuple[LevelReached, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    accepted_by: tuple[str, ...] = ()


def evidence_row(report: EvidenceReport, standing: Standing) -> EvidenceRow:
    """Return the row that an evaluation reads. Who reported an act is taken to have aligned it."""
    own = (RowItem(each.framework, each.item, each.weight, "learner") for each in report.alignments)
    seen = (RowItem(each.framework, each.item, each.weight, "reviewer") for each in standing.alignments)
    return EvidenceRow(
        id=standing.id,
        kind=report.kind,
        status=standing.status,
        title=report.title,
        occurred_at=report.occurred_at,
        occurred_end=report.occurred_end,
        recorded_at=standing.recorded_at,
        assurance=standing.assurance,
        content=report.content,
        template=report.template,
        event=report.event,
        role=report.role,
        topics=frozenset(report.topics),
        outcomes=frozenset(report.outcomes),
        minutes=report.minutes or 0,
        reflection=report.reflection is not None,
        levels=standing.levels,
        items=(*seen, *own),
        accepted_by=standing.accepted_by,
    )
