"""Approvals of content: the interval in which completing it counts."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class Approval(Owned):
    """One approval of one content item; `valid_to` open means until further notice.

    One of a `hub` counts for the passports of that hub and of those below it.
    """

    __tablename__ = "approvals"
    __table_args__ = owned(refers("content_id", "definitions"))
    __append_only__ = True

    content_id: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    retroactive: Mapped[bool]
    hub: Mapped[str | None]
    approved_by: Mapped[str]
