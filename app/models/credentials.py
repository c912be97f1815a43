"""Credentials: prepared once, signed once, served as the same bytes for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Json, UtcDateTime
from app.models.ownership import Owned, owned, refers


class Credential(Owned):
    """One issued (or about to be issued) achievement credential; the id is random, since it is public.

    Everything a signature depends on is fixed while the status is `prepared`: a second attempt at
    signing gives the same bytes.
    """

    __tablename__ = "credentials"
    __table_args__ = owned(
        refers("learner_id", "learners"),
        refers("enrolment_id", "enrolments"),
        refers("evaluation_id", "evaluations"),
        refers("signing_key_id", "signing_keys"),
        UniqueConstraint("enrolment_id"),
    )

    learner_id: Mapped[str]
    enrolment_id: Mapped[str]
    evaluation_id: Mapped[str]
    signing_key_id: Mapped[str]
    achievement: Mapped[str]
    status: Mapped[str]
    unsigned: Mapped[dict[str, Any]] = mapped_column(Json)
    unsigned_sha256: Mapped[str]
    proof_created: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    awarded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document: Mapped[bytes | None]
    jwt: Mapped[str | None]
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revocation_reason: Mapped[str | None]
