"""Achievements: the public, immutable side of a published passport version."""

import json
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import DefinitionVersion
from app.services.badge_images import render_png
from app.services.definitions import DefinitionKind, load_public_version


def load_achievement(session: Session, public_key: str, version: str) -> DefinitionVersion:
    """Return the passport version behind an achievement's address; raises `NotFoundError`."""
    return load_public_version(session, DefinitionKind.PASSPORT, public_key, version)


def list_versions(session: Session, achievement: DefinitionVersion) -> list[DefinitionVersion]:
    """Return all versions of the same passport, oldest first."""
    statement = select(DefinitionVersion).where(DefinitionVersion.definition_id == achievement.definition_id)
    return list(session.scalars(statement.order_by(DefinitionVersion.id)))


def achievement_document(achievement: DefinitionVersion) -> bytes:
    """Return the Achievement as the JSON-LD document that its address serves."""
    contexts = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    document = {"@context": contexts, **achievement.extras["achievement"]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def achievement_svg(achievement: DefinitionVersion) -> str:
    """Return the picture that was drawn when the version was published."""
    svg: str = achievement.extras["image_svg"]
    return svg


def achievement_png(achievement: DefinitionVersion) -> bytes:
    """Return the same picture as PNG."""
    return _png(achievement_svg(achievement))


@lru_cache(maxsize=64)
def _png(svg: str) -> bytes:
    return render_png(svg)
