import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, ForeignKey, Text, UniqueConstraint, cast, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app import database
from app.database import (
    Base,
    Json,
    UtcDateTime,
    after_commit,
    make_engine,
    read_transaction,
    transaction,
)
from app.errors import BusyError, ConfigurationError


class Shelf(DeclarativeBase):
    """Tables of these tests alone, with the conventions of the real ones."""

    metadata = type(Base.metadata)(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Box(Shelf):
    __tablename__ = "boxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str | None] = mapped_column(unique=True)
    packed_at: Mapped[datetime | None]
    contents: Mapped[dict[str, object] | None] = mapped_column(Json)
    inside_id: Mapped[int | None] = mapped_column(ForeignKey("boxes.id"), index=True)

    __table_args__ = (UniqueConstraint("id", "label"),)


@pytest.fixture
def shelf(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        Shelf.metadata.create_all(connection)
    yield engine
    engine.dispose()


def count(engine: Engine) -> int:
    with read_transaction(engine) as session:
        return session.scalar(select(func.count(Box.id))) or 0


# Engines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("no url at all", "cannot be read"),
        ("mysql://host/name", "mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:name?mode=memory&uri=true", "names no file"),
    ],
)
def test_a_url_that_cannot_serve_is_refused_in_words(url: str, word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        make_engine(url)


def test_a_password_is_not_shown_when_the_url_is_refused() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        make_engine("mysql://user:secret@host/name")
    assert "secret" not in f"{refusal.value.detail}{refusal.value.hint}"


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/a/b/passports.sqlite3")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert (tmp_path / "a/b/passports.sqlite3").exists()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: a commit that was answered survives a power cut
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
    ],
)
def test_each_sqlite_connection_is_set_up(tmp_path: Path, pragma: str, value: str | int) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/passports.sqlite3")
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            connection.execution_options(read_only=True)
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("TimeZone", "UTC"),
        ("application_name", "passports"),
    ],
)
def test_each_postgresql_connection_has_its_limits(
    reused_postgresql_url: str, setting: str, value: str
) -> None:
    engine = make_engine(reused_postgresql_url)
    with engine.connect() as connection:
        assert connection.execute(text(f"SHOW {setting}")).scalar() == value
    engine.dispose()


def test_options_in_the_url_go_before_ours(reused_postgresql_url: str) -> None:
    engine = make_engine(f"{reused_postgresql_url}&options=-c%20statement_timeout%3D7s&application_name=mine")
    with engine.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "7s"
        assert connection.execute(text("SHOW application_name")).scalar() == "mine"
    engine.dispose()


def test_a_plain_postgresql_url_gets_the_installed_driver() -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        engine = make_engine(f"{scheme}://user@127.0.0.1/name")
        assert engine.dialect.driver == "psycopg"
        engine.dispose()


# Transactions ---------------------------------------------------------------------------------------


def test_a_block_that_ends_is_committed(shelf: Engine) -> None:
    with transaction(shelf) as session:
        session.add(Box(id=1, label="kept"))
    assert count(shelf) == 1


def test_objects_stay_readable_after_the_commit(shelf: Engine) -> None:
    with transaction(shelf) as session:
        box = Box(id=1, label="kept")
        session.add(box)
    assert box.label == "kept"


def test_a_block_that_raises_leaves_nothing(shelf: Engine) -> None:
    def add_and_fail() -> None:
        with transaction(shelf) as session:
            session.add(Box(id=1))
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        add_and_fail()
    assert count(shelf) == 0


def test_tables_made_in_a_block_that_raises_are_gone(shelf: Engine) -> None:
    def create_and_fail() -> None:
        with transaction(shelf) as session:
            session.execute(text("CREATE TABLE later (id INTEGER)"))
            raise LookupError

    with pytest.raises(LookupError):
        create_and_fail()
    assert inspect(shelf).get_table_names() == ["boxes"]


def test_a_savepoint_rolls_back_alone(shelf: Engine) -> None:
    with transaction(shelf) as session:
        session.add(Box(id=1, label="first"))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(Box(id=2, label="first"))
        session.add(Box(id=3, label="third"))
    assert count(shelf) == 2


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_session_that_is_not_committed_leaks_nothing_into_the_next_test(
    session: Session, turn: int
) -> None:
    """With the driver's own transaction handling a savepoint's rows stay in SQLite after a rollback."""
    session.execute(text("CREATE TABLE IF NOT EXISTS leak (turn INTEGER)"))
    with session.begin_nested():
        session.execute(text("INSERT INTO leak VALUES (:turn)"), {"turn": turn})
    assert session.execute(text("SELECT turn FROM leak")).scalars().all() == [turn]
    session.rollback()
    assert "leak" not in inspect(session.connection()).get_table_names()


def test_a_read_transaction_refuses_to_write(shelf: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), read_transaction(shelf) as session:
        session.execute(text("INSERT INTO boxes (id) VALUES (1)"))
    with transaction(shelf) as session:  # the same connection may write again
        session.add(Box(id=2))
    assert count(shelf) == 1


def test_a_read_transaction_keeps_nothing_that_was_changed_by_mistake(shelf: Engine) -> None:
    with transaction(shelf) as session:
        session.add(Box(id=1, label="before"))
    with read_transaction(shelf) as session:
        session.get_one(Box, 1).label = "after"
    with read_transaction(shelf) as session:
        assert session.get_one(Box, 1).label == "before"


def test_whoever_asks_is_told_of_each_commit_when_others_can_see_it(shelf: Engine) -> None:
    seen: list[int] = []
    for _ in range(2):  # each caller is told
        after_commit(shelf, lambda: seen.append(count(shelf)))
    with transaction(shelf) as session:
        session.add(Box(id=1))
        session.flush()
        assert seen == []
    assert seen == [1, 1]
    count(shelf)
    with pytest.raises(IntegrityError), transaction(shelf) as session:
        session.add_all([Box(id=1), Box(id=2)])
    assert seen == [1, 1]


def test_a_read_transaction_sees_one_snapshot_and_holds_up_no_writer(shelf: Engine) -> None:
    with read_transaction(shelf) as reader:
        assert reader.scalar(select(func.count(Box.id))) == 0
        with transaction(shelf) as writer:
            writer.add(Box(id=1))
        assert reader.scalar(select(func.count(Box.id))) == 0
    assert count(shelf) == 1


def test_a_second_writer_waits_for_the_first(shelf: Engine) -> None:
    """Both read the row, then write it: without an early lock one of them would fail or lose its change."""
    with transaction(shelf) as session:
        session.add(Box(id=1, contents={"pieces": 0}))

    def add_a_piece(_turn: int) -> None:
        with transaction(shelf) as session:
            box = session.get_one(Box, 1, with_for_update=True)
            assert box.contents is not None
            pieces = box.contents["pieces"]
            time.sleep(0.01)
            assert isinstance(pieces, int)
            box.contents = {"pieces": pieces + 1}

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(add_a_piece, range(16)))
    with read_transaction(shelf) as session:
        assert session.get_one(Box, 1).contents == {"pieces": 16}


def test_a_sqlite_write_takes_its_lock_at_the_beginning(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/passports.sqlite3")
    order: list[str] = []
    began = threading.Event()

    def first() -> None:
        with transaction(engine) as session:
            session.execute(text("SELECT 1"))
            began.set()
            time.sleep(0.2)
            order.append("first")

    def second() -> None:
        began.wait()
        with transaction(engine) as session:
            session.execute(text("SELECT 1"))
            order.append("second")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(second), threads.submit(first)]:
            done.result()
    engine.dispose()
    assert order == ["first", "second"]


def test_many_first_connections_to_a_new_sqlite_file_succeed(tmp_path: Path) -> None:
    """Switching to WAL needs the file for itself; the connections that come at once must not fail."""

    def open_it(_turn: int) -> None:
        engine = make_engine(f"sqlite:///{tmp_path}/passports.sqlite3")
        with transaction(engine) as session:
            session.execute(text("CREATE TABLE IF NOT EXISTS t (id INTEGER)"))
        engine.dispose()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_it, range(8)))


def test_postgresql_gives_up_a_statement_that_takes_too_long(reused_postgresql_url: str) -> None:
    engine = make_engine(f"{reused_postgresql_url}&options=-c%20statement_timeout%3D20ms")
    with pytest.raises(BusyError), transaction(engine) as session:
        session.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()


# Columns --------------------------------------------------------------------------------------------


def test_an_instant_comes_back_aware_in_utc(shelf: Engine) -> None:
    instant = datetime(2016, 1, 22, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with transaction(shelf) as session:
        session.add(Box(id=1, packed_at=instant))
    with read_transaction(shelf) as session:
        stored = session.get_one(Box, 1).packed_at
        assert stored == instant
        assert stored.tzinfo is UTC
        assert session.scalar(select(Box.id).where(Box.packed_at == instant)) == 1
        assert session.scalar(select(Box.id).where(Box.packed_at > instant)) is None


def test_instants_sort_by_time_whatever_zone_they_came_in(shelf: Engine) -> None:
    noon = datetime(2020, 6, 1, 12, tzinfo=UTC)
    hours = {1: 3, 2: -8, 3: 0}
    with transaction(shelf) as session:
        for key, hour in hours.items():
            zone = timezone(timedelta(hours=hour))
            session.add(Box(id=key, packed_at=noon.astimezone(zone) + timedelta(minutes=key)))
    with read_transaction(shelf) as session:
        assert list(session.scalars(select(Box.id).order_by(Box.packed_at))) == [1, 2, 3]


def test_a_time_without_a_zone_is_refused(shelf: Engine) -> None:
    with pytest.raises(StatementError, match="no time zone"), transaction(shelf) as session:
        session.add(Box(id=1, packed_at=datetime(2020, 1, 1)))  # noqa: DTZ001 (what is refused)


def test_nothing_stays_nothing(shelf: Engine) -> None:
    with transaction(shelf) as session:
        session.add(Box(id=1, packed_at=None, contents=None))
    with read_transaction(shelf) as session:
        box = session.get_one(Box, 1)
        assert (box.packed_at, box.contents) == (None, None)
        assert session.scalar(select(Box.id).where(Box.contents.is_(None))) == 1


def test_json_comes_back_as_it_went_in(shelf: Engine) -> None:
    value: dict[str, object] = {"ü": ["é", 1, 2.5, True, None, {"a": {}}], "": "\u2028"}
    with transaction(shelf) as session:
        session.add(Box(id=1, contents=value))
    with read_transaction(shelf) as session:
        assert session.get_one(Box, 1).contents == value
        assert json.loads(session.scalar(select(cast(Box.contents, Text))) or "") == value


def test_json_that_is_no_json_is_refused(shelf: Engine) -> None:
    with (
        pytest.raises((StatementError, ValueError), match="not JSON compliant"),
        transaction(shelf) as session,
    ):
        session.add(Box(id=1, contents={"number": float("nan")}))


def test_foreign_keys_are_enforced(shelf: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(shelf) as session:
        session.add(Box(id=1, inside_id=99))


def test_every_constraint_has_a_name_that_says_what_it_is_for() -> None:
    table = Box.__table__
    names = {str(item.name) for item in table.constraints | table.indexes}  # type: ignore[attr-defined]  # reason: FromClause
    assert names == {
        "pk_boxes",
        "uq_boxes_label",
        "uq_boxes_id_label",
        "fk_boxes_inside_id_boxes",
        "ix_boxes_inside_id",
    }


def test_the_annotation_of_an_instant_is_enough() -> None:
    assert isinstance(Box.__table__.c.packed_at.type, UtcDateTime)


def test_a_writer_that_waits_too_long_is_told_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    engine = make_engine(f"sqlite:///{tmp_path}/busy.sqlite3")
    with transaction(engine) as first:
        first.execute(text("CREATE TABLE held (id INTEGER)"))
        with pytest.raises(BusyError), transaction(engine) as second:
            second.execute(text("CREATE TABLE waiting (id INTEGER)"))
    engine.dispose()


def test_a_writer_of_another_process_is_waited_for_as_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another engine stands for the process: engines share nothing but the file."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    here, elsewhere = (make_engine(f"sqlite:///{tmp_path}/busy.sqlite3") for _ in range(2))
    with transaction(elsewhere) as first:
        first.execute(text("CREATE TABLE held (id INTEGER)"))
        with pytest.raises(BusyError), transaction(here) as second:
            second.execute(text("CREATE TABLE waiting (id INTEGER)"))
    with transaction(here) as third:  # whose turn it is now: the one that gave up has left the queue
        third.execute(text("CREATE TABLE waiting (id INTEGER)"))
    here.dispose()
    elsewhere.dispose()
