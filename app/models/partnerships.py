"""Partnerships: the present record of each, and beside it every record that it ever was."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class Partnership(Owned):
    """One bridge of one learner, its steward; `digest` is that of the document, and its ETag.

    `stage` is how far the record alone says it has come; from `dormant_at` on the clock says otherwise.
    `priority` is that of the record until it is closed or declared invalid, which leaves it to another.
    """

    __tablename__ = "partnerships"
    __table_args__ = owned(
        refers("learner_id", "learners"),
        UniqueConstraint("learner_id", "plan_year", "organisation"),
        UniqueConstraint("learner_id", "plan_year", "priority"),
        Index("ix_partnerships_stage", "issuer_id", "stage", "id"),
    )

    learner_id: Mapped[str]
    organisation: Mapped[str]
    plan_year: Mapped[int]
    priority: Mapped[int | None]
    visibility: Mapped[str]
    stage: Mapped[str]
    dormant_at: Mapped[datetime | None]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
    revision: Mapped[int]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class PartnershipRevision(Owned):
    """The record after one change, what was done and by whom."""

    __tablename__ = "partnership_revisions"
    __table_args__ = owned(
        refers("partnership_id", "partnerships"), UniqueConstraint("partnership_id", "number")
    )
    __append_only__ = True

    partnership_id: Mapped[str]
    number: Mapped[int]
    action: Mapped[str]
    document: Mapped[dict[str, Any]]
    recorded_by: Mapped[str]
