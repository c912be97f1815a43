"""Checks of published versions: whether what they ask for can be met today."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class VersionCheck(Owned):
    """The last check of a version, one row each."""

    __tablename__ = "version_checks"
    __table_args__ = owned(refers("version_id", "definition_versions"), UniqueConstraint("version_id"))

    version_id: Mapped[str]
    checked_at: Mapped[datetime]
    findings: Mapped[list[dict[str, Any]]]
