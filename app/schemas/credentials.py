"""Bodies about credentials, for those who have an account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Json, field_validator

from app.schemas.bodies import Answer, Body, readable

SHOWN_IDS: Final = 1000

CREDENTIAL_EXAMPLE: dict[str, Any] = {
    "id": "3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
    "url": "https://passports.example.org/credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
    "status": "issued",
    "learner": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
    "enrolment": "0190f3a2-8d2f-7b1c-9c63-4a1f7c8d2e3f",
    "evaluation": "0190f3a2-9e3a-7c2d-8d74-5b2a8d9e3f4a",
    "evaluation_digest": "9b1f3c5d7e9a1b3c5d75f3c0d5a0c2c7f6f8d0b6b4c1f0ad2d2b7d2b0a8e6d6f",
    "milestone": None,
    "achievement": "community-leadership/1.0.0",
    "awarded_at": "2026-02-20T10:00:00Z",
    "valid_from": "2026-02-20T10:00:00Z",
    "valid_until": None,
    "issued_at": "2026-02-20T10:00:00Z",
    "suspended_at": None,
    "suspension_reason": None,
    "revoked_at": None,
    "revocation_reason": None,
}


Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(readable)]
PassportPart = Annotated[
    str | None,
    BeforeValidator(lambda node: node or None),
    Field(description="The node of the passport that it is for; null for the whole."),
]


class CredentialRevoke(Body):
    """Why a credential is taken back; shown on its public page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Awarded to the wrong person."}]})

    reason: Reason


class CredentialSuspend(Body):
    """Why a credential is put on hold; shown on its public page for as long as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The evidence is being looked at."}]}
    )

    reason: Reason


class CredentialReinstate(Body):
    """Why a suspension ends; kept in the audit trail."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Nothing was wrong."}]})

    reason: Reason


class CredentialCorrect(Body):
    """Why a credential is said anew; `version` names another version of its passport with the same rule."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The learner has a DID now.", "version": "1.0.1"}]}
    )

    reason: Reason
    version: Annotated[str | None, Field(max_length=64, description="Default: the version it names.")] = None


class CorrectionRead(Answer):
    """One correction, and the signed document that it replaced."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 1,
                    "reason": "The learner has a DID now.",
                    "valid_from": "2026-03-01T10:00:00Z",
                    "replaced_valid_from": "2026-02-20T10:00:00Z",
                    "replaced_document": {"id": CREDENTIAL_EXAMPLE["url"]},
                    "replaced_jwt": "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6a2V5OnoifQ.c2ln",
                }
            ]
        }
    )

    number: int
    reason: str
    valid_from: datetime
    replaced_valid_from: datetime
    replaced_document: Annotated[Json[dict[str, Any]], Field(description="With its embedded proof.")]
    replaced_jwt: str


class AchievementRevoke(Body):
    """Why all credentials of an achievement are taken back; with `dry_run` nothing is written."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The assessment was compromised.", "dry_run": True}]}
    )

    reason: Reason
    dry_run: bool = False


class AchievementRevocationRead(Answer):
    """What was revoked, or in a dry run would be: how many, and the ids of the first thousand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "achievement": "community-leadership/1.0.0",
                    "dry_run": True,
                    "count": 1,
                    "credentials": ["3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f"],
                    "revoked_before": 0,
                }
            ]
        }
    )

    achievement: str
    dry_run: bool
    count: int
    credentials: Annotated[list[str], Field(description="At most 1,000 of them, in the order of their ids.")]
    revoked_before: Annotated[int, Field(description="How many had been revoked already.")]

    @field_validator("credentials", mode="before")
    @classmethod
    def _first_thousand(cls, ids: Sequence[str]) -> Sequence[str]:
        return ids[:SHOWN_IDS]


class CredentialRead(Answer):
    """A credential as its issuer or its learner sees it; the document itself is public at `url`."""

    model_config = ConfigDict(json_schema_extra={"examples": [CREDENTIAL_EXAMPLE]})

    id: str
    url: str
    status: str
    learner: Annotated[str, Field(validation_alias="learner_id")]
    enrolment: Annotated[str, Field(validation_alias="enrolment_id")]
    evaluation: Annotated[
        str,
        Field(validation_alias="evaluation_id", description="Why it was issued: GET /v1/evaluations/{id}."),
    ]
    evaluation_digest: Annotated[
        str, Field(description="The `digest` of that evaluation, kept when it was issued.")
    ]
    milestone: PassportPart
    achievement: str
    awarded_at: datetime
    valid_from: datetime
    valid_until: datetime | None
    issued_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str | None
    revoked_at: datetime | None
    revocation_reason: str | None
