"""Answers about definitions of any kind: the draft, and a published version."""

from datetime import datetime
from typing import Any

from app.schemas.bodies import Answer


class DefinitionRead(Answer):
    """The draft behind a key."""

    key: str
    document: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    updated_by: str


class VersionRead(Answer):
    """A published version; it never changes."""

    key: str
    version: str
    document: dict[str, Any]
    digest: str
    url: str
    published_at: datetime
    published_by: str
