"""What every test may ask for: an engine on each of the two databases, and the run's own rules."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import make_engine
from app.migrations import upgrade
from tests import databases
from tests.outside import MISSING, everything_must_run
from tests.stories import Community, Service, found_community, running

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("everywhere", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("everywhere" if everything_must_run() else "here")


def _leads_the_run() -> bool:
    return "PYTEST_XDIST_WORKER" not in os.environ


def pytest_configure() -> None:
    databases.compile_once()
    if _leads_the_run():
        databases.begin_run()


def pytest_unconfigure() -> None:
    if _leads_the_run():
        databases.drop_template()
        databases.end_run()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is not traced behind the rest: what a process does but once is seen by the tracer then."""
    items.sort(key=lambda item: item.get_closest_marker("untraced") is not None)


def pytest_runtest_protocol(item: pytest.Item) -> None:
    if item.get_closest_marker("untraced"):
        measuring = item.config.pluginmanager.getplugin("_cov")
        if measuring and measuring.cov_controller and measuring.cov_controller.started:
            measuring.cov_controller.pause()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    missing = [reason.removeprefix("Skipped: ") for reason in reasons if MISSING in reason]
    if missing:
        terminalreporter.section("NOT EVERYTHING WAS RUN", red=True, bold=True)
        for reason in sorted(set(missing)):
            terminalreporter.line(f"{missing.count(reason)} tests. {reason}", red=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")  # without migrations, the file would not exist yet
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> databases.Server:
    """The run's PostgreSQL server, with a migrated template database."""
    return databases.postgresql_server()


@pytest.fixture(scope="session")
def reused_database(postgresql_server: databases.Server) -> Iterator[databases.ReusedDatabase]:
    """This worker's migrated PostgreSQL database."""
    with postgresql_server.database() as url:
        database = databases.ReusedDatabase(url)
        yield database
        database.close()


@pytest.fixture
def reused_postgresql_url(reused_database: databases.ReusedDatabase) -> str:
    """A PostgreSQL URL, for what is PostgreSQL's alone; leave the tables as they are."""
    return reused_database.url


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """The URL of a migrated SQLite file of this test's own."""
    with databases.sqlite_folder() as folder:
        path = folder / "test.sqlite3"
        shutil.copyfile(sqlite_template, path)
        yield f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(reused_database: databases.ReusedDatabase) -> Iterator[str]:
    """The URL of this worker's PostgreSQL database, emptied afterwards."""
    yield reused_database.url
    reused_database.reset()


BOTH_ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.untraced)]


@pytest.fixture(params=BOTH_ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database without a row, for this test alone; the test runs on both engines."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH_ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, for tests that make or change tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
    else:
        server: databases.Server = request.getfixturevalue("postgresql_server")
        with server.database(migrated=False) as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine of the application's own making on a migrated database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; what it did not commit is rolled back, the rest goes with the database."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The application with its worker behind a real HTTP server on loopback; runs on both engines."""
    with running(database_url, tmp_path) as service:
        yield service


@pytest.fixture
def idle_service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The same without a worker: nothing happens that nobody asks for."""
    with running(database_url, tmp_path, worker=False) as service:
        yield service


@pytest.fixture
def community(service: Service) -> Community:
    """An issuer with people and the Community Leadership Passport published."""
    return found_community(service)
