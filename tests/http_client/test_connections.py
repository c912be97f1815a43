"""Replies: what misbehaving, slow and lying servers send, and that it ends as a result in time."""

import gzip
import os
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from app.http_client import Fetched, Limits
from tests.effort import PATIENCE
from tests.http_client.remote import (
    NAME,
    Internet,
    Remote,
    Script,
    code,
    fetch,
    make_certificates,
    reply,
    serving_tls,
    together,
)

QUICK = Limits(connect_seconds=0.5, first_byte_seconds=0.3, total_seconds=0.8)


# Replies --------------------------------------------------------------------------------------------


def endless(prefix: bytes, part: bytes, pause: float = 0) -> Script:
    def send(connection: socket.socket) -> None:
        connection.sendall(prefix)
        while True:
            connection.sendall(part)
            time.sleep(pause)

    return send


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def plainly(connection: socket.socket) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as below:
        below.sendall(HEAD + b"\r\n{}")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

MISBEHAVIOUR: dict[str, tuple[Script, str]] = {
    "an error": (reply(status="500 Oops"), "status_refused"),
    "nothing there": (reply(status="404 Not Found"), "status_refused"),
    "no content": (reply(b"", status="204 No Content"), "status_refused"),
    "a part": (reply(status="206 Partial Content"), "status_refused"),
    "gzip": (
        reply(
            gzip.compress(bytes(1_000_000)),
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ),
        "encoding_refused",
    ),
    "gzip twice": (
        reply(headers={"Content-Type": "application/json", "Content-Encoding": "identity, gzip"}),
        "encoding_refused",
    ),
    "a large body": (reply(b" " * 1_000_001), "too_large"),
    "an endless body": (endless(HEAD + b"\r\n", b" " * 65536), "too_large"),
    "endless chunks": (
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
        "too_large",
    ),
    "chunks with little in much": (
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 8000 + b"\r\n \r\n"),
        "too_large",
    ),
    "endless interim answers": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
        "too_large",
    ),
    "endless headers": (endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 8000 + b"\r\n"), "protocol_error"),
    "a body that stops": (
        lambda connection: connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{"),
        "protocol_error",
    ),
    "no TLS in the middle": (plainly, "protocol_error"),
    "a reset": (reset, "protocol_error"),
    "nothing": (lambda _: None, "protocol_error"),
    "no HTTP": (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "protocol_error"),
    "two lengths": (
        lambda connection: connection.sendall(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
        "protocol_error",
    ),
}


@pytest.mark.parametrize("what", MISBEHAVIOUR)
def test_misbehaviour_is_a_result(internet: Internet, what: str) -> None:
    internet.remote.scripts["/list"], expected = MISBEHAVIOUR[what]
    assert code(fetch(internet.fetcher())) == expected


def test_compressed_bytes_that_do_not_say_so_stay_compressed(internet: Internet) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    internet.remote.scripts["/list"] = reply(bomb)
    found = fetch(internet.fetcher())
    assert isinstance(found, Fetched)
    assert found.content == bomb


def silent(connection: socket.socket) -> None:
    connection.recv(1)  # until the other side has gone


SLOW: dict[str, Script] = {
    "no answer": silent,
    "drops of a header": endless(b"", b"H", 0.05),
    "drops of a body": endless(HEAD + b"\r\n", b" ", 0.05),
}


@pytest.mark.parametrize("what", SLOW)
def test_slow_servers_do_not_hold_us(internet: Internet, what: str) -> None:
    internet.remote.scripts["/list"] = SLOW[what]
    assert code(fetch(internet.fetcher(QUICK))) == "timed_out"


def test_a_server_that_never_ends_its_handshake_does_not_hold_us(internet: Internet) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    internet.remote = Remote(silent.getsockname()[1])
    with silent:
        assert code(fetch(internet.fetcher(QUICK))) == "timed_out"


def test_a_dialler_that_takes_all_the_time_leaves_none_for_tls(internet: Internet) -> None:

    def slow(address: str, port: int, limit: float) -> socket.socket:
        connected = internet.dial(address, port, limit)
        time.sleep(limit + 0.05)
        return connected

    internet.dialler = slow
    assert code(fetch(internet.fetcher(QUICK))) == "timed_out"


def test_a_dialler_that_gives_up_is_a_result(internet: Internet) -> None:
    def lost(_address: str, _port: int, _limit: float) -> socket.socket:
        raise TimeoutError

    internet.dialler = lost
    assert code(fetch(internet.fetcher(QUICK))) == "timed_out"


def test_a_resolver_that_never_answers_does_not_hold_us(internet: Internet) -> None:
    release = threading.Event()

    def never(_host: str, _port: int) -> list[str]:
        release.wait(PATIENCE)
        return []

    internet.resolver = never
    fetcher, results = internet.fetcher(Limits(connect_seconds=1, at_once=64)), []
    together(
        40,
        lambda number: results.append(
            code(fetch(fetcher, f"https://{number}.example.org/", client=f"192.0.2.{number}"))
        ),
    )
    release.set()
    assert sorted(results) == ["busy"] * 8 + ["timed_out"] * 32


@pytest.mark.parametrize(
    ("greeting", "expected"), [(b"", "connect_failed"), (b"SSH-2.0-OpenSSH_9\r\n", "tls_failed")]
)
def test_a_server_that_speaks_no_tls_is_a_result(internet: Internet, greeting: bytes, expected: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    internet.remote = Remote(listening.getsockname()[1])

    def hang_up() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(greeting)
            if greeting:
                connection.recv(65536)
            else:
                reset(connection)

    server = threading.Thread(target=hang_up)
    server.start()
    assert code(fetch(internet.fetcher())) == expected
    server.join()
    listening.close()


@pytest.mark.parametrize("kind", ["other name", "other authority"])
def test_a_certificate_must_be_for_the_name_and_of_a_known_authority(
    internet: Internet, tmp_path: Path, kind: str
) -> None:
    names = ["evil.example.net"] if kind == "other name" else [NAME]
    made = make_certificates(tmp_path, names)
    with serving_tls(made) as remote:
        internet.remote = remote
        if kind == "other name":
            internet.certificates = made
        assert code(fetch(internet.fetcher())) == "tls_failed"
        assert remote.requests == []
