"""Bodies about going over to a later version of a passport."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasPath, ConfigDict, Field

from app.domain.rules.definition import MigrationMode
from app.domain.upgrades import Sweep
from app.schemas.bodies import Answer, Body
from app.schemas.enrolments import ENROLMENT_EXAMPLE, PROGRESS_EXAMPLE, PassportVersion, ProgressRead
from app.schemas.exceptions import EXCEPTION_ID


class UpgradeAccept(Body):
    """The version that was shown and is accepted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "2.0.0"}]})

    version: PassportVersion


_UPGRADED: dict[str, Any] = {**PROGRESS_EXAMPLE, "version": "2.0.0"}


_CARRIED: dict[str, Any] = {"id": EXCEPTION_ID, "kind": "waive", "node": "prototype", "becomes": None}


class CarriedExceptionRead(Answer):
    """An exception in force, and the node that it is about on either version."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CARRIED]})

    id: str
    kind: str
    node: str
    becomes: Annotated[
        str | None, Field(description="Its node on the later version; null: it would apply to nothing.")
    ]


class UpgradeRead(Answer):
    """A later version, and how far the learner is on the pinned one (`current`) and on it (`upgraded`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "enrolment": ENROLMENT_EXAMPLE,
                    "version": "2.0.0",
                    "policy": "offer",
                    "moves_at": None,
                    "reason": None,
                    "current": PROGRESS_EXAMPLE,
                    "upgraded": _UPGRADED,
                    "exceptions": [_CARRIED],
                }
            ]
        }
    )

    enrolment: Annotated[str, Field(validation_alias=AliasPath("enrolment", "id"))]
    version: Annotated[str, Field(validation_alias=AliasPath("target", "version"))]
    policy: Annotated[MigrationMode, Field(validation_alias=AliasPath("policy", "mode"))]
    moves_at: Annotated[
        datetime | None,
        Field(validation_alias=AliasPath("policy", "on"), description="When everybody is moved, if so."),
    ]
    reason: Annotated[str | None, Field(validation_alias=AliasPath("policy", "reason"))]
    current: ProgressRead
    upgraded: ProgressRead
    exceptions: Annotated[
        list[CarriedExceptionRead], Field(description="What becomes of the exceptions in force.")
    ]


class SweepRead(Answer):
    """How far the service has come in going through the enrolments on earlier versions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy": "if_not_worse",
                    "due_at": "2026-01-04T09:30:00Z",
                    "examined": 412,
                    "moved": 403,
                    "finished_at": "2026-01-04T09:30:06Z",
                }
            ]
        }
    )

    policy: Annotated[Sweep, Field(description="`patch` moves those to whom nothing but words changes.")]
    due_at: datetime
    examined: int
    moved: int
    finished_at: datetime | None
