"""Start-up and shutdown: what is refused, what is brought up to date, and who works in the background."""

import threading
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.database import current_revision, head_revision, make_engine, transaction
from app.encryption import new_encryption_key, read_encryption_key
from app.errors import ConfigurationError, SchemaBehindError
from app.main import (
    create_app,
    make_api,
    make_site,
    open_database,
    open_encryption,
    open_service,
    utc_now,
)
from app.routers import PUBLIC_ROUTERS
from app.services.issuers import IssuerProfile, create_issuer
from app.services.jobs import JobKind, enqueue_job
from app.services.sites import Site
from app.settings import Environment, Settings
from tests.frames import PROFILE
from tests.ledgers import NOW, SITE, waiting
from tests.stories import wait_for

KEY = new_encryption_key()


def settings_for(
    database_url: str, folder: Path, *, worker: bool = False, key: str | None = None
) -> Settings:
    return Settings(
        environment=Environment.DEVELOPMENT,
        public_url="https://passports.example.org",
        database_url=database_url,
        encryption_key=SecretStr(key) if key else None,
        encryption_key_file=folder / "encryption.key",
        embedded_worker=worker,
        trusted_issuers=("did:web:partner.example.org",),
    )


# Database and secrets -------------------------------------------------------------------------------


def test_sqlite_brings_itself_up_to_date_and_postgresql_says_what_to_run(
    empty_database_url: str, tmp_path: Path
) -> None:
    settings = settings_for(empty_database_url, tmp_path)
    if empty_database_url.startswith("sqlite"):
        engine = open_database(settings)
        assert current_revision(engine) == head_revision()
        engine.dispose()
        again = open_database(settings)
        again.dispose()
    else:
        with pytest.raises(SchemaBehindError, match="at revision none") as refused:
            create_app(settings)
        assert "passports db upgrade" in (refused.value.hint or "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_schema_that_newer_code_brought_is_left_alone(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    engine = open_database(settings)
    with transaction(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    engine = open_database(settings)
    assert current_revision(engine) == "9999"
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:hunter2@127.0.0.1:9/nothing",
        "sqlite:///{folder}/not-a-file",
        "sqlite:///{folder}/text.sqlite3",
    ],
)
def test_a_database_that_cannot_be_opened_is_a_message(tmp_path: Path, url: str) -> None:
    (tmp_path / "not-a-file").mkdir()
    (tmp_path / "text.sqlite3").write_text("This is no database. " * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened") as refused:
        open_database(settings_for(url.format(folder=tmp_path), tmp_path))
    assert "hunter2" not in refused.value.detail
    assert "PASSPORTS_DATABASE_URL" in (refused.value.hint or "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bad_key_is_refused_before_the_database_is_touched(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="32 random bytes"):
        create_app(settings_for(database_url, tmp_path, key="change-me"))


def test_a_key_that_is_set_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///unused", tmp_path, key=KEY)
    assert open_encryption(settings) == read_encryption_key(KEY)
    assert list(tmp_path.iterdir()) == []


def test_development_keeps_the_key_that_it_made(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///unused", tmp_path)
    assert open_encryption(settings) == open_encryption(settings)
    assert read_encryption_key((tmp_path / "encryption.key").read_text()) == open_encryption(settings)


def test_a_key_file_cut_off_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "encryption.key").write_text("")
    with pytest.raises(ConfigurationError) as refused:
        open_encryption(settings_for("sqlite:///unused", tmp_path))
    assert "PASSPORTS_ENCRYPTION_KEY_FILE" in (refused.value.hint or "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_service_whose_keys_do_not_open_does_not_start(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path, key=KEY)
    engine, site = open_service(settings)
    with transaction(engine) as session:
        profile = IssuerProfile(name="Community", url="https://community.example.org")
        create_issuer(session, "community", profile, site=site, now=utc_now())
    engine.dispose()
    open_service(settings)[0].dispose()
    with pytest.raises(ConfigurationError, match="does not open with PASSPORTS_ENCRYPTION_KEY"):
        create_app(settings_for(database_url, tmp_path, key=new_encryption_key()))


def test_services_are_told_the_origin_and_whom_to_trust(tmp_path: Path) -> None:
    site = make_site(settings_for("sqlite:///unused", tmp_path, key=KEY))
    trusted = frozenset({"did:web:partner.example.org"})
    assert site == Site("https://passports.example.org", read_encryption_key(KEY), trusted)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_application_carries_no_settings(database_url: str, tmp_path: Path) -> None:
    """What a request may know: these and nothing else of the settings."""
    app = create_app(settings_for(database_url, tmp_path))
    known = set(app.state._state)  # noqa: SLF001 (the framework's only list)
    assert known == {"engine", "site", "clock", "visitors", "body_seconds", "writers", "answers"}
    assert app.state.clock is utc_now
    app.state.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_clears_the_answers_that_were_kept(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path))
    before = app.state.answers.generation
    with transaction(app.state.engine) as session:
        session.execute(text("SELECT 1"))
    assert app.state.answers.generation > before
    app.state.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_statement_was_given_is_in_no_error(database_url: str, tmp_path: Path) -> None:
    engine = open_database(settings_for(database_url, tmp_path))
    with pytest.raises(OperationalError, match="no such table") as failed, transaction(engine) as session:
        session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Amina"})
    assert "Amina" not in str(failed.value)
    engine.dispose()


# Life -----------------------------------------------------------------------------------------------


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "worker"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("count", [0, 1])
def test_the_embedded_worker_lives_as_long_as_the_application(
    database_url: str, tmp_path: Path, count: int
) -> None:
    before = len(workers())
    app = create_app(settings_for(database_url, tmp_path, worker=bool(count)))
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
        assert len(workers()) - before == count
    assert len(workers()) == before


def test_the_embedded_worker_does_what_waits(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path, worker=True))
    with transaction(app.state.engine) as session:
        issuer = create_issuer(session, "community", PROFILE, site=app.state.site, now=utc_now())
        payload = {"list_id": "none"}
        enqueue_job(session, issuer.id, JobKind.PUBLISH_STATUS_LIST, payload, now=utc_now())
        assert waiting(session, JobKind.PUBLISH_STATUS_LIST) == 2

    def is_done() -> bool:
        with transaction(app.state.engine) as session:
            return waiting(session, JobKind.PUBLISH_STATUS_LIST) == 1

    with TestClient(app):
        wait_for(is_done)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_failure_while_it_runs_stops_the_worker_too(database_url: str, tmp_path: Path) -> None:
    before = len(workers())

    def break_off() -> None:
        with TestClient(create_app(settings_for(database_url, tmp_path, worker=True))):
            raise RuntimeError("somebody pulled the plug")

    with pytest.raises(RuntimeError, match="plug"):
        break_off()
    assert len(workers()) == before


def test_the_routes_can_be_described_without_settings() -> None:
    api = make_api()
    assert "/v1/tokens" in api.openapi()["paths"]
    assert not hasattr(api.state, "engine")
    assert len(PUBLIC_ROUTERS) > 1


def test_the_clock_knows_its_zone() -> None:
    assert utc_now().utcoffset() is not None


# Readiness ------------------------------------------------------------------------------------------


def test_readiness_follows_the_key_and_the_schema(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path, key=KEY))
    with transaction(app.state.engine) as session:
        create_issuer(session, "community", PROFILE, site=app.state.site, now=NOW)
    with TestClient(app) as client:
        assert client.get("/health/ready").json() == {"status": "ready"}
        site = app.state.site
        app.state.site = Site(site.public_url, SITE.encryption)
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "configuration")
        app.state.site = site
        set_revision(database_url, "0000")
        try:
            answer = client.get("/health/ready")
        finally:
            set_revision(database_url, str(head_revision()))
        assert (answer.status_code, answer.json()["code"]) == (503, "schema_behind")
        assert answer.headers["retry-after"]
        assert client.get("/health/ready").status_code == 200


def set_revision(database_url: str, revision: str) -> None:
    engine = make_engine(database_url)
    with transaction(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    engine.dispose()
