"""Lists in pages: a cursor is the id of the last row seen, and ids sort by the time of their making."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models.ownership import Owned

Row = TypeVar("Row", bound=Owned)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for: at most `limit` rows with an id beyond `after`."""

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the order of their ids; `next_after` is the cursor of the next page, None at the end."""

    rows: Sequence[Row]
    next_after: str | None


def fetch_page(
    session: Session,
    statement: Select[Row],
    id_column: InstrumentedAttribute[str],
    window: Window,
) -> Page[Row]:
    """Return the part of `statement` that `window` asks for, in one query."""
    ordered = statement.order_by(None).order_by(id_column).limit(window.limit + 1)
    rows = session.scalars(ordered if window.after is None else ordered.where(id_column > window.after)).all()
    more = len(rows) > window.limit
    shown = rows[: window.limit]
    return Page(shown, shown[-1].id if more else None)
