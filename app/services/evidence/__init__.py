"""The evidence ledger: what was reported, the states it went through, and never one act twice."""

from app.services.evidence.records import (
    EvidenceFilter,
    list_enrolment_evidence,
    list_evidence,
    load_detailed_evidence,
    load_evidence,
    visible_evidence,
)
from app.services.evidence.references import misaligned
from app.services.evidence.reports import revise_evidence, submit_evidence
from app.services.evidence.states import (
    change_status,
    invalidate_evidence,
    status_of,
    submit_draft,
    withdraw_evidence,
)

__all__ = [
    "EvidenceFilter",
    "change_status",
    "invalidate_evidence",
    "list_enrolment_evidence",
    "list_evidence",
    "load_detailed_evidence",
    "load_evidence",
    "misaligned",
    "revise_evidence",
    "status_of",
    "submit_draft",
    "submit_evidence",
    "visible_evidence",
    "withdraw_evidence",
]
