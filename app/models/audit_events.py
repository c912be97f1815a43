"""The audit trail: who did what to which thing, and when."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned


class AuditEvent(Owned):
    """One event; `actor` is the subject of the token, or `system` for a job."""

    __tablename__ = "audit_events"
    __table_args__ = owned(Index(None, "issuer_id", "thing", "thing_id"))
    __append_only__ = True

    actor: Mapped[str]
    action: Mapped[str]
    thing: Mapped[str]
    thing_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
