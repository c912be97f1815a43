"""API tokens: only their SHA-256 is kept."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned, refers


class Token(Owned):
    """A bearer token; `subject` names who acts with it, `learner_id` which learner they are, if any."""

    __tablename__ = "tokens"
    __table_args__ = owned(refers("learner_id", "learners"))

    name: Mapped[str]
    subject: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    learner_id: Mapped[str | None]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
