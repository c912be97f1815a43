"""Cases: a credential whose footing gave way, and beside it what officers decided about it."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from app.models.credentials import Credential
from app.models.ownership import Owned, owned, refers


class Case(Owned):
    """One cause under one credential; `replay` says what the frozen evaluation comes to without it.

    `status` follows from the decisions and is kept for the list that officers work through. `holds` is true
    while the case is why the credential is suspended: one that was suspended before by hand stays so.
    """

    __tablename__ = "cases"
    __table_args__ = owned(
        refers("credential_id", "credentials"),
        UniqueConstraint("credential_id", "cause_kind", "cause_id"),
        Index("ix_cases_queue", "issuer_id", "status", "id"),
    )
    __append_only__ = True
    __may_change__ = frozenset({"status", "holds"})

    credential_id: Mapped[str]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    cause_reason: Mapped[str | None]
    replay: Mapped[dict[str, Any]]
    status: Mapped[str]
    holds: Mapped[bool]
    credential: Mapped[Credential] = relationship(lazy="raise", viewonly=True)
    decisions: Mapped[list["CaseDecision"]] = relationship(
        order_by="CaseDecision.id", lazy="raise", viewonly=True
    )


class CaseDecision(Owned):
    """One decision: `keep`, `suspend`, or `revoke`."""

    __tablename__ = "case_decisions"
    __table_args__ = owned(refers("case_id", "cases"), UniqueConstraint("case_id", "outcome"))
    __append_only__ = True

    case_id: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[str]
