"""Upgrades: going through the enrolments on earlier versions of a passport."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class UpgradeSweep(Owned):
    """One pass for a new version, in batches; `cursor` is the enrolment that the last batch ended with."""

    __tablename__ = "upgrade_sweeps"
    __table_args__ = owned(
        refers("version_id", "definition_versions"),
        UniqueConstraint("version_id", "policy"),
    )

    version_id: Mapped[str]
    policy: Mapped[str]
    due_at: Mapped[datetime]
    cursor: Mapped[str]
    examined: Mapped[int]
    moved: Mapped[int]
    finished_at: Mapped[datetime | None]
