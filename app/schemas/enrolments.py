"""Bodies about enrolments and the progress made on them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasPath, ConfigDict, Field

from app.domain.enrolments import EnrolmentStatus
from app.schemas.bodies import Answer, Body, Key

LEARNER_EXAMPLE = "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e"
ENROLMENT_EXAMPLE = "0190f3a2-8d2f-7e0c-9b63-4f1f7c8d2e3f"

LearnerId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$", description="The id of a learner.")]
PassportVersion = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z.-]{1,64}$", description="A published version.", examples=["1.0.0"])
]


class EnrolmentCreate(Body):
    """A learner and the passport to go for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"learner": LEARNER_EXAMPLE, "passport": "community-leadership", "version": None}]
        }
    )

    learner: LearnerId
    passport: Key
    version: Annotated[
        PassportVersion | None, Field(description="Default: the version published last. It stays pinned.")
    ] = None


class EnrolmentRead(Answer):
    """An enrolment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": ENROLMENT_EXAMPLE,
                    "learner": LEARNER_EXAMPLE,
                    "passport": "community-leadership",
                    "version": "1.0.0",
                    "cycle": 1,
                    "renews": False,
                    "status": "active",
                    "enrolled_at": "2016-01-05T09:00:00Z",
                    "completed_at": None,
                    "completion_holds_until": None,
                    "reopened_because": None,
                }
            ]
        }
    )

    id: str
    learner: Annotated[str, Field(validation_alias="learner_id")]
    passport: Annotated[str, Field(validation_alias=AliasPath("passport_version", "key"))]
    version: Annotated[str, Field(validation_alias=AliasPath("passport_version", "version"))]
    cycle: int
    renews: Annotated[bool, Field(description="Whether it renews a credential that has expired.")]
    status: EnrolmentStatus
    enrolled_at: Annotated[datetime, Field(validation_alias="created_at")]
    completed_at: datetime | None
    completion_holds_until: Annotated[
        datetime | None,
        Field(
            description="While a completion waits for approval: from then on the rule is judged anew before "
            "anything is issued."
        ),
    ]
    reopened_because: Annotated[
        str | None, Field(description="Why an enrolment that was completed is active again.")
    ]


# Progress -------------------------------------------------------------------------------------------

PROGRESS_EXAMPLE: dict[str, Any] = {
    "enrolment": ENROLMENT_EXAMPLE,
    "passport": "community-leadership",
    "version": "1.0.0",
    "rule_digest": "5f3c0d5a0c2c7f6f8d0b6b4c1f0ad2d2b7d2b0a8e6d6f9b1f3c5d7e9a1b3c5d7",
    "as_of": "2016-02-20T10:00:00Z",
    "engine": "prl-1",
    "status": "partial",
    "complete": False,
    "units": {"met": 7, "waived": 0, "pending": 1, "total": 9},
    "nodes": [
        {
            "key": "content/working-open",
            "parent": "content",
            "kind": "content",
            "title": "Working Open",
            "section": "content",
            "status": "met",
            "need": 1,
            "have": 1,
            "claimed": [
                {
                    "evidence": "0190f3a2-9e30-7f1d-ac74-5020809e3f40",
                    "why": "session 'Open by design' is aligned to Working Open (primary)",
                }
            ],
        },
        {
            "key": "content/essential-mozilla",
            "parent": "content",
            "kind": "content",
            "title": "Essential Mozilla",
            "status": "unmet",
            "need": 1,
            "have": 0,
            "also_fits": [
                {
                    "evidence": "0190f3a2-af41-7a2e-bd85-613191af4051",
                    "claimed_by": "content/personal-leadership",
                }
            ],
        },
    ],
    "shortfalls": [
        {
            "group": ["content/essential-mozilla", "content/personal-leadership"],
            "needs": 2,
            "missing": 1,
            "fitting_rows": ["0190f3a2-af41-7a2e-bd85-613191af4051"],
            "text": "Essential Mozilla and Personal Leadership need 2 different pieces of evidence; 1 fits.",
        }
    ],
    "next_steps": [
        {
            "closes": ["content/essential-mozilla"],
            "kind": "content",
            "ref": "content:mozilla-today",
            "mode": "online",
            "reason": "aligned to Essential Mozilla and approved",
        }
    ],
    "unused_evidence": [
        {
            "evidence": "0190f3a2-b052-7b3f-8e96-7242a2b05162",
            "why_not": "'choice' asks for 300 minutes; this has 90",
        }
    ],
    "exceptions": [],
    "expires_next": None,
    "explain_url": None,
}


class UnitsRead(Answer):
    """Units of the whole rule; `pending` would be met if what is under review were accepted."""

    met: int
    waived: int
    pending: int
    total: int


class ClaimRead(Answer):
    """Evidence that pays for a unit, and why it may."""

    evidence: str
    why: str


class FitElsewhereRead(Answer):
    """Evidence that would fit here and pays for another requirement."""

    evidence: str
    claimed_by: str


class NodeRead(Answer):
    """One requirement; what is empty is left out."""

    model_config = ConfigDict(extra="allow")

    key: str
    parent: str | None
    kind: str
    title: str | None = None
    hint: str | None = None
    section: str | None = None
    optional: bool = False
    status: Annotated[str, Field(description="`met`, `pending`, `partial` or `unmet`.")]
    need: int
    have: int
    claimed: tuple[ClaimRead, ...] = ()
    also_fits: tuple[FitElsewhereRead, ...] = ()
    in_review: Annotated[tuple[str, ...], Field(description="Evidence under review that fits.")] = ()


class ShortfallRead(Answer):
    """Requirements that compete for too little evidence, said in one sentence."""

    group: list[str]
    needs: int
    missing: int
    fitting_rows: list[str]
    text: str


class NextStepRead(Answer):
    """Something that would close a unit of each requirement it names."""

    model_config = ConfigDict(extra="allow")

    closes: list[str]
    kind: str
    ref: str | None
    reason: str
    mode: str | None = None
    when: Annotated[str | None, Field(description="When it starts, if it is for a time only.")] = None


class UnusedEvidenceRead(Answer):
    """Evidence that pays for nothing, and why."""

    evidence: str
    why_not: str


class MilestoneRead(Answer):
    """A part that is worth a credential of its own, and the address of the credential once it is issued."""

    node: str
    title: str
    status: str
    credential: str | None = None


class ProgressRead(Answer):
    """Where a learner stands, worked out from the ledger, with the reason for each answer."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [PROGRESS_EXAMPLE]})

    enrolment: str
    passport: str
    version: str
    rule_digest: str
    as_of: datetime
    engine: Annotated[str, Field(description="Names the semantics of the rule language.")]
    status: Annotated[str, Field(description="`met`, `pending`, `partial` or `unmet`.")]
    complete: bool
    units: UnitsRead
    nodes: list[NodeRead]
    shortfalls: list[ShortfallRead]
    next_steps: list[NextStepRead]
    unused_evidence: list[UnusedEvidenceRead]
    milestones: list[MilestoneRead] = Field(default_factory=list)
    exceptions: list[dict[str, Any]]
    expires_next: datetime | None
    explain_url: Annotated[str | None, Field(description="The frozen evaluation, once there is one.")]
