"""Bodies about issuers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body, Email, Key, LongText, ShortText, WebUrl

_EXAMPLE: dict[str, Any] = {
    "name": "Open Leadership Community",
    "url": "https://community.example.org",
    "description": "A community that grows its leaders in the open.",
    "email": "badges@community.example.org",
    "image": None,
}


class IssuerUpdate(Body):
    """The whole public profile; what is left out is emptied."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: ShortText
    url: WebUrl
    description: LongText | None = None
    email: Annotated[Email | None, Field(description="Shown in every credential.")] = None
    image: WebUrl | None = None


class IssuerCreate(IssuerUpdate):
    """A new issuer, as the command line makes it."""

    key: Key


class IssuerRead(Answer):
    """The issuer as its administrators see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "community",
                    "did": "did:web:passports.example.org:issuers:community",
                    **_EXAMPLE,
                    "created_at": "2026-01-04T09:00:00Z",
                    "updated_at": "2026-01-04T09:00:00Z",
                }
            ]
        }
    )

    key: str
    did: str
    name: str
    url: str
    description: str | None
    email: str | None
    image: str | None
    created_at: datetime
    updated_at: datetime
