"""The tables, one module a noun; importing this package makes the metadata complete."""

from app.models.audit_events import AuditEvent
from app.models.cases import Case, CaseDecision
from app.models.content import Approval
from app.models.credential_corrections import CredentialCorrection
from app.models.credentials import Credential
from app.models.definitions import Definition, DefinitionVersion, VersionSelector
from app.models.enrolments import Enrolment
from app.models.evaluations import Evaluation, Snapshot
from app.models.evidence import (
    Evidence,
    EvidenceMention,
    EvidenceRevision,
    EvidenceSubject,
    EvidenceTransition,
)
from app.models.exceptions import ExceptionDecision, ExceptionProposal
from app.models.idempotency import IdempotencyRecord
from app.models.issue_approvals import IssueApproval
from app.models.issuer_instances import InstanceCredential, IssuerInstance
from app.models.issuers import Issuer
from app.models.jobs import Job
from app.models.keys import SigningKey
from app.models.learners import Learner
from app.models.partnerships import Partnership, PartnershipRevision
from app.models.reviews import Review
from app.models.status_lists import StatusEntry, StatusList
from app.models.tokens import Token
from app.models.upgrades import UpgradeSweep
from app.models.version_checks import VersionCheck

__all__ = [
    "Approval",
    "AuditEvent",
    "Case",
    "CaseDecision",
    "Credential",
    "CredentialCorrection",
    "Definition",
    "DefinitionVersion",
    "Enrolment",
    "Evaluation",
    "Evidence",
    "EvidenceMention",
    "EvidenceRevision",
    "EvidenceSubject",
    "EvidenceTransition",
    "ExceptionDecision",
    "ExceptionProposal",
    "IdempotencyRecord",
    "InstanceCredential",
    "IssueApproval",
    "Issuer",
    "IssuerInstance",
    "Job",
    "Learner",
    "Partnership",
    "PartnershipRevision",
    "Review",
    "SigningKey",
    "Snapshot",
    "StatusEntry",
    "StatusList",
    "Token",
    "UpgradeSweep",
    "VersionCheck",
    "VersionSelector",
]
