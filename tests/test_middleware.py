"""What surrounds every request: the id, the headers, the log line, and an answer whatever happens."""

import asyncio
import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from app.logs import JsonFormatter
from app.middleware import RequestFrame
from tests.frames import Frame, open_frame

EVERYWHERE = [
    "/",
    "/verify",
    "/issuers/community",
    "/openapi.json",
    "/nothing",
    "/v1/tokens",
    "/static/icon.svg",
]


@pytest.fixture
def frame(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    with open_frame(database_url, tmp_path) as frame:
        yield frame


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_has_an_id_and_safe_headers(frame: Frame) -> None:
    seen = set()
    for path in EVERYWHERE:
        answer = frame.send("GET", path)
        seen.add(uuid.UUID(answer.headers["x-request-id"]))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"]
    assert len(seen) == len(EVERYWHERE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_keeps_what_is_not_meant_to_be_kept(frame: Frame) -> None:
    for path in ("/v1/tokens", "/health/live", "/nothing", "/static/nothing.css", "/issuers/nobody"):
        assert frame.send("GET", path).headers["cache-control"] == "no-store"
    for path in ("/static/passports.css", "/issuers/community"):
        assert "public, max-age=" in frame.send("GET", path).headers["cache-control"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scripts_of_other_sites_may_read_public_answers_and_no_others(frame: Frame) -> None:
    for path in ("/issuers/community", "/issuers/community/did.json", "/status-lists/none", "/verify"):
        answer = frame.send("GET", path, token=None, headers={"Origin": "https://wallet.example.org"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in frame.send("GET", "/v1/tokens").headers


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_browser_may_ask_before_it_sends_json_to_the_verifier(frame: Frame) -> None:
    asking = {"Origin": "https://wallet.example.org", "Access-Control-Request-Method": "POST"}
    answer = frame.send("OPTIONS", "/verify", token=None, headers=asking)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "*"
    assert frame.send("OPTIONS", "/v1/tokens", headers=asking).status_code == 405
    assert frame.send("OPTIONS", "/verify", token=None).status_code == 405


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", [*EVERYWHERE, "/issuers/community/did.json"])
def test_head_is_get_without_the_content(frame: Frame, path: str) -> None:
    head, get = frame.send("HEAD", path), frame.send("GET", path)
    assert head.status_code == get.status_code
    assert head.content == b""
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize(
    "path", ["/issuers/%00", "/v1/tokens/%00", "/v1/issuers/a%00b", "/v1/tokens?after=%00"]
)
def test_an_address_with_a_nul_names_nothing(frame: Frame, path: str) -> None:
    for method in ("GET", "DELETE"):
        answer = frame.send(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_log_line_names_method_path_status_and_time_but_no_query_and_no_token(
    frame: Frame, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = frame.send("GET", f"/v1/tokens/{frame.secret}?key={frame.secret}&email=ada@example.org")
    [record] = [each for each in caplog.records if not each.name.startswith("httpx")]
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "GET /v1/tokens/lpt_[hidden] 405"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["milliseconds"] > 0
    assert frame.secret not in json.dumps(line)
    assert "ada@example.org" not in json.dumps(line)


# Without an application around it --------------------------------------------------------------------

HTTP: Scope = {"type": "http", "method": "GET", "path": "/v1/x", "query_string": b"", "headers": []}


def run(app: RequestFrame, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nobody reads")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_a_failure_in_the_middle_of_an_answer_is_logged_and_adds_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def break_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("the disk is gone")

    class Site:
        public_url = "https://passports.example.org"

    class State:
        site = Site()

    class App:
        state = State()

    sent = run(RequestFrame(break_off), {**HTTP, "app": App()})
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert "the disk is gone" in caplog.text


def test_a_client_that_goes_away_is_no_failure_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def read(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    with caplog.at_level(logging.INFO):
        assert run(RequestFrame(read), dict(HTTP)) == []
    assert [record.getMessage() for record in caplog.records] == ["the client went away", "GET /v1/x 0"]


def test_what_is_not_http_passes_untouched() -> None:
    async def echo(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": scope["type"]})

    assert run(RequestFrame(echo), {"type": "lifespan"}) == [{"type": "lifespan"}]
