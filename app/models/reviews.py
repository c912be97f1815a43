"""Reviews: what a reviewer decided about one revision of a piece of evidence."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class Review(Owned):
    """One reviewer's decision; the same reviewer decides once per revision."""

    __tablename__ = "reviews"
    __table_args__ = owned(
        refers("evidence_id", "evidence"),
        UniqueConstraint("evidence_id", "revision", "reviewer"),
    )
    __append_only__ = True

    evidence_id: Mapped[str]
    revision: Mapped[int]
    reviewer: Mapped[str]
    decision: Mapped[str]
    comment: Mapped[str | None]
    levels: Mapped[list[dict[str, Any]]]
    alignments: Mapped[list[dict[str, Any]]]
