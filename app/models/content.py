"""Approvals of content: the interval in which completing it counts."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class Approval(Owned):
    """One approval of one content item; `valid_to` open means until further notice.

    One of a `hub` counts for the passports of that hub and of those below it. Once withdrawn it counts for
    what was done before, unless it was recalled: then for nothing that no credential rests on.
    """

    __tablename__ = "approvals"
    __table_args__ = owned(refers("content_id", "definitions"))
    __append_only__ = True
    __may_change__ = frozenset({"withdrawn_at", "withdrawn_by", "withdrawal_reason", "recalled_at"})

    content_id: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    retroactive: Mapped[bool]
    hub: Mapped[str | None]
    approved_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawal_reason: Mapped[str | None]
    recalled_at: Mapped[datetime | None]
