"""Evidence: one act of one learner, what may be said of it, and the states it goes through."""

from app.domain.evidence.facts import Standing, evidence_row, told_by_others
from app.domain.evidence.reading import CLOCK_SKEW, MAX_MINUTES, read_alignments, read_report
from app.domain.evidence.reports import (
    VISIBILITIES,
    WEB_ADDRESS,
    EvidenceReport,
    Verification,
    Visibility,
    ensure_same_report,
)
from app.domain.evidence.states import (
    ATTENDED_KINDS,
    STATUSES,
    VOUCHED_KINDS,
    EvidenceEvent,
    after_acceptance,
    credential_entry,
    ensure_open,
    ensure_withdrawable,
    entry_status,
    is_at_least,
    may_be_attested,
    transition,
)

__all__ = [
    "ATTENDED_KINDS",
    "CLOCK_SKEW",
    "MAX_MINUTES",
    "STATUSES",
    "VISIBILITIES",
    "VOUCHED_KINDS",
    "WEB_ADDRESS",
    "EvidenceEvent",
    "EvidenceReport",
    "Standing",
    "Verification",
    "Visibility",
    "after_acceptance",
    "credential_entry",
    "ensure_open",
    "ensure_same_report",
    "ensure_withdrawable",
    "entry_status",
    "evidence_row",
    "is_at_least",
    "may_be_attested",
    "read_alignments",
    "read_report",
    "told_by_others",
    "transition",
]
