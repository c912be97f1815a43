"""Bodies about evidence."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from app.domain.evidence import MAX_MINUTES, VISIBILITIES, WEB_ADDRESS, Visibility
from app.domain.payloads import KEY, REFERENCE, TERM
from app.domain.rules.facts import EvidenceStatus
from app.domain.rules.language import ASSURANCES, EVIDENCE_KINDS
from app.schemas.bodies import Answer, Body, readable
from app.schemas.enrolments import LEARNER_EXAMPLE
from app.schemas.reviews import ALIGNMENTS_SCHEMA, EVIDENCE_ID, AlignmentRead, ReviewRead, anchored

EVIDENCE_EXAMPLE: dict[str, Any] = {
    "kind": "attendance",
    "title": "Open by design",
    "description": "A morning session at the summit.",
    "occurred_at": "2016-01-22T09:00:00Z",
    "occurred_end": None,
    "content": "open-by-design",
    "template": None,
    "event": None,
    "role": None,
    "topics": [],
    "outcomes": {"what-i-learned": "How to plan work so that others can join it."},
    "minutes": 60,
    "points": None,
    "credits": None,
    "score": None,
    "form": None,
    "data": {},
    "opportunity": None,
    "opportunity_hub": None,
    "organisation": None,
    "endorser": None,
    "endorser_org": None,
    "activity": None,
    "credential": None,
    "verification": None,
    "reflection": "Our next sprint starts with a list of what newcomers can do.",
    "url": "https://events.example.org/open-by-design",
    "alignments": [],
    "visibility": "reviewers",
    "source_id": None,
}

_INSTANT = (
    "RFC 3339 with a time zone, or a date alone for the whole day in UTC; at most five minutes in the future."
)


def _optional(**schema: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON Schema keywords)
    return {"type": ["string", "null"], **schema}


_PROPERTIES: dict[str, Any] = {
    "kind": {"enum": list(EVIDENCE_KINDS)},
    "title": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": _optional(maxLength=20_000),
    "occurred_at": {"type": "string", "description": _INSTANT},
    "occurred_end": _optional(description="When it ended; not before `occurred_at`."),
    "content": _optional(pattern=anchored(KEY.pattern), description="The key of a content item."),
    "template": _optional(pattern=anchored(KEY.pattern), description="What kind of experience it was."),
    "event": _optional(pattern=anchored(KEY.pattern)),
    "role": _optional(pattern=anchored(TERM.pattern), examples=["facilitator"]),
    "topics": {
        "type": "array",
        "maxItems": 100,
        "items": {"type": "string", "pattern": anchored(TERM.pattern)},
    },
    "outcomes": {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": 20_000},
        "description": "The learner's answers, by the key of the outcome that the passport asks for.",
    },
    "minutes": {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_MINUTES},
    "points": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_MINUTES},
    "credits": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_MINUTES},
    "score": {
        "description": "From 0 to 1: a number, `{scaled}`, or `{raw, min, max}`.",
        "oneOf": [
            {"type": "null"},
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "object", "additionalProperties": {"type": "number"}},
        ],
    },
    "reflection": _optional(maxLength=20_000),
    "form": _optional(
        pattern=anchored(REFERENCE.pattern), description="A published form; its last version, unless named."
    ),
    "data": {"type": ["object", "null"], "description": "The filled-in form, as its schema asks."},
    "opportunity": _optional(pattern=anchored(KEY.pattern), description="The need of a project that it met."),
    "opportunity_hub": _optional(pattern=anchored(TERM.pattern), description="That of the opportunity."),
    "organisation": _optional(maxLength=200, description="With or for whom it was done."),
    "endorser": _optional(
        maxLength=200,
        description="Who gives their word, for an endorsement or attestation; never the learner.",
    ),
    "endorser_org": _optional(maxLength=200, description="Where the endorser belongs."),
    "activity": _optional(
        pattern=anchored(TERM.pattern),
        description="Tells acts apart that have content and day in common, such as a registration.",
    ),
    "credential": {
        "description": "A credential as evidence: a compact JWT or JSON as text, or the JSON itself.",
        "oneOf": [{"type": "null"}, {"type": "string"}, {"type": "object"}],
    },
    "verification": {"type": "null", "description": "What our verifier says; it is not for the sender."},
    "url": _optional(pattern=anchored(WEB_ADDRESS.pattern), maxLength=2000),
    "alignments": ALIGNMENTS_SCHEMA,
    "visibility": {
        "enum": list(VISIBILITIES),
        "default": "reviewers",
        "description": "`private`: the learner and administrators; `public`: it may stand in a credential.",
    },
    "source_id": _optional(
        maxLength=200, description="The sender's own name for the act: the same one is the same act."
    ),
}


def _schema(title: str, example: dict[str, Any], **more: Any) -> WithJsonSchema:  # noqa: ANN401 (as above)
    return WithJsonSchema(
        {
            "title": title,
            "type": "object",
            "required": ["kind", "title", "occurred_at"],
            "additionalProperties": False,
            "properties": _PROPERTIES | more,
            "examples": [example],
        }
    )


EvidenceDocument = Annotated[
    dict[str, Any],
    _schema(
        "EvidenceCreate",
        EVIDENCE_EXAMPLE | {"draft": False},
        draft={
            "type": "boolean",
            "default": False,
            "description": "Keep it as a draft that nobody reviews before it is submitted.",
        },
    ),
]
"""Evidence as it is sent; `domain.evidence.read_report` reads it and names every fault."""

RevisionDocument = Annotated[dict[str, Any], _schema("RevisionCreate", EVIDENCE_EXAMPLE)]
"""The whole new text of a piece of evidence, read in the same way."""


class InvalidationCreate(Body):
    """Why accepted evidence no longer counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "The organiser says that the session did not take place."}]
        }
    )

    reason: Annotated[
        str,
        Field(min_length=1, max_length=2000, description="Kept with the evidence."),
        AfterValidator(readable),
    ]


# Answers --------------------------------------------------------------------------------------------

_READ = {
    "id": EVIDENCE_ID,
    "learner": LEARNER_EXAMPLE,
    "status": "accepted",
    "assurance": "system",
    "revision": 1,
    "submitted_by": "lms.example.org",
    "recorded_at": "2016-01-22T11:00:00Z",
    **EVIDENCE_EXAMPLE,
}


class EvidenceRead(Answer):
    """A piece of evidence: its state, and what its present revision says."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    id: str
    learner: str
    status: EvidenceStatus
    assurance: Annotated[str, Field(description=f"{' < '.join(ASSURANCES)}.")]
    revision: int
    submitted_by: str
    recorded_at: datetime
    kind: str
    title: str
    description: str | None
    occurred_at: datetime
    occurred_end: datetime | None
    content: str | None
    template: str | None
    event: str | None
    role: str | None
    topics: list[str]
    outcomes: dict[str, str]
    minutes: int | None
    points: int | None = None
    credits: int | None = None
    score: Annotated[float | None, Field(description="From 0 to 1.")] = None
    reflection: str | None
    form: str | None = None
    data: Annotated[dict[str, Any] | None, Field(description="The filled-in form.")] = None
    opportunity: str | None = None
    opportunity_hub: str | None = None
    organisation: str | None = None
    endorser: str | None = None
    endorser_org: str | None = None
    activity: str | None = None
    credential: str | None = None
    verification: Annotated[
        dict[str, Any] | None, Field(description="What our verifier said of the credential.")
    ] = None
    url: str | None
    alignments: list[AlignmentRead]
    visibility: Visibility
    source_id: str | None

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:  # noqa: ANN401 (a stored piece of evidence, with its present revision)
        """Lay the state and the text of the present revision side by side."""
        if isinstance(row, dict):
            return row
        members = {name: getattr(row, name) for name in cls.model_fields if name in _OF_ROW}
        document = row.current.document
        score = document.get("score")
        members["score"] = None if score is None else float(Fraction(score))
        return {**document, **members, "learner": row.learner_id, "recorded_at": row.created_at}


_OF_ROW = frozenset(
    {"id", "status", "assurance", "revision", "submitted_by", "revisions", "transitions", "reviews"}
)


class RevisionRead(Answer):
    """What was submitted, word for word."""

    number: int
    document: dict[str, Any]
    submitted_by: str
    recorded_at: datetime


class TransitionRead(Answer):
    """One change of state."""

    from_status: Annotated[str | None, Field(serialization_alias="from")]
    to_status: Annotated[str, Field(serialization_alias="to")]
    actor: str
    reason: str | None
    at: Annotated[datetime, Field(validation_alias="created_at")]


class EvidenceDetail(EvidenceRead):
    """A piece of evidence with all that was ever said of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _READ
                | {
                    "revisions": [
                        {
                            "number": 1,
                            "document": EVIDENCE_EXAMPLE,
                            "submitted_by": "lms.example.org",
                            "recorded_at": "2016-01-22T11:00:00Z",
                        }
                    ],
                    "transitions": [
                        {
                            "from": None,
                            "to": "accepted",
                            "actor": "lms.example.org",
                            "reason": None,
                            "at": "2016-01-22T11:00:00Z",
                        }
                    ],
                    "reviews": [],
                }
            ]
        }
    )

    revisions: list[RevisionRead]
    transitions: list[TransitionRead]
    reviews: list[ReviewRead]
