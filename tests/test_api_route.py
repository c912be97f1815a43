"""Bodies and keyed requests over HTTP: what is read, what is refused, and what runs once."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
from sqlalchemy import select

from app.api_route import MAX_BODY, ApiRoute
from app.database import transaction
from app.domain.actors import Role
from app.models import IdempotencyRecord, Token
from app.routers import API_ROUTERS
from app.schemas.bodies import MAX_UNKNOWN
from app.services.tokens import operator_actor, revoke_token
from tests.effort import PATIENCE
from tests.frames import Frame, open_frame
from tests.server import serving

JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}
NOTE = {"title": "one"}


@pytest.fixture(scope="module")
def sqlite_frame(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frame]:
    folder = tmp_path_factory.mktemp("bodies")
    shutil.copyfile(sqlite_template, folder / "test.sqlite3")
    with open_frame(f"sqlite:///{folder}/test.sqlite3", folder) as frame:
        yield frame


@pytest.fixture
def frame(sqlite_frame: Frame) -> Frame:
    """For what has nothing to do with the database."""
    sqlite_frame.runs.clear()
    return sqlite_frame


@pytest.fixture
def either(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    """On each of the two engines."""
    with open_frame(database_url, tmp_path) as frame:
        yield frame


def post(frame: Frame, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    return frame.send("POST", "/v1/notes", content=body, headers=JSON if headers is None else headers)


def refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    return problem


# What is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.passports+json",
        "application/merge-patch+json",
    ],
)
def test_json_is_read_under_its_names(frame: Frame, content_type: str) -> None:
    answer = post(frame, json.dumps(NOTE).encode(), {"Content-Type": content_type})
    assert answer.status_code == 201
    assert answer.json()["body"]["title"] == "one"


@pytest.mark.parametrize(
    "content_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"]
)
def test_yaml_is_read_under_its_names(frame: Frame, content_type: str) -> None:
    answer = post(frame, b"title: one\nitems:\n  - size: 3\n", {"Content-Type": content_type})
    assert answer.status_code == 201
    assert answer.json()["body"]["items"] == [{"size": 3, "colour": None}]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "json", "text/x+json", "a/b/c"]
)
def test_another_media_type_or_none_is_refused(frame: Frame, content_type: str) -> None:
    problem = refused(post(frame, b"{}", {"Content-Type": content_type}), 415, "unsupported_media_type")
    assert "application/yaml" in problem["hint"]
    assert frame.runs == []


def test_a_missing_body_is_named(frame: Frame) -> None:
    problem = refused(post(frame, b""), 422, "invalid_payload")
    assert problem["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "one"',
        b'{"title": "one", "title": "two"}',
        b'{"title": NaN}',
        b'{"title": -Infinity}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "a\x00b"}',
        b'\xef\xbb\xbf{"title": "one"}',
        b'{"title": "\\ud800"}',
        b'{"title": "\xff"}',
        b'{"title": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
        b'{"title": 1e999}',
        b"{} {}",
        b"   ",
    ],
)
def test_json_that_two_readers_could_read_apart_is_refused(frame: Frame, body: bytes) -> None:
    refused(post(frame, body), 400, "malformed_body")
    assert frame.runs == []


@pytest.mark.parametrize(
    "body",
    [
        b"title: &a one\ninner: *a\n",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntitle: *c\n",
        b"title: !!python/object/apply:os.system [id]\n",
        b"title: one\ntitle: two\n",
        b"title: [one\n",
        b"title: one\n---\ntitle: two\n",
        b"<<: {title: one}\n",
        b"[" * 200_000,
        b"title: .nan\n",
    ],
)
def test_yaml_that_is_more_than_data_is_refused(frame: Frame, body: bytes) -> None:
    refused(post(frame, body, YAML), 400, "malformed_body")
    assert frame.runs == []


def test_malformed_yaml_says_where(frame: Frame) -> None:
    assert "line 2" in refused(post(frame, b"title: one\ninner: }\n", YAML), 400, "malformed_body")["detail"]


def test_all_faults_come_in_one_answer_with_their_places(frame: Frame) -> None:
    body = {
        "titel": "one",
        "inner": {"size": "large", "color": "red"},
        "items": [{"size": 1}, {"colour": 3, "a/b~c": 1}],
    }
    problem = refused(post(frame, json.dumps(body).encode()), 422, "invalid_payload")
    found = {fault["pointer"]: fault for fault in problem["errors"]}
    assert set(found) == {
        "/titel",
        "/title",
        "/inner/size",
        "/inner/color",
        "/items/1/size",
        "/items/1/colour",
        "/items/1/a~1b~0c",
    }
    assert len(problem["errors"]) == len(found)
    assert found["/titel"]["code"] == "unknown_member"
    assert found["/titel"]["hint"] == "Did you mean title?"
    assert found["/inner/color"]["hint"] == "Did you mean colour?"
    assert found["/items/1/a~1b~0c"]["hint"] == "Known members: size, colour."
    assert found["/title"]["code"] == "missing"
    assert "line" not in found["/title"]


def test_faults_of_a_yaml_body_name_their_lines(frame: Frame) -> None:
    body = b"titel: one\ninner:\n  size: large\nitems:\n  - size: 1\n  - colour: red\n"
    problem = refused(post(frame, body, YAML), 422, "invalid_payload")
    lines = {fault["pointer"]: fault.get("line") for fault in problem["errors"]}
    assert lines == {"/titel": 1, "/title": 1, "/inner/size": 3, "/items/1/size": 6}


def test_what_was_sent_does_not_come_back(frame: Frame) -> None:
    answer = post(frame, b'{"title": ["lpt_SecretSecret"]}')
    assert "lpt_SecretSecret" not in answer.text


def test_a_body_of_unknown_members_costs_little(frame: Frame) -> None:
    body = json.dumps({f"nam{number}": 1 for number in range(15_000)}).encode()
    assert len(body) < MAX_BODY
    problem = refused(post(frame, body), 422, "invalid_payload")
    assert len(problem["errors"]) == MAX_UNKNOWN + 1  # and the title is missing


def test_a_body_that_is_no_object_is_refused(frame: Frame) -> None:
    for body in (b"[]", b'"x"', b"null", b"3"):
        assert refused(post(frame, body), 422, "invalid_payload")["errors"][0]["pointer"] == ""


def test_a_body_of_get_is_not_looked_at(frame: Frame) -> None:
    answer = frame.send("GET", "/v1/notes", content=b"{ this is nothing", headers=YAML)
    assert answer.status_code == 200


def test_a_body_is_read_only_from_somebody_with_a_token(frame: Frame) -> None:
    for token in (None, "lpt_unknown"):
        answer = frame.send("POST", "/v1/notes", token=token, content=b"{ no", headers=JSON)
        refused(answer, 401, "not_authenticated")


def test_every_route_that_needs_a_token_reads_bodies_this_way() -> None:
    for router in API_ROUTERS:
        paths = [getattr(route, "path", "") for route in router.routes]
        assert all(path.startswith(("/v1", "/vc-api/issuers/")) for path in paths)
        assert all(isinstance(route, ApiRoute) for route in router.routes)


# How much is read -----------------------------------------------------------------------------------


def test_a_body_at_the_limit_is_read_and_one_beyond_is_not(frame: Frame) -> None:
    fitting = b'{"title": "one"}'.ljust(MAX_BODY)
    assert post(frame, fitting).status_code == 201
    assert "256 KiB" in refused(post(frame, fitting + b" "), 413, "body_too_large")["detail"]
    assert frame.runs == ["one"]


@contextmanager
def begun(frame: Frame, length: bytes) -> Iterator[socket.socket]:
    """Give a connection to a server on which a request was begun whose body is still to come."""
    head = (
        b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + f"Authorization: Bearer {frame.secret}\r\n".encode()
        + length
        + b"\r\n\r\n"
    )
    with serving(frame.app) as origin:
        address = urlsplit(origin)
        assert address.hostname is not None
        assert address.port is not None
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
            client.sendall(head)
            yield client


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_body_is_answered_before_it_ends(frame: Frame, *, chunked: bool) -> None:
    """The client says that much more is to come and sends no more than what proves it too large."""
    part = b'"' + b"a" * 65_535
    with begun(frame, b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 1000000000") as client:
        for _ in range(5):
            client.sendall(b"10000\r\n" + part + b"\r\n" if chunked else part)
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert frame.runs == []


@pytest.fixture
def impatient(frame: Frame) -> Iterator[Frame]:
    """A service that waits for no body."""
    state = frame.app.state
    usual, state.body_seconds = state.body_seconds, 0
    yield frame
    state.body_seconds = usual


def test_a_body_that_does_not_come_in_is_not_waited_for(impatient: Frame) -> None:
    with begun(impatient, b"Content-Length: 10") as client:
        received = b"".join(iter(lambda: client.recv(4000), b""))  # ends because the server closes
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in received
    assert impatient.runs == []


# Keyed requests -------------------------------------------------------------------------------------


def keyed(frame: Frame, key: str = "k1", body: Any = NOTE, **request: Any) -> httpx2.Response:  # noqa: ANN401 (JSON)
    method, path = request.pop("method", "POST"), request.pop("path", "/v1/notes")
    return frame.send(method, path, json=body, headers={"Idempotency-Key": key}, **request)


def records(frame: Frame) -> list[IdempotencyRecord]:
    with transaction(frame.engine) as session:
        return list(session.scalars(select(IdempotencyRecord)))


def test_a_repeat_gets_the_first_answer(either: Frame) -> None:
    first, again = keyed(either), keyed(either)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert either.runs == ["one"]
    assert either.notes() == 1


def test_an_answer_without_a_body_is_repeated_too(either: Frame) -> None:
    for _ in range(2):
        answer = keyed(either, method="DELETE", body=None)
        assert (answer.status_code, answer.content) == (204, b"")
    assert either.runs == ["delete"]


def test_another_request_under_the_same_key_is_refused(either: Frame) -> None:
    keyed(either)
    for other in (
        keyed(either, body={"title": "two"}),
        keyed(either, method="DELETE"),
        keyed(either, path="/v1/notes?x=1"),
    ):
        refused(other, 422, "idempotency_mismatch")
    assert either.runs == ["one"]


def test_a_failure_is_not_kept(either: Frame) -> None:
    for _ in range(2):
        assert keyed(either, body={"title": "fail"}).status_code == 500
    assert either.runs == ["fail", "fail"]
    assert either.notes() == 0
    for _ in range(2):
        refused(keyed(either, "k2", body={"titel": "x"}), 422, "invalid_payload")
        assert keyed(either, "k3", method="PUT").status_code == 409
    assert either.runs[2:] == ["refuse", "refuse"]
    assert records(either) == []
    assert keyed(either).status_code == 201


def test_a_repeat_in_the_meantime_is_told_to_wait_until_the_lease_ends(either: Frame) -> None:
    keyed(either)
    with transaction(either.engine) as session:  # as if the process had died before it kept the answer
        record = session.scalars(select(IdempotencyRecord)).one()
        record.response_status = record.response_headers = record.sealed_body = None
    waiting = keyed(either)
    refused(waiting, 409, "idempotency_in_progress")
    assert waiting.headers["retry-after"] == "1"
    either.clock.move(seconds=61)
    assert keyed(either).status_code == 201
    assert keyed(either).headers["idempotency-replayed"] == "true"
    assert either.runs == ["one", "one"]


def test_keys_belong_to_a_token(either: Frame) -> None:
    other = either.token()
    assert keyed(either).json()["number"] == 1
    assert keyed(either, token=other).json()["number"] == 2


def test_a_revoked_or_expired_token_gets_no_kept_answer(either: Frame) -> None:
    secret = either.token()
    assert keyed(either, token=secret).status_code == 201
    with transaction(either.engine) as session:
        token = session.scalars(select(Token).where(Token.name == "administrator")).one()
        revoke_token(session, operator_actor(either.issuer), token.id, now=either.clock())
    refused(keyed(either, token=secret), 401, "not_authenticated")
    assert keyed(either).status_code == 201
    either.clock.move(days=91)
    refused(keyed(either), 401, "not_authenticated")


def test_a_token_without_the_scope_keeps_nothing(either: Frame) -> None:
    refused(keyed(either, token=either.token(Role.AUTHOR)), 403, "insufficient_scope")
    assert records(either) == []


def test_the_kept_answer_is_sealed(either: Frame) -> None:
    answer = keyed(either, body={"name": "ines", "role": "author"}, path="/v1/tokens")
    secret = answer.json()["secret"]
    [record] = records(either)
    assert record.sealed_body is not None
    assert secret.encode() not in record.sealed_body
    assert secret not in json.dumps(record.response_headers)
    assert (
        keyed(either, body={"name": "ines", "role": "author"}, path="/v1/tokens").json()["secret"] == secret
    )


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "clé"])
def test_a_key_that_is_none_is_refused(frame: Frame, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = frame.client.post(
        "/v1/notes",
        json=NOTE,
        headers={b"Authorization": f"Bearer {frame.secret}".encode(), **as_bytes(headers)},
    )
    problem = refused(answer, 422, "invalid_payload")
    assert problem["errors"][0]["pointer"] == "#header/Idempotency-Key"
    assert frame.runs == []


def as_bytes(headers: dict[str, bytes]) -> dict[bytes, bytes]:
    return {name.encode(): value for name, value in headers.items()}


def test_twenty_at_once_run_once(either: Frame) -> None:
    count, together = 20, threading.Barrier(20)
    answers: list[httpx.Response] = []

    def send(origin: str) -> None:
        headers = {"Authorization": f"Bearer {either.secret}", "Idempotency-Key": "k"}
        with httpx.Client(base_url=origin, trust_env=False, timeout=PATIENCE) as client:
            together.wait()
            answers.append(client.post("/v1/notes", json=NOTE, headers=headers))

    with serving(either.app) as origin:
        threads = [threading.Thread(target=send, args=[origin]) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert either.runs == ["one"]
    assert either.notes() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    kept = [answer.json() for answer in answers if answer.status_code == 201]
    assert kept == [kept[0]] * len(kept)
    assert sum("idempotency-replayed" not in a.headers for a in answers if a.status_code == 201) == 1


# The order of commit and answer ---------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_what_an_answer_says_is_committed_before_it_leaves(either: Frame, headers: dict[str, str]) -> None:
    """Looked at from beside, in the very moment in which the first byte of the answer is sent."""
    seen: list[int] = []
    app = either.app

    async def watch(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 (ASGI)
        async def look_and_send(message: Any) -> None:  # noqa: ANN401 (ASGI)
            if message["type"] == "http.response.start":
                seen.append(either.notes())
            await send(message)

        await app(scope, receive, look_and_send)

    with serving(watch) as origin, httpx.Client(base_url=origin, trust_env=False, timeout=PATIENCE) as client:
        headers = {"Authorization": f"Bearer {either.secret}"} | headers
        assert client.post("/v1/notes", json=NOTE, headers=headers).status_code == 201
    assert seen == [1]
