"""The harness itself: what it gives, and what it says when something is missing."""

import socket
from datetime import UTC, datetime

import httpx
import pytest
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.database import make_engine, transaction
from app.models import Issuer
from tests import outside
from tests.databases import ReusedDatabase
from tests.server import serving


def greet(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def test_a_served_application_answers_on_loopback() -> None:
    with serving(Starlette(routes=[Route("/", greet)])) as origin:
        assert httpx.get(f"{origin}/", trust_env=False).text == "hello"


def test_nothing_beyond_loopback_can_be_reached() -> None:
    blocked = pytest.raises(SocketConnectBlockedError)
    with socket.socket() as client, pytest.warns(UserWarning, match="192.0.2.1"), blocked:
        client.connect(("192.0.2.1", 80))


def test_a_reused_database_comes_back_empty(reused_database: ReusedDatabase) -> None:
    engine = make_engine(reused_database.url)
    dates = dict.fromkeys(("created_at", "updated_at"), datetime(2016, 1, 1, tzinfo=UTC))
    with transaction(engine) as session:
        session.add(Issuer(id="1", key="k", did="did:example:k", name="K", url="https://k", **dates))
    with engine.connect() as forgotten:
        forgotten.execute(text("SELECT * FROM issuers FOR UPDATE"))
        reused_database.reset()
        forgotten.invalidate()
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM issuers")) == 0
    engine.dispose()


def test_a_missing_program_skips_on_a_developers_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")
    monkeypatch.setenv("PASSPORTS_TEST_ALL", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        outside.find_program("no-such-program", hint="it does not exist")


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("PASSPORTS_TEST_ALL", "1")])
def test_a_missing_program_fails_where_everything_must_run(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        outside.find_program("no-such-program", hint="it does not exist")
