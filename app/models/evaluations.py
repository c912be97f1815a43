"""Evaluations: frozen at completion, the lasting answer to "why was this issued?"; before that, a cache."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.milestones import PASSPORT
from app.models.ownership import Owned, owned, refers


class Evaluation(Owned):
    """The progress document at the moment the rule was met, with the SHA-256 of its JCS form.

    `milestone` is the node that was met when it was frozen for the credential of a milestone, else empty.

    An enrolment has a second one only if its first completion fell, before anything was issued, because
    evidence it rested on was invalidated or withdrawn.
    """

    __tablename__ = "evaluations"
    __table_args__ = owned(refers("enrolment_id", "enrolments"), Index(None, "enrolment_id"))
    __append_only__ = True

    enrolment_id: Mapped[str]
    milestone: Mapped[str] = mapped_column(default=PASSPORT)
    as_of: Mapped[datetime]
    engine: Mapped[str]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]


class Snapshot(Owned):
    """The last answer for an active enrolment, kept to be read again: one row each, and never the truth.

    It holds as long as the version, the two counts and the engine are the same and `next_change_at` has
    not come; otherwise it is worked out anew.
    """

    __tablename__ = "snapshots"
    __table_args__ = owned(
        refers("enrolment_id", "enrolments"),
        UniqueConstraint("enrolment_id"),
        Index("ix_snapshots_next_change", "next_change_at"),
    )

    enrolment_id: Mapped[str]
    version_id: Mapped[str]
    facts_seq: Mapped[int]
    catalogue_seq: Mapped[int]
    engine: Mapped[str]
    next_change_at: Mapped[datetime | None]
    document: Mapped[dict[str, Any]]
