"""Exceptions for one learner: what was proposed, and beside it what others decided about it."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from app.models.ownership import Owned, owned, refers


class ExceptionProposal(Owned):
    """What somebody proposes for one enrolment; `document` is what an evaluation reads once it is granted."""

    __tablename__ = "exception_proposals"
    __table_args__ = owned(refers("enrolment_id", "enrolments"), Index(None, "enrolment_id"))
    __append_only__ = True

    enrolment_id: Mapped[str]
    document: Mapped[dict[str, Any]]
    accept_loss: Mapped[bool]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    decisions: Mapped[list["ExceptionDecision"]] = relationship(
        order_by="ExceptionDecision.id", lazy="raise", viewonly=True
    )


class ExceptionDecision(Owned):
    """One decision: `granted`, `declined`, or later `revoked`, the counter-row of a grant."""

    __tablename__ = "exception_decisions"
    __table_args__ = owned(
        refers("proposal_id", "exception_proposals"), UniqueConstraint("proposal_id", "decision")
    )
    __append_only__ = True

    proposal_id: Mapped[str]
    decision: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[str]
