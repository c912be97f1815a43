"""Issuers: the tenants of the service, each with its public profile and decentralized identifier."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Issuer(Base):
    """One organisation that issues; `did` is fixed when it is made, since credentials name it for ever.

    `catalogue_seq` counts changes of what evidence is judged by, such as content and its approvals.
    """

    __tablename__ = "issuers"

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    did: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    description: Mapped[str | None]
    email: Mapped[str | None]
    image: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    catalogue_seq: Mapped[int] = mapped_column(default=0)
