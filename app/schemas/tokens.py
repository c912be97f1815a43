"""Bodies about API tokens."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.actors import Role, Scope
from app.domain.payloads import KEY, TERM
from app.schemas.bodies import Answer, Body, ShortText

_READ: dict[str, Any] = {
    "id": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
    "name": "Learning platform",
    "subject": "lms.example.org",
    "role": "integration",
    "scopes": ["enrolments:write", "evidence:attest", "evidence:write", "learners:write"],
    "learner": None,
    "positions": [],
    "hint": "lpt_Zk3a",
    "created_at": "2026-01-04T09:00:00Z",
    "expires_at": "2026-04-04T09:00:00Z",
    "revoked_at": None,
}


class PositionBody(Body):
    """A role that somebody holds: in a hub and all below it or, without one, everywhere."""

    role: Annotated[
        str, Field(pattern=f"^{TERM.pattern}$", description="As `approvers` of passports name it.")
    ]
    hub: Annotated[str | None, Field(pattern=f"^{KEY.pattern}$")] = None


class TokenCreate(Body):
    """An order for a new token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Learning platform",
                    "role": "integration",
                    "subject": "lms.example.org",
                    "scopes": ["learners:write", "enrolments:write", "evidence:write", "evidence:attest"],
                    "expires_in_days": 90,
                }
            ]
        }
    )

    name: ShortText
    role: Role
    subject: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Who acts with it; default: the token's name."),
    ] = None
    scopes: Annotated[
        list[Scope] | None, Field(max_length=64, description="Default: all scopes of the role.")
    ] = None
    learner: Annotated[
        str | None,
        Field(max_length=64, description="The learner that acts; needed for the role `learner`."),
    ] = None
    positions: Annotated[
        tuple[PositionBody, ...],
        Field(max_length=20, description="The roles that whoever acts with it holds."),
    ] = ()
    expires_in_days: Annotated[
        int, Field(ge=1, le=366, description="At most; no token outlives the one that orders it.")
    ] = 90


class PositionRead(Answer):
    """A role that somebody holds, in a hub and all below it or everywhere."""

    role: str
    hub: str | None


class TokenRead(Answer):
    """A token without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    id: str
    name: str
    subject: str
    role: Role
    scopes: list[Scope]
    learner: Annotated[str | None, Field(validation_alias="learner_id")]
    positions: list[PositionRead]
    hint: Annotated[str, Field(description="How the secret begins.")]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class TokenCreated(TokenRead):
    """A new token with its secret, which is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [_READ | {"secret": "lpt_Zk3aExampleExampleExampleExampleExampleExam"}]
        },
        populate_by_name=True,  # it is made from a `TokenRead`, not from a row
    )

    secret: str
