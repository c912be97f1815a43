"""Achievements: the public, immutable side of a published passport version and of its milestones."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.milestones import PASSPORT, earned_key, split_key
from app.domain.versions import VersionStatus
from app.errors import NotFoundError
from app.models import DefinitionVersion
from app.schemas.credential_summaries import AchievementSummary, LinkedName
from app.schemas.pages import AchievementPage
from app.services.badge_images import render_png
from app.services.definitions import DefinitionKind, load_public_version
from app.services.issuers import load_issuer


@dataclass(frozen=True, slots=True)
class Achievement:
    """What a published version leads to, as a whole or by the node of a milestone."""

    version: DefinitionVersion
    milestone: str = PASSPORT

    @property
    def document(self) -> dict[str, Any]:
        """The Achievement (Open Badges 3.0, B.1.2) without a context."""
        found: dict[str, Any] = self._kept["achievement"]
        return found

    @property
    def svg(self) -> str:
        """The picture that was drawn when the version was published."""
        found: str = self._kept["image_svg"]
        return found

    @property
    def address(self) -> str:
        """What stands behind `/achievements/` in its URL, and in credentials of it."""
        return f"{earned_key(self.version.public_key, self.milestone)}/{self.version.version}"

    @property
    def is_there(self) -> bool:
        """Whether the version has this milestone."""
        return self.milestone == PASSPORT or self.milestone in self.version.extras.get("milestones", {})

    @property
    def _kept(self) -> dict[str, Any]:
        extras = self.version.extras
        kept: dict[str, Any] = extras["milestones"][self.milestone] if self.milestone else extras
        return kept


def load_achievement(session: Session, key: str, version: str) -> Achievement:
    """Return the achievement at an address; raises `NotFoundError`."""
    public_key, milestone = split_key(key)
    found = Achievement(load_public_version(session, DefinitionKind.PASSPORT, public_key, version), milestone)
    if not found.is_there:
        raise NotFoundError(f"There is no published achievement {key} {version}.")
    return found


def list_versions(session: Session, achievement: Achievement) -> list[Achievement]:
    """Return the achievement of all versions of the same passport that have it, oldest first."""
    statement = select(DefinitionVersion).where(
        DefinitionVersion.definition_id == achievement.version.definition_id
    )
    versions = session.scalars(statement.order_by(DefinitionVersion.id))
    found = (Achievement(version, achievement.milestone) for version in versions)
    return [each for each in found if each.is_there]


def describe_achievement(session: Session, achievement: Achievement) -> AchievementPage:
    """Return what the public page of an achievement shows."""
    issuer = load_issuer(session, achievement.version.issuer_id)
    path = f"/achievements/{achievement.address}"
    return AchievementPage(
        path=path,
        achievement=AchievementSummary.read(achievement.document),
        issuer=LinkedName(issuer.name, f"/issuers/{issuer.key}"),
        image=f"{path}/image.svg",
        is_open=achievement.version.status == VersionStatus.PUBLISHED,
        versions=tuple(
            LinkedName(other.version.version, f"/achievements/{other.address}")
            for other in list_versions(session, achievement)
            if other.version.id != achievement.version.id
        ),
    )


def achievement_document(achievement: Achievement) -> bytes:
    """Return the Achievement as the JSON-LD document that its address serves."""
    contexts = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    document = {"@context": contexts, **achievement.document}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def achievement_png(achievement: Achievement) -> bytes:
    """Return its picture as PNG."""
    return _png(achievement.svg)


@lru_cache(maxsize=64)
def _png(svg: str) -> bytes:
    return render_png(svg)
