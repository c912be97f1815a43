"""Answers kept for requests that carried an `Idempotency-Key`."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class IdempotencyRecord(Owned):
    """One keyed request of one token; the body is sealed, since it may hold a new token's secret."""

    __tablename__ = "idempotency_records"
    __table_args__ = owned(refers("token_id", "tokens"), UniqueConstraint("token_id", "key"))

    token_id: Mapped[str]
    key: Mapped[str]
    request_sha256: Mapped[str]
    lease_until: Mapped[datetime]
    response_status: Mapped[int | None]
    response_headers: Mapped[dict[str, Any] | None]
    sealed_body: Mapped[bytes | None]
