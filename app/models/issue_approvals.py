"""Approvals before the issue: who said that a completed passport may be issued."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.milestones import PASSPORT
from app.models.ownership import Owned, owned, refers


class IssueApproval(Owned):
    """One person's approval of one completion: a completion that fell and came again is approved anew.

    It is that of the passport, or of the node that `milestone` names.
    """

    __tablename__ = "issue_approvals"
    __table_args__ = owned(
        refers("enrolment_id", "enrolments"),
        refers("evaluation_id", "evaluations"),
        Index(None, "evaluation_id"),
        Index(None, "enrolment_id"),
    )
    __append_only__ = True
    __may_change__ = frozenset({"revoked_at", "revoked_by", "revocation_reason"})

    enrolment_id: Mapped[str]
    milestone: Mapped[str] = mapped_column(default=PASSPORT)
    evaluation_id: Mapped[str]
    approved_by: Mapped[str]
    comment: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revocation_reason: Mapped[str | None]
