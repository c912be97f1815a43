"""Jobs: work that follows from a write, recorded in the same transaction as its cause."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned


class Job(Owned):
    """One piece of work; `dedupe_key` is unique while the job waits, and cleared when it starts."""

    __tablename__ = "jobs"
    __table_args__ = owned(Index("ix_jobs_due", "status", "run_at"))

    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str]
    run_at: Mapped[datetime]
    attempt: Mapped[int]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
