"""API tokens: only their SHA-256 is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned, refers


class Token(Owned):
    """A bearer token; `subject` names who acts with it, `learner_id` which learner they are, if any.

    `positions` are the roles that they hold, each in a hub or everywhere: `{role, hub}`.
    """

    __tablename__ = "tokens"
    __table_args__ = owned(refers("learner_id", "learners"))

    name: Mapped[str]
    subject: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    learner_id: Mapped[str | None]
    positions: Mapped[list[dict[str, Any]]]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
