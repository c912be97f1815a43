"""Bodies about exceptions for one learner."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from app.domain.exceptions import ExceptionStatus, ExceptionVerdict, status_after
from app.domain.rules.exceptions import KINDS
from app.schemas.bodies import Answer, Body, readable
from app.schemas.enrolments import ENROLMENT_EXAMPLE

EXCEPTION_ID = "0190f3a2-e385-7e62-91c9-a575d5e38495"
PROPOSAL_EXAMPLE: dict[str, Any] = {
    "kind": "substitute",
    "node": "session",
    "evidence": "0190f3a2-9e30-7f1d-ac74-5020809e3f40",
    "reason": "The workshop in Nairobi covers what the session teaches.",
}
_REASON: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 2000}

ExceptionDocument = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "title": "ExceptionCreate",
            "type": "object",
            "required": ["kind", "node", "reason"],
            "additionalProperties": False,
            "properties": {
                "kind": {"enum": list(KINDS)},
                "node": {"type": "string", "maxLength": 200, "description": "The key of a node."},
                "reason": _REASON,
                "evidence": {"type": "string", "description": "For `substitute` and `pin`."},
                "where": {"type": "object", "description": "For `allow`: the fields that are widened."},
                "count": {"type": "integer", "minimum": 1, "description": "For `adjust`."},
                "at_least": {"description": "For `adjust` of an amount: a number, or hours such as 8h."},
                "expires_at": {"type": "string", "format": "date-time"},
                "accept_loss": {
                    "type": "boolean",
                    "default": False,
                    "description": "For `pin`: it may lower the result.",
                },
            },
            "examples": [PROPOSAL_EXAMPLE],
        }
    ),
]
"""An exception as it is proposed; `domain.exceptions.read_proposal` reads it and names every fault."""


class DecisionCreate(Body):
    """What somebody else decides about an exception."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "granted", "reason": "I saw the programme."}]}
    )

    decision: ExceptionVerdict
    reason: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(readable)]


class DecisionRead(Answer):
    """One decision about an exception."""

    decision: ExceptionVerdict
    reason: str
    decided_by: str
    decided_at: Annotated[datetime, Field(validation_alias="created_at")]


class ExceptionRead(Answer):
    """An exception with what was decided about it; it counts while its status is `granted`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                PROPOSAL_EXAMPLE
                | {
                    "id": EXCEPTION_ID,
                    "enrolment": ENROLMENT_EXAMPLE,
                    "status": "proposed",
                    "accept_loss": False,
                    "proposed_by": "mentor@community.example.org",
                    "proposed_at": "2016-02-18T10:00:00Z",
                    "decisions": [],
                }
            ]
        }
    )

    id: str
    enrolment: str
    status: ExceptionStatus
    kind: str
    node: str
    reason: str
    evidence: str | None = None
    where: dict[str, Any] | None = None
    count: int | None = None
    at_least: int | str | None = None
    expires_at: datetime | None = None
    accept_loss: bool
    proposed_by: str
    proposed_at: datetime
    decisions: list[DecisionRead]

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:  # noqa: ANN401 (a stored proposal, with its decisions)
        """Lay what an evaluation reads beside who said it."""
        if isinstance(row, dict):
            return row
        members = {name: getattr(row, name) for name in ("id", "reason", "accept_loss", "proposed_by")}
        return {
            **row.document,
            **members,
            "enrolment": row.enrolment_id,
            "proposed_at": row.created_at,
            "status": status_after([each.decision for each in row.decisions]),
            "decisions": row.decisions,
        }
