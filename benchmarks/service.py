"""Over HTTP: one server process on one core, the load generator (and PostgreSQL) on the other."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from benchmarks import load
from benchmarks.documents import signed, typical
from benchmarks.load import Load, request
from benchmarks.peers import pin
from benchmarks.rows import Row, compare, percentile
from benchmarks.seeds import Seeded, seed
from tests.databases import begin_run, end_run, postgresql_server

SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
SECONDS: Final = 2.0
LEARNERS: Final = 300
DURABLE: Final = {"listen_addresses": "", "max_connections": "100", "shared_buffers": "128MB"}
"""PostgreSQL as it comes, which is durable; reached through its socket."""

IDLE_SECONDS: Final = 15
"""What the worker needs to end the jobs that issuing has left: they are not measured with the rest."""

START_SECONDS: Final = 120


def measure(issue_us: float, verify_us: float) -> Iterator[Row]:
    """Yield the rows; issue and verify face the µs that `@digitalbazaar/vc` takes in-process."""
    pin(LOAD_CORE)
    with TemporaryDirectory(prefix="passports-bench-") as folder:
        bare = _bare_rate(Path(folder))
        with _serving(f"sqlite:///{folder}/service.sqlite3", Path(folder)) as served:
            url, row = _issue(served, "SQLite", issue_us)
            yield row
            time.sleep(IDLE_SECONDS)
            yield from _verify(served, verify_us)
            yield from _gets(served, url, bare)
    begin_run()
    try:
        server = postgresql_server(DURABLE)
        with (
            TemporaryDirectory(prefix="passports-bench-") as folder,
            server.database() as database,
            _serving(database, Path(folder)) as served,
        ):
            yield _issue(served, "PostgreSQL", issue_us)[1]
    finally:
        end_run()


def _issue(served: Seeded, engine: str, peer_us: float) -> tuple[str, Row]:
    """Issue one credential an enrolment: both proofs, the whole durable cycle. Return the last one's URL."""
    headers = {"Authorization": f"Bearer {served.token}"}
    calls = [
        request("POST", f"/v1/enrolments/{enrolment}/credentials", headers) for enrolment in served.enrolments
    ]
    done = load.run(served.port, calls, seconds=30)
    _all_were(done, "201", "200")  # 200 where the worker was quicker
    name = f"issue over HTTP, whole cycle, {engine}"
    with _client(served.port) as client:
        url = client.get("/v1/credentials", headers=headers, params={"limit": 1}).json()[0]["url"]
    return url, compare((name, "/s"), done.answers / done.seconds, 1e6 / peer_us, _PEER, 5.0)


_PEER: Final = "@digitalbazaar/vc in-process"
_JSON: Final = {"Accept": "application/json"}


def _verify(served: Seeded, peer_us: float) -> Iterator[Row]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    done = _repeat(served.port, request("POST", "/verify", headers, signed(typical())))
    rate = done.answers / done.seconds
    yield compare(("verify over HTTP, 5 KB, ten checks", "/s"), rate, 1e6 / peer_us, _PEER, 8.0)
    yield Row("verify over HTTP, 5 KB, 99th percentile", "ms", percentile(done.times, 0.99))


def _gets(served: Seeded, url: str, bare: float) -> Iterator[Row]:
    with _client(served.port) as client:
        status = client.get(url, headers=_JSON).json()["credentialStatus"]
    status_list = (status[0] if isinstance(status, list) else status)["statusListCredential"]
    addresses = {"a credential": url, "a status list": status_list, "did.json": "/issuers/community/did.json"}
    for what, address in addresses.items():
        with _client(served.port) as client:
            answer = client.get(address, headers=_JSON)
        for status, headers in (("200", _JSON), ("304", _JSON | {"If-None-Match": answer.headers["ETag"]})):
            done = _repeat(served.port, request("GET", answer.url.path, headers), status)
            rate = done.answers / done.seconds
            yield compare((f"GET {what}, {status}", "/s"), rate, bare, "bare FastAPI route, 4 KB", 0.8)


def _repeat(port: int, content: bytes, expect: str = "200") -> Load:
    _all_were(load.run(port, load.repeated(content), 0.5), expect)  # warm
    done = load.run(port, load.repeated(content), SECONDS)
    _all_were(done, expect)
    return done


def _all_were(done: Load, *statuses: str) -> None:
    if not done.statuses.keys() <= set(statuses):
        raise RuntimeError(f"Not all answers were {' or '.join(statuses)}: {done.statuses}.")


# Servers ----------------------------------------------------------------------------------------------


@contextmanager
def _serving(database_url: str, folder: Path) -> Iterator[Seeded]:
    """Serve a seeded database as `passports serve` does, in a process of its own on its own core."""
    seeded = seed(database_url, folder, LEARNERS)
    settings = {
        "PASSPORTS_DATABASE_URL": database_url,
        "PASSPORTS_PUBLIC_URL": f"http://127.0.0.1:{seeded.port}",
        "PASSPORTS_ENCRYPTION_KEY_FILE": str(folder / "encryption.key"),
        "PASSPORTS_LOG_LEVEL": "WARNING",
    }
    command = [str(Path(sys.executable).parent / "passports"), "serve", "--port", str(seeded.port)]
    with process(command, settings, seeded.port, "/health/live"):
        yield seeded


def _bare_rate(folder: Path) -> float:
    """Return the answers a second of a FastAPI route that returns 4 KB of bytes and does nothing else."""
    (folder / "bare.py").write_text(
        "from fastapi import FastAPI, Response\n"
        "app, body = FastAPI(), b'x' * 4096\n"
        "@app.get('/')\n"
        "def bare() -> Response:\n"
        "    return Response(body, media_type='application/json')\n",
        encoding="utf-8",
    )
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), "--log-level", "warning"]
    with process([*command, "--app-dir", str(folder)], {}, port, "/"):
        done = _repeat(port, request("GET", "/", {"Accept": "application/json"}))
        return done.answers / done.seconds


@contextmanager
def process(
    command: list[str], settings: Mapping[str, str], port: int, path: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on its core until the block ends; it answers at `path` when the block begins.

    Its bytecode is kept, as where it is installed.
    """
    environment = {**os.environ, **settings}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    pin(SERVER_CORE)  # the child inherits it
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    pin(LOAD_CORE)
    try:
        _await(port, path, server)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with _client(port) as client:
                client.get(path)
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start; what it says stands above.")


def _client(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
