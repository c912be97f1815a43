"""Lists in pages: a cursor is the id of the last row seen, and most ids sort by the time of their making."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models.ownership import Owned

Row = TypeVar("Row", bound=Owned)
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for: at most `limit` rows with an id beyond `after`."""

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """Rows in the order of their ids; `next_after` is the cursor of the next page, None at the end."""

    rows: Sequence[Shown]
    next_after: str | None


def fetch_page(
    session: Session,
    statement: Select[Row],
    id_column: InstrumentedAttribute[str],
    window: Window,
    *,
    by: InstrumentedAttribute[Any] | None = None,
) -> Page[Row]:
    """Return the part of `statement` that `window` asks for, in one query.

    Where ids are random, `by` is the column that gives the order, and the id only parts what is equal.
    """
    key = (id_column,) if by is None else (by, id_column)
    ordered = statement.order_by(None).order_by(*key).limit(window.limit + 1)
    if window.after is not None:
        ordered = ordered.where(id_column > window.after if by is None else _beyond(key, window.after))
    rows = session.scalars(ordered).all()
    more = len(rows) > window.limit
    shown = rows[: window.limit]
    return Page(shown, shown[-1].id if more else None)


def _beyond(key: tuple[InstrumentedAttribute[Any], ...], after: str) -> ColumnElement[bool]:
    """Return the condition for rows behind the one with the id `after`, looked up in the same query."""
    last = key[-1].class_.__table__.alias()
    place = select(*(last.c[column.key] for column in key)).where(last.c.id == after)
    return tuple_(*key) > place.scalar_subquery()
