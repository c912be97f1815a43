"""Bodies about partnerships."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain.evidence import Visibility
from app.domain.instants import Duration
from app.domain.rules.language import PARTNERSHIP_STATUSES
from app.schemas.bodies import Answer, Body, Day, Instant, Key, LongText, ShortText, readable
from app.schemas.enrolments import LEARNER_EXAMPLE, LearnerId

PartnershipStatus = Literal[
    "identified", "prioritised", "designed", "initiated", "active", "maintained", "dormant", "closed"
]
_ID = "0190f3a3-1a2b-7c3d-8e4f-5a6b7c8d9e0f"
_BEGAN = "2016-01-20T09:00:00Z"
_PLAN: dict[str, Any] = {
    "cadence": "P3M",
    "agreed_at": "2016-02-01T09:00:00Z",
    "review_on": "2016-12-01",
    "contacts": ["Head of the children's library"],
    "we_give": "Two volunteers every Saturday.",
    "they_give": "The room and the machines.",
}
_MEMBERS: dict[str, Any] = {
    "organisation": "city-library",
    "plan_year": 2016,
    "name": "City Library",
    "hub": "learning",
    "types": ["share-space", "joint-project"],
    "value_note": "Families come here already; we bring what they can do with the machines.",
    "goals": ["A coding club on every Saturday"],
    "priority": 1,
}


def _duration(text: str) -> str:
    try:
        return Duration.parse(text).text
    except ValueError as error:
        said = "must be an ISO 8601 duration of more than nothing, such as P3M or P30D"
        raise PydanticCustomError("duration", said) from error


Cadence = Annotated[
    str,
    Field(max_length=40, description="An ISO 8601 duration: one check-in is due within each."),
    AfterValidator(_duration),
]
Note = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(readable)]
Term = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$")]
PlanYear = Annotated[int, Field(ge=1900, le=9999, description="The year of the steward's plan.")]
Priority = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        description="1 comes first; given once for a steward and a plan year. Closing leaves it to another.",
    ),
]


class MaintenancePlanBody(Body):
    """How the bridge is kept standing."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PLAN]})

    cadence: Cadence
    agreed_at: Annotated[
        Instant | None, Field(description="From when check-ins are counted; by default, from now.")
    ] = None
    review_on: Day | None = None
    contacts: Annotated[list[ShortText], Field(max_length=20, default_factory=list)]
    we_give: LongText | None = None
    they_give: LongText | None = None


class _Members(Body):
    name: Annotated[ShortText | None, Field(description="What people call the organisation.")] = None
    hub: Key | None = None
    types: Annotated[
        list[Term], Field(max_length=20, description="Kinds of partnership.", default_factory=list)
    ]
    value_note: Annotated[LongText | None, Field(description="Why it is worth it.")] = None
    goals: Annotated[list[ShortText], Field(max_length=20, default_factory=list)]
    priority: Priority | None = None
    visibility: Annotated[Visibility, Field(description="`private` hides it from reviewers.")] = "reviewers"
    maintenance: MaintenancePlanBody | None = None


class PartnershipCreate(_Members):
    """A partnership as it begins."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"steward": LEARNER_EXAMPLE} | _MEMBERS]})

    steward: LearnerId
    organisation: Key
    plan_year: PlanYear
    identified_at: Annotated[Instant | None, Field(description="By default, now.")] = None


class PartnershipUpdate(_Members):
    """What is to change; what is left out stays, `null` empties."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"maintenance": _PLAN}]})


class ActionCreate(Body):
    """One thing to do for the bridge."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Call the head librarian", "due": "2016-02-10"}]}
    )

    text: ShortText
    due: Day | None = None
    done_at: Instant | None = None


class ActionUpdate(Body):
    """What is to change of an action, such as when it was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done_at": "2016-02-09T15:00:00Z"}]})

    text: ShortText = ""
    due: Day | None = None
    done_at: Instant | None = None


class CheckInCreate(Body):
    """One look at how the bridge is doing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"at": "2016-02-20T10:00:00Z", "note": "Nine children came."}]}
    )

    at: Annotated[Instant | None, Field(description="By default, now.")] = None
    note: Note | None = None
    by_partner: Annotated[
        bool, Field(description="The partner's own word; it takes the scope evidence:attest.")
    ] = False


class ConfirmationCreate(Body):
    """The partner's word that the bridge stands, as somebody other than the steward has it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"at": "2016-02-10T09:00:00Z", "note": "Said at the opening."}]}
    )

    at: Annotated[Instant | None, Field(description="By default, now.")] = None
    note: Note | None = None


class EndingCreate(Body):
    """Why a partnership ends, or does not count."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The library moved away."}]})

    reason: Note


class ActionRead(Answer):
    """An action; `number` is its place, from 1 on."""

    number: int
    text: str
    due: date | None
    added_at: datetime
    done_at: datetime | None


class MaintenancePlanRead(Answer):
    """How the bridge is kept standing."""

    cadence: str
    agreed_at: datetime
    review_on: date | None
    contacts: list[str]
    we_give: str | None
    they_give: str | None


class CheckInRead(Answer):
    """A check-in; `on_time` was judged when it was made, by the plan of that day."""

    at: datetime
    note: str | None
    by_partner: bool
    on_time: bool


class WordRead(Answer):
    """What somebody said for the whole partnership."""

    at: datetime
    by: str
    text: str | None


class PartnershipRead(Answer):
    """A partnership, and how far it has come by now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "steward": LEARNER_EXAMPLE,
                    "status": "prioritised",
                    **dict.fromkeys(("since", "identified_at", "created_at", "updated_at"), _BEGAN),
                    **_MEMBERS,
                    "visibility": "reviewers",
                    "actions": [],
                    "checkins": [],
                    **dict.fromkeys(("maintenance", "dormant_at", "confirmed", "closed", "invalidated")),
                    "updated_by": "lms.example.org",
                }
            ]
        }
    )

    id: str
    steward: str
    status: Annotated[
        PartnershipStatus, Field(description=f"In this order: {', '.join(PARTNERSHIP_STATUSES)}.")
    ]
    since: Annotated[datetime, Field(description="The last transition, or check-in that was on time.")]
    dormant_at: Annotated[
        datetime | None, Field(description="When two check-ins will have been missed, if none comes.")
    ]
    organisation: str
    plan_year: int
    name: str | None
    hub: str | None
    types: list[str]
    value_note: str | None
    goals: list[str]
    priority: int | None
    visibility: Visibility
    identified_at: datetime
    maintenance: MaintenancePlanRead | None
    actions: list[ActionRead]
    checkins: list[CheckInRead]
    confirmed: WordRead | None
    closed: WordRead | None
    invalidated: WordRead | None
    created_at: datetime
    updated_at: datetime
    updated_by: str

    @model_validator(mode="before")
    @classmethod
    def _from_view(cls, view: Any) -> Any:  # noqa: ANN401 (a partnership as it stands, or its members)
        """Lay what the record says beside where it stands."""
        if isinstance(view, dict):
            return view
        row, standing = view.row, view.standing
        actions = enumerate(row.document["actions"], start=1)
        return {
            **row.document,
            "id": row.id,
            "steward": row.learner_id,
            "status": standing.status,
            "since": standing.since,
            "dormant_at": standing.dormant_at,
            "actions": [{"number": number, **action} for number, action in actions],
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "updated_by": row.updated_by,
        }
