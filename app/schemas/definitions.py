"""Answers about definitions of any kind: the draft, and a published version."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.versions import VersionStatus
from app.schemas.bodies import Answer

_DOCUMENT: dict[str, Any] = {
    "key": "participation-leadership",
    "version": "0.1",
    "title": "Participation Leadership Framework",
    "description": None,
    "items": [
        {
            "code": "working-open",
            "kind": "block",
            "label": "Working Open",
            "statement": None,
            "parent": None,
            "aliases": [],
        }
    ],
}


class DefinitionRead(Answer):
    """The draft behind a key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "participation-leadership",
                    "document": _DOCUMENT,
                    "created_at": "2026-01-04T09:00:00Z",
                    "updated_at": "2026-01-04T09:00:00Z",
                    "updated_by": "ana@community.example.org",
                }
            ]
        }
    )

    key: str
    document: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    updated_by: str


class VersionRead(Answer):
    """A published version; what it says never changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "participation-leadership",
                    "version": "0.1",
                    "public_key": "participation-leadership",
                    "document": _DOCUMENT,
                    "digest": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
                    "lint": [],
                    "published_at": "2026-01-04T09:30:00Z",
                    "published_by": "ana@community.example.org",
                    "status": "published",
                    "retires_at": None,
                }
            ]
        }
    )

    key: str
    version: str
    public_key: Annotated[str, Field(description="Its name in public URLs.")]
    document: dict[str, Any]
    digest: Annotated[str, Field(description="SHA-256 of the document, members sorted.")]
    lint: Annotated[list[dict[str, Any]], Field(description="Warnings that were kept with the version.")]
    published_at: Annotated[datetime, Field(validation_alias="created_at")]
    published_by: str
    status: Annotated[
        VersionStatus, Field(description="`deprecated` takes no new enrolments; `retired` says when it ends.")
    ]
    retires_at: Annotated[datetime | None, Field(description="When enrolments on a retired version close.")]
