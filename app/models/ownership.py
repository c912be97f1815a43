"""What all tables have in common: an id, an owner, and for ledgers the promise never to change.

Each row belongs to one issuer, and references go by (issuer, id), so that the database itself refuses
a reference that crosses from one issuer to another.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, event, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column

from app.database import Base


class Owned(Base):
    """Base of every table but the issuers themselves."""

    __abstract__ = True
    __append_only__: ClassVar[bool] = False
    __may_change__: ClassVar[frozenset[str]] = frozenset()
    """The columns of an append-only table that say what became of a row, not what it is."""

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    @declared_attr
    @classmethod
    def issuer_id(cls) -> Mapped[str]:
        """Refer to the tenant that owns the row."""
        return mapped_column(ForeignKey("issuers.id"), index=True)


def owned(*constraints: Any) -> tuple[Any, ...]:  # noqa: ANN401 (SQLAlchemy's table arguments have no common type)
    """Return table arguments that make (issuer_id, id) a target for references, and `constraints`."""
    return (UniqueConstraint("issuer_id", "id"), *constraints)


def refers(column: str, table: str) -> ForeignKeyConstraint:
    """Return a foreign key from `column` to a row of `table` that the same issuer owns."""
    return ForeignKeyConstraint(["issuer_id", column], [f"{table}.issuer_id", f"{table}.id"])


def _refuse_change(_mapper: Mapper[Any], _connection: Connection, row: Owned) -> None:
    if row.__append_only__:
        changed = {each.key for each in inspect(row).attrs if each.history.has_changes()}
        if not changed or not changed <= row.__may_change__:
            raise TypeError(f"{type(row).__name__} is append-only: {row.id} may not be changed or deleted")


def _refuse_deletion(_mapper: Mapper[Any], _connection: Connection, row: Owned) -> None:
    if row.__append_only__:
        raise TypeError(f"{type(row).__name__} is append-only: {row.id} may not be changed or deleted")


event.listen(Owned, "before_update", _refuse_change, propagate=True)
event.listen(Owned, "before_delete", _refuse_deletion, propagate=True)
