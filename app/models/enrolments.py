"""Enrolments: a learner on one pinned version of one passport."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from app.models.definitions import DefinitionVersion
from app.models.ownership import Owned, owned, refers


class Enrolment(Owned):
    """`cycle` counts how often the learner began; there is one enrolment per learner, passport and cycle.

    `renews` says for ever that the cycle began after a credential had expired: the version's rule for renewal
    judges it, where there is one.
    `completion_holds_until` is set while a completion waits for approval. `reopened_because` says why one
    that was completed is active again.
    `stale_since` is set while something waits to be evaluated that may complete it.
    """

    __tablename__ = "enrolments"
    __table_args__ = owned(
        refers("learner_id", "learners"),
        refers("passport_id", "definitions"),
        refers("passport_version_id", "definition_versions"),
        UniqueConstraint("learner_id", "passport_id", "cycle"),
        Index("ix_enrolments_stale", "stale_since"),
        Index("ix_enrolments_held", "completion_holds_until"),
        Index("ix_enrolments_version", "passport_version_id", "status", "id"),
    )

    learner_id: Mapped[str]
    passport_id: Mapped[str]
    passport_version_id: Mapped[str]
    cycle: Mapped[int]
    renews: Mapped[bool]
    status: Mapped[str]
    completed_at: Mapped[datetime | None]
    completion_holds_until: Mapped[datetime | None]
    reopened_because: Mapped[str | None]
    stale_since: Mapped[datetime | None]
    passport_version: Mapped[DefinitionVersion] = relationship(lazy="raise", viewonly=True)
