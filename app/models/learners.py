"""Learners, known by the name that a partner system gives them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned


class Learner(Owned):
    """A person who learns; `email` and `did` say how a credential will name them.

    `facts_seq` counts what became known about the learner: an answer worked out at another count is old.
    """

    __tablename__ = "learners"
    __table_args__ = owned(UniqueConstraint("issuer_id", "namespace", "external_id"))

    namespace: Mapped[str]
    external_id: Mapped[str]
    display_name: Mapped[str]
    email: Mapped[str | None]
    did: Mapped[str | None]
    updated_at: Mapped[datetime]
    facts_seq: Mapped[int] = mapped_column(default=0)
