"""Bodies about the life of published versions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body, Instant


class VersionRetire(Body):
    """When the enrolments on a version close."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"retires_at": "2017-01-01T00:00:00Z"}]})

    retires_at: Annotated[
        Instant, Field(description="RFC 3339 with a time zone; learners may finish until then.")
    ]


class VersionFindingRead(Answer):
    """One thing that lint says of a version."""

    severity: Annotated[
        Literal["error", "warning"], Field(description="With an `error`, nobody could complete it now.")
    ]
    pointer: str
    code: str
    detail: str
    hint: str | None


class VersionCheckRead(Answer):
    """What lint said of a published version when it was checked last."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "checked_at": "2026-03-01T02:00:00Z",
                    "findings": [
                        {
                            "severity": "error",
                            "pointer": "/rule/all_of/0",
                            "code": "no_route",
                            "detail": "No approved content fits 'session', so nobody could meet it.",
                            "hint": "Approve content for it first.",
                        }
                    ],
                }
            ]
        }
    )

    checked_at: datetime
    findings: list[VersionFindingRead]
