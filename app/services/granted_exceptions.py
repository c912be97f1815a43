"""The exceptions in force: what evaluations read."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.exceptions import granted_exception
from app.domain.rules.exceptions import RuleException
from app.models import ExceptionDecision, ExceptionProposal


def load_granted_exceptions(
    session: Session, enrolment_ids: Collection[str]
) -> dict[str, list[RuleException]]:
    """Return for each enrolment what was granted and not revoked since: one query."""
    found: dict[str, list[RuleException]] = {enrolment_id: [] for enrolment_id in enrolment_ids}
    revoked = select(ExceptionDecision.proposal_id).where(ExceptionDecision.decision == "revoked")
    rows = session.execute(
        select(ExceptionProposal, ExceptionDecision.created_at)
        .join(ExceptionDecision, ExceptionDecision.proposal_id == ExceptionProposal.id)
        .where(
            ExceptionProposal.enrolment_id.in_(enrolment_ids),
            ExceptionDecision.decision == "granted",
            ExceptionProposal.id.not_in(revoked),
        )
        .order_by(ExceptionProposal.id)
    )
    for proposal, granted_at in rows:
        found[proposal.enrolment_id].append(granted_exception(proposal.id, proposal.document, granted_at))
    return found
