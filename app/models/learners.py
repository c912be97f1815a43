"""Learners, known by the name that a partner system gives them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned


class Learner(Owned):
    """A person who learns; `email` and `did` say how a credential will name them."""

    __tablename__ = "learners"
    __table_args__ = owned(UniqueConstraint("issuer_id", "namespace", "external_id"))

    namespace: Mapped[str]
    external_id: Mapped[str]
    display_name: Mapped[str]
    email: Mapped[str | None]
    did: Mapped[str | None]
    updated_at: Mapped[datetime]
