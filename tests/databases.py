"""Real databases for tests: a SQLite file or a PostgreSQL database, each built by the migrations.

PostgreSQL is a throw-away cluster made from the installed server binaries: it listens on a socket in
a folder of its own only, is shared by all workers of a test run, and is ended by a watchdog when the run is
gone, however that ended. `PASSPORTS_TEST_DATABASE_URL` names another server instead; its user must be
a superuser.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, make_url

from app.database import make_engine
from app.migrations import upgrade
from tests.outside import missing

RUN_DIRECTORY = "PASSPORTS_TEST_RUN_DIRECTORY"
"""The variable that tells all workers of one run where they share a cluster."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 (only a new folder in it is used)
ROOM = 2_000_000_000
"""Bytes that must be free there."""

CLUSTER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "jit": "off",
}
"""As fast as a cluster can be that nobody will miss, and reachable by nobody else."""

WATCHDOG = """(
while kill -0 "$1" 2>/dev/null; do sleep 1; done
"$2" -D "$3/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$3"
) &"""
"""Arguments: process to wait for, `pg_ctl`, the run's folder."""


RESET = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
{deletes}
"""
"""Ends what a test left open and empties what it filled: 20 times as quick as another database."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server and the migrated database on it that all test databases are copied from."""

    url: URL
    template: str

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Give the URL of a new database, dropped afterwards."""
        name = f"test_{uuid.uuid4().hex}"
        execute(self.url, f'CREATE DATABASE "{name}" TEMPLATE "{self.template if migrated else "template1"}"')
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            execute(self.url, f'DROP DATABASE "{name}" WITH (FORCE)')


class ReusedDatabase:
    """A migrated PostgreSQL database that is emptied after each test."""

    def __init__(self, url: str) -> None:
        self.url = url
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        # No trigger and no foreign key has a say in the emptying: ledgers refuse deletes.
        self._connection.execute("SET session_replication_role = replica")
        tables = self._connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        deletes = "\n".join(f'DELETE FROM "{name}";' for (name,) in tables)  # noqa: S608 (names from the catalogue)
        self._reset = RESET.format(deletes=deletes).encode()

    def reset(self) -> None:
        """Empty all tables."""
        self._connection.execute(self._reset)

    def close(self) -> None:
        """Let the database go."""
        self._connection.close()


def execute(url: URL, statement: str) -> None:
    """Run one statement outside any transaction."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement.encode())


def begin_run() -> None:
    """Make the folder that this run's workers share; called once, by the process that leads the run.

    It is kept in memory where there is room: the application waits for the disk at each commit on SQLite.
    """
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    os.environ[RUN_DIRECTORY] = tempfile.mkdtemp(prefix="passports-", dir=IN_MEMORY if in_memory else None)
    os.environ["PASSPORTS_TEST_RUN_LEADER"] = str(os.getpid())


def end_run() -> None:
    """Remove the run's folder, unless a cluster lives in it: then its watchdog does."""
    folder = Path(os.environ.pop(RUN_DIRECTORY))
    if not (folder / "data").exists():
        shutil.rmtree(folder)


@contextmanager
def sqlite_folder() -> Iterator[Path]:
    """Give a folder for one SQLite database, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=os.environ[RUN_DIRECTORY]) as folder:
        yield Path(folder)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one worker of the run at a time through."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def postgresql_server(settings: Mapping[str, str] = CLUSTER_SETTINGS) -> Server:
    """Return the run's server, starting it with `settings` when this worker is the first to ask."""
    folder = Path(os.environ[RUN_DIRECTORY])
    given = os.environ.get("PASSPORTS_TEST_DATABASE_URL")
    with alone(folder):
        url = make_url(given) if given else _cluster(folder, settings)
        template = f"template_{folder.name.replace('-', '_').lower()}"
        server = Server(url, template)
        if not (folder / "template").exists():
            _make_template(server)
            (folder / "template").touch()
        return server


def drop_template() -> None:
    """Leave nothing behind on a server that is not ours."""
    folder, given = Path(os.environ[RUN_DIRECTORY]), os.environ.get("PASSPORTS_TEST_DATABASE_URL")
    if given and (folder / "template").exists():
        execute(make_url(given), f'DROP DATABASE "template_{folder.name.replace("-", "_").lower()}"')


def _make_template(server: Server) -> None:
    execute(server.url, f'CREATE DATABASE "{server.template}"')
    engine = make_engine(server.url.set(database=server.template).render_as_string(hide_password=False))
    upgrade(engine)
    engine.dispose()


# Statements compiled once a process -----------------------------------------------------------------


class Alike:
    """A dialect that is equal to all of its class: what one engine has compiled serves the engines after it.

    Each test makes engines of its own, and would spend a third of its time on writing the same SQL again.
    """

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class SqliteAlike(Alike, SQLiteDialect_pysqlite):
    """SQLite."""

    supports_statement_cache = True


class PostgresqlAlike(Alike, PGDialect_psycopg):
    """PostgreSQL."""

    supports_statement_cache = True


def compile_once() -> None:
    """Have all engines of this process share what they compile."""
    registry.register("sqlite.pysqlite", __name__, SqliteAlike.__name__)
    registry.register("postgresql.psycopg", __name__, PostgresqlAlike.__name__)
    compiled: dict[Any, Any] = {}

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", share)


# The throw-away cluster -----------------------------------------------------------------------------


def _cluster(folder: Path, given: Mapping[str, str]) -> URL:
    """Return the cluster of `folder`, making and starting it when it is not there yet."""
    url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
    if (folder / "data").exists():
        return url
    programs = server_programs()
    owner = _server_user()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    data = str(folder / "data")
    initdb = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    _run([str(programs / "initdb"), "-D", data, *initdb], folder, owner)
    settings = " ".join(f"-c {name}='{value}'" for name, value in given.items())
    start = [
        "-o",
        f"{settings} -c unix_socket_directories='{folder}'",
        "-l",
        str(folder / "log"),
        "-w",
        "start",
    ]
    _run([str(programs / "pg_ctl"), "-D", data, *start], folder, owner)
    leader = os.environ["PASSPORTS_TEST_RUN_LEADER"]
    subprocess.run(
        ["/bin/sh", "-c", WATCHDOG, "watchdog", leader, str(programs / "pg_ctl"), str(folder)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return url


def server_programs() -> Path:
    """Return the folder of `initdb` and `pg_ctl`, which Debian keeps out of the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--bindir"], check=True, capture_output=True, text=True)
        places.append(Path(answer.stdout.strip()))
    on_path = shutil.which("initdb")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise missing("PostgreSQL server (install the package postgresql, or set PASSPORTS_TEST_DATABASE_URL)")


def _server_user() -> dict[str, Any]:
    """Return whom to be: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise missing("a user to run PostgreSQL as (root may not: make a user named postgres)")


def _run(command: list[str], folder: Path, owner: dict[str, Any]) -> None:
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, **owner)
    if result.returncode != 0:
        log = folder / "log"
        raise RuntimeError(f"{command[0]}: {result.stderr}{log.read_text() if log.exists() else ''}")
