"""The evidence ledger: the present state of each piece, and beside it all that ever was said of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from app.models.ownership import Owned, owned, refers
from app.models.reviews import Review


class Evidence(Owned):
    """One act of one learner; `fingerprint` makes a repeated report the same row.

    A row that was withdrawn gives its fingerprint up, so that the act can be reported again.
    """

    __tablename__ = "evidence"
    __table_args__ = owned(
        refers("learner_id", "learners"),
        UniqueConstraint("learner_id", "fingerprint"),
        Index("ix_evidence_queue", "issuer_id", "status", "id"),
    )

    learner_id: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    assurance: Mapped[str]
    fingerprint: Mapped[str]
    revision: Mapped[int]
    submitted_by: Mapped[str]
    current: Mapped["EvidenceRevision"] = relationship(
        primaryjoin="and_(Evidence.id == foreign(EvidenceRevision.evidence_id),"
        " Evidence.revision == EvidenceRevision.number)",
        lazy="raise",
        viewonly=True,
    )
    revisions: Mapped[list["EvidenceRevision"]] = relationship(
        order_by="EvidenceRevision.number", lazy="raise", viewonly=True
    )
    mentions: Mapped[list["EvidenceMention"]] = relationship(
        order_by="EvidenceMention.id", lazy="raise", viewonly=True
    )
    transitions: Mapped[list["EvidenceTransition"]] = relationship(
        order_by="EvidenceTransition.id", lazy="raise", viewonly=True
    )
    reviews: Mapped[list[Review]] = relationship(order_by=Review.id, lazy="raise", viewonly=True)


class EvidenceRevision(Owned):
    """What was submitted, word for word; a resubmission adds the next number."""

    __tablename__ = "evidence_revisions"
    __table_args__ = owned(
        refers("evidence_id", "evidence"),
        UniqueConstraint("evidence_id", "number"),
    )
    __append_only__ = True

    evidence_id: Mapped[str]
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    submitted_by: Mapped[str]


class EvidenceMention(Owned):
    """What another source told of an act that was accepted already: kept beside it, and counted with it."""

    __tablename__ = "evidence_mentions"
    __table_args__ = owned(refers("evidence_id", "evidence"), Index(None, "evidence_id"))
    __append_only__ = True

    evidence_id: Mapped[str]
    document: Mapped[dict[str, Any]]
    assurance: Mapped[str]
    submitted_by: Mapped[str]


class EvidenceSubject(Owned):
    """One thing that a piece of evidence is about by any report of it, such as `content:open-by-design`.

    It finds those who are to be judged anew when that thing changes, learner by learner.
    """

    __tablename__ = "evidence_subjects"
    __table_args__ = owned(
        refers("evidence_id", "evidence"),
        refers("learner_id", "learners"),
        UniqueConstraint("evidence_id", "word"),
        Index("ix_evidence_subjects_word", "issuer_id", "word", "learner_id", "evidence_id"),
    )
    __append_only__ = True

    evidence_id: Mapped[str]
    learner_id: Mapped[str]
    word: Mapped[str]


class EvidenceTransition(Owned):
    """One change of state: from where to where, when, by whom and why."""

    __tablename__ = "evidence_transitions"
    __table_args__ = owned(refers("evidence_id", "evidence"), Index(None, "evidence_id"))
    __append_only__ = True

    evidence_id: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str | None]
