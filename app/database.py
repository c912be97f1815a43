"""The database behind the service: engines, transactions, column types and the schema's revision.

SQLite is the embedded default, PostgreSQL the engine for several machines; code above this module
does not see which of the two it has. A write transaction is one writer at a time on SQLite (`BEGIN
IMMEDIATE` waits for its turn) and `READ COMMITTED` on PostgreSQL, where services lock the rows that
they decide about. A read transaction sees one snapshot on both and cannot write on either.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    column,
    create_engine,
    event,
    inspect,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import BusyError, ConfigurationError, SchemaBehindError

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
"""The migration scripts lie beside the package, in the repository and in an installed wheel alike."""

BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite connection waits for the writer before it."""

POSTGRESQL_OPTIONS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
"""No statement, lock or forgotten transaction may hold a connection for ever."""

_VERSIONS = table("alembic_version", column("version_num", String))
"""Where Alembic keeps the revision. It is read without Alembic, which a running service does not need."""

_INSERTS: Mapping[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""The two spell `ON CONFLICT DO NOTHING` alike; the standard does not know it."""

_WAITED_TOO_LONG = frozenset({"40001", "40P01", "55P03", "57014"})
"""PostgreSQL's codes for a serialization failure, a deadlock, a lock not available and a cancelled query."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in (else `ValueError`), aware in UTC on the way out, on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the engine stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone, so it is no instant")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the engine stored into an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; Python's `None` is SQL's NULL. PostgreSQL keeps it as JSONB: member order is not kept."""


class Base(DeclarativeBase):
    """The parent of all models; every constraint gets a name that migrations can refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own declaration is a plain dict)
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }


# Engines --------------------------------------------------------------------------------------------


def make_engine(url: str, *, pool_size: int = 20) -> Engine:
    """Return an engine for `sqlite:///file` or `postgresql://…`; nothing is connected yet.

    The folder of a SQLite file is made when it is missing. Raises `ConfigurationError` for a URL that
    cannot be read, for another kind of database, and for SQLite without a file, where every connection
    of the pool would have a database of its own.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "The database URL cannot be read.",
            hint="Write sqlite:///var/passports.sqlite3 or postgresql://user:password@host/name.",
        ) from error
    json_writer = partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite_engine(parsed, pool_size=pool_size, json_serializer=json_writer)
        case "postgresql" | "postgres":
            return _postgresql_engine(parsed, pool_size=pool_size, json_serializer=json_writer)
        case other:
            raise ConfigurationError(
                f"{other} is not a database that this service runs on.", hint="Use sqlite or postgresql."
            )


def _sqlite_engine(url: URL, **settings: Any) -> Engine:  # noqa: ANN401 (handed to create_engine as they are)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigurationError(
            "The SQLite URL names no file.", hint="Write sqlite:///var/passports.sqlite3."
        )
    Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = url.set(drivername="sqlite+pysqlite")
    engine = create_engine(  # errors are logged, and the parameters are about people
        url, connect_args={"isolation_level": None}, hide_parameters=True, **settings
    )
    event.listen(engine, "connect", _prepare_sqlite)
    _queue_writers(engine)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own connection)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: Any) -> None:  # noqa: ANN401 (the driver's own connection)
    """Switch a file to its write-ahead log, which SQLite gives up at once where another one does so."""
    last = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if monotonic() > last:
                raise
            sleep(0.01)
        else:
            return


def _queue_writers(engine: Engine) -> None:
    """Let the writers of this process wait for each other: SQLite's own waiting looks again after pauses.

    The turn lasts until the connection is back in its pool, since SQLAlchemy tells of a commit before it.
    A connection that was taken out of the pool for good, as for a migration, waits only as SQLite does.
    """
    turn = Lock()

    def wait(connection: Connection) -> None:
        reads = connection.get_execution_options().get("read_only", False)
        if reads or connection.connection.is_detached or connection.info.get(turn, False):
            return
        if not turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise PoolTimeoutError("another transaction of this process is writing")
        connection.info[turn] = True

    def leave(_: object, record: ConnectionPoolEntry) -> None:
        if record.info.pop(turn, False):
            turn.release()

    event.listen(engine, "begin", wait)
    event.listen(engine, "checkin", leave)


def _begin_sqlite(connection: Connection) -> None:
    """Begin for the driver, which would begin too late: only before the first write, and never IMMEDIATE."""
    read_only = connection.get_execution_options().get("read_only", False)
    if connection.info.get("read_only") != read_only:  # what this connection of the pool was last
        connection.exec_driver_sql(f"PRAGMA query_only = {int(read_only)}")
        connection.info["read_only"] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql_engine(url: URL, **settings: Any) -> Engine:  # noqa: ANN401 (handed to create_engine as they are)
    options = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_OPTIONS.items())
    own = url.query.get("options", "")
    defaults = {"connect_timeout": "5", "application_name": "passports"}
    query = (
        defaults
        | dict(url.query)
        | {"options": f"{options} {own if isinstance(own, str) else ' '.join(own)}"}
    )
    return create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        hide_parameters=True,  # errors are logged, and the parameters are about people
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=10,
        **settings,
    )


# Transactions ---------------------------------------------------------------------------------------


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Give a session that may write: committed when the block ends, rolled back when it raises.

    Objects stay readable after the commit. Nobody inside commits: services flush. Raises `BusyError`
    when the database could not be had in time; nothing was written then.
    """
    with _waiting(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def after_commit(engine: Engine, call: Callable[[], object]) -> None:
    """Have `call` called after each commit through `engine`, before whoever committed can tell anybody.

    SQLAlchemy's own event comes before the commit: who reads in between sees the old rows.
    """
    has_committed = object()  # a mark of this call's own

    def mark(connection: Connection) -> None:
        connection.info[has_committed] = True

    def tell(_: object, record: ConnectionPoolEntry) -> None:
        if record.info.pop(has_committed, False):
            call()

    event.listen(engine, "commit", mark)
    event.listen(engine, "checkin", tell)


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Session]:
    """Give a session that sees one snapshot and waits for no writer; a write in it raises.

    It always ends in a rollback, so nothing that was changed by mistake can stay.
    """
    with _waiting(), Session(_read_only(engine), expire_on_commit=False, autoflush=False) as session:
        yield session


def insert_unless_there(session: Session, table: type[Base], row: Mapping[str, Any]) -> bool:
    """Insert `row` unless one with the same unique values is there; say whether it was inserted.

    One statement, where a savepoint around an insert that may fail takes three.
    """
    insert = _INSERTS[session.get_bind().dialect.name]
    statement = insert(table.__table__).on_conflict_do_nothing()
    done = session.execute(statement, row, execution_options={"preserve_rowcount": True})
    return cast("CursorResult[Any]", done).rowcount == 1


@contextmanager
def _waiting() -> Iterator[None]:
    """Turn what the drivers raise after waiting too long into `BusyError`."""
    try:
        yield
    except PoolTimeoutError as error:
        raise _busy() from error
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in _WAITED_TOO_LONG or "database is locked" in str(
            error.orig
        ):
            raise _busy() from error
        raise


def _busy() -> BusyError:
    return BusyError("The database was not free in time.", hint="Send the same request again in a moment.")


def _read_only(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


# The schema's revision ------------------------------------------------------------------------------


def current_revision(engine: Engine) -> str | None:
    """Return the revision that the database's schema has, None when it is empty."""
    with _read_only(engine).connect() as connection:
        if not inspect(connection).has_table(_VERSIONS.name):
            return None
        return connection.scalar(select(_VERSIONS.c.version_num))


def head_revision(*, scripts: Path = MIGRATIONS) -> str | None:
    """Return the newest revision that this code brings, None when there is none yet.

    The scripts are called after their revisions, which are numbered.
    """
    return max((path.name[:4] for path in (scripts / "versions").glob("[0-9]*_*.py")), default=None)


def require_current_schema(engine: Engine, *, scripts: Path = MIGRATIONS) -> None:
    """Raise `SchemaBehindError` unless the schema has all that this code needs.

    A schema that is ahead is accepted: during a deployment the new one is applied while the old code
    still runs, and the deploy rule in migrations/script.py.mako keeps it working. Revisions are
    numbered (0001, 0002, …) so that ahead and behind can be told apart.
    """
    current, head = current_revision(engine), head_revision(scripts=scripts)
    if head is not None and (current is None or current < head):
        raise SchemaBehindError(
            f"The database schema is at revision {current or 'none'} and this version needs {head}.",
            hint="Run `passports db upgrade`, then start again.",
        )
