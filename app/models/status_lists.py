"""Status lists: rows are the truth, the signed bytes are published from them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UtcDateTime
from app.models.ownership import Owned, owned, refers


class StatusList(Owned):
    """One Bitstring Status List; `changes` counts committed changes, `published_changes` those it shows."""

    __tablename__ = "status_lists"
    __table_args__ = owned()

    purpose: Mapped[str]
    length: Mapped[int]
    allocated: Mapped[int]
    changes: Mapped[int]
    published_changes: Mapped[int]
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes]


class StatusEntry(Owned):
    """The index of one credential on one list; an index is never given twice."""

    __tablename__ = "status_entries"
    __table_args__ = owned(
        refers("list_id", "status_lists"),
        refers("credential_id", "credentials"),
        UniqueConstraint("list_id", "position"),
        UniqueConstraint("credential_id"),
    )

    list_id: Mapped[str]
    position: Mapped[int]
    credential_id: Mapped[str]
    is_set: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
