"""Bodies about approvals before the issue."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from app.schemas.bodies import Answer, Body, readable
from app.schemas.credentials import PassportPart, Reason
from app.schemas.enrolments import ENROLMENT_EXAMPLE

_READ: dict[str, Any] = {
    "id": "0190f3a2-f7a1-7b3c-9d5e-1f2a3b4c5d6e",
    "enrolment": ENROLMENT_EXAMPLE,
    "evaluation": "0190f3a2-c163-7c40-9fa7-8353b3c16273",
    "milestone": None,
    "approved_by": "hana@iot.example.org",
    "comment": "I saw the prototype.",
    "approved_at": "2016-02-21T10:00:00Z",
    "revoked_at": None,
    "revoked_by": None,
    "revocation_reason": None,
}


class IssueApprovalCreate(Body):
    """What is approved, the passport unless a milestone is named, and what is to be kept with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "I saw the prototype."}]})

    milestone: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
            description="The node of a milestone, to approve that alone.",
        ),
    ] = None
    comment: Annotated[
        Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(readable)] | None, Field()
    ] = None


class IssueApprovalRevoke(Body):
    """Why an approval is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "It was another prototype."}]})

    reason: Reason


class IssueApprovalRead(Answer):
    """One approval of one completion; it counts until it is revoked."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    id: str
    enrolment: Annotated[str, Field(validation_alias="enrolment_id")]
    evaluation: Annotated[str, Field(validation_alias="evaluation_id")]
    milestone: PassportPart
    approved_by: str
    comment: str | None
    approved_at: Annotated[datetime, Field(validation_alias="created_at")]
    revoked_at: datetime | None
    revoked_by: str | None
    revocation_reason: str | None
