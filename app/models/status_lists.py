"""Status lists: rows are the truth, the signed bytes are published from them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class StatusList(Owned):
    """One Bitstring Status List; `changes` counts committed changes, `published_changes` those it shows."""

    __tablename__ = "status_lists"
    __table_args__ = owned()

    purpose: Mapped[str]
    length: Mapped[int]
    changes: Mapped[int]
    published_changes: Mapped[int]
    published_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    body: Mapped[bytes]


class StatusEntry(Owned):
    """One index of one list, given to one credential; an index is never given twice."""

    __tablename__ = "status_entries"
    __table_args__ = owned(
        refers("list_id", "status_lists"),
        UniqueConstraint("list_id", "position"),
    )

    list_id: Mapped[str]
    position: Mapped[int]
    is_set: Mapped[bool]
    changed_at: Mapped[datetime]
