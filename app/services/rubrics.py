"""Rubrics: the draft and its published versions."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.rubrics import read_rubric
from app.models import Definition, DefinitionVersion
from app.services.definitions import (
    DefinitionKind,
    Preconditions,
    publish_draft,
    put_definition,
)
from app.services.sites import Site

KIND = DefinitionKind.RUBRIC


def put_rubric(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a draft. Raises `InvalidPayloadError` with all faults of the document."""
    rubric = read_rubric(document, key=key)
    return put_definition(session, actor, (KIND, key, rubric.to_document()), conditions, now=now)


def publish_rubric(
    session: Session, actor: Actor, key: str, *, site: Site, now: datetime
) -> tuple[DefinitionVersion, bool]:
    """Freeze the draft under the version it names. Raises `NotFoundError` and `VersionExistsError`."""
    del site  # only passports have something that is addressed when they are published
    return publish_draft(session, actor, KIND, key, now=now)
