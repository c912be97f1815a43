"""The approvals in force: what issuing waits for."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.issue_approvals import approvers_of, describe_approvers
from app.domain.rules.definition import IssuePolicy
from app.errors import NotCompleteError
from app.models import IssueApproval


def load_granted_approvals(session: Session, evaluation_id: str) -> Sequence[IssueApproval]:
    """Return the approvals of a completion that were not revoked, oldest first; each is another person's."""
    granted = select(IssueApproval).where(
        IssueApproval.evaluation_id == evaluation_id, IssueApproval.revoked_at.is_(None)
    )
    return session.scalars(granted.order_by(IssueApproval.id)).all()


def count_missing(session: Session, policy: IssuePolicy, evaluation_id: str) -> int:
    """Return how many approvals a completion still waits for."""
    return max(0, (approvers_of(policy).count or 1) - len(load_granted_approvals(session, evaluation_id)))


def ensure_approved(session: Session, policy: IssuePolicy, evaluation_id: str) -> None:
    """Return if as many have approved as the policy asks for; raises `NotCompleteError`, which says who."""
    wanted = approvers_of(policy)
    missing = count_missing(session, policy, evaluation_id)
    if missing:
        approvals = "one approval" if missing == 1 else f"{missing} approvals"
        raise NotCompleteError(
            f"The rule is met; the credential waits for {approvals}, given by: {describe_approvers(wanted)}.",
            hint="POST /v1/enrolments/{id}/approvals gives one.",
        )
