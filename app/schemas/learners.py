"""Bodies about learners."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body, Email, ShortText

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

Did = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=r"^did:[a-z0-9]+:([A-Za-z0-9._-]|:|%[0-9A-Fa-f]{2})*([A-Za-z0-9._-]|%[0-9A-Fa-f]{2})$",
        description="A decentralized identifier (DID Core 1.0, 3.1) that the learner has shown to hold.",
    ),
]
Namespace = Annotated[
    str,
    Field(
        max_length=300,
        pattern=_PRINTABLE,
        description="The system that knows the learner under `external_id`, such as its URL.",
    ),
]
ExternalId = Annotated[
    str,
    Field(
        max_length=200, pattern=_PRINTABLE, description="What the system of `namespace` calls the learner."
    ),
]

_EXAMPLE: dict[str, Any] = {
    "namespace": "https://lms.example.org",
    "external_id": "amina-01",
    "display_name": "Amina",
    "email": "amina@example.org",
    "did": None,
}


class LearnerCreate(Body):
    """A learner as a partner system knows them; what is left out is not compared with what is stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    namespace: Namespace
    external_id: ExternalId
    display_name: ShortText
    email: Annotated[Email | None, Field(description="Never public: credentials hold it hashed.")] = None
    did: Did | None = None


class LearnerUpdate(Body):
    """What is to change; what is left out stays, `null` empties."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}]}
    )

    display_name: Annotated[ShortText, Field(default_factory=str, description="Never empty, so never null.")]
    email: Email | None = None
    did: Did | None = None


class LearnerRoleRead(Answer):
    """A role that a credential brought; it ends with the credential's being in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "mentor",
                    "hub": "internet-of-things",
                    "credential": "3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
                    "until": None,
                    "reviews": True,
                }
            ]
        }
    )

    role: str
    hub: Annotated[str | None, Field(description="Where it is held, and below it; null is everywhere.")]
    credential: str
    until: Annotated[datetime | None, Field(description="When the credential expires.")]
    reviews: Annotated[bool, Field(description="Whether its holder may review what others report.")]


class LearnerRead(Answer):
    """A learner."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
                    **_EXAMPLE,
                    "created_at": "2016-01-04T09:00:00Z",
                    "updated_at": "2016-01-04T09:00:00Z",
                }
            ]
        }
    )

    id: str
    namespace: str
    external_id: str
    display_name: str
    email: str | None
    did: str | None
    created_at: datetime
    updated_at: datetime
