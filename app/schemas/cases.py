"""Bodies about officer cases."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasPath, ConfigDict, Field

from app.domain.cases import CaseOutcome, CaseStatus, CauseKind
from app.schemas.bodies import Answer, Body
from app.schemas.credentials import CREDENTIAL_EXAMPLE, Reason
from app.schemas.enrolments import PROGRESS_EXAMPLE

_READ: dict[str, Any] = {
    "id": "0190f3a2-f1d4-7a08-8c3e-2d5b7f9a1c3e",
    "credential": CREDENTIAL_EXAMPLE["id"],
    "learner": CREDENTIAL_EXAMPLE["learner"],
    "enrolment": CREDENTIAL_EXAMPLE["enrolment"],
    "evaluation": CREDENTIAL_EXAMPLE["evaluation"],
    "achievement": CREDENTIAL_EXAMPLE["achievement"],
    "cause": "evidence",
    "cause_id": "0190f3a2-9e30-7f1d-ac74-5020809e3f40",
    "cause_reason": "The session never took place.",
    "status": "open",
    "holds": False,
    "opened_at": "2026-03-01T10:00:00Z",
    "replay": {name: PROGRESS_EXAMPLE[name] for name in ("status", "units", "shortfalls")},
    "decisions": [],
}


class CaseDecide(Body):
    """What an officer decides, and why; the reason shows where the credential does."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "keep", "reason": "She held the same session a week later."}]
        }
    )

    decision: CaseOutcome
    reason: Reason


class CaseDecisionRead(Answer):
    """One decision about a case."""

    decision: Annotated[CaseOutcome, Field(validation_alias="outcome")]
    reason: str
    decided_by: str
    decided_at: Annotated[datetime, Field(validation_alias="created_at")]


class CaseRead(Answer):
    """A credential whose footing gave way, what the rule comes to now, and what was decided."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    id: str
    credential: Annotated[str, Field(validation_alias="credential_id")]
    learner: Annotated[str, Field(validation_alias=AliasPath("credential", "learner_id"))]
    enrolment: Annotated[str, Field(validation_alias=AliasPath("credential", "enrolment_id"))]
    evaluation: Annotated[
        str,
        Field(
            validation_alias=AliasPath("credential", "evaluation_id"),
            description="Why it was issued: GET /v1/evaluations/{id}.",
        ),
    ]
    achievement: Annotated[str, Field(validation_alias=AliasPath("credential", "achievement"))]
    cause: Annotated[
        CauseKind, Field(validation_alias="cause_kind", description="What fell away under the credential.")
    ]
    cause_id: str
    cause_reason: Annotated[str | None, Field(description="In the words of whoever declared it void.")]
    status: CaseStatus
    holds: Annotated[
        bool,
        Field(
            description="Whether the case is why the credential is suspended: an officer said so, or the "
            "passport does. Keeping the credential lifts that, unless another case holds it too."
        ),
    ]
    opened_at: Annotated[datetime, Field(validation_alias="created_at")]
    replay: Annotated[
        dict[str, Any],
        Field(
            description="What the frozen evaluation comes to without it: status, units, shortfalls, gate. "
            "`milestone` names the node that the credential is for, if it is one of a milestone."
        ),
    ]
    decisions: list[CaseDecisionRead]
