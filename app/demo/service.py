"""The service that the demo tells its story to: loopback, SQLite, a database and a key of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

from app.database import transaction
from app.domain.actors import Role
from app.errors import ConfigurationError
from app.main import create_app, make_site, open_database, utc_now
from app.services import issuers, tokens
from app.settings import Environment, Settings

HOST = "127.0.0.1"
FIRST_PORT = 8000
PORTS_TRIED = 50
START_SECONDS = 30
TOKEN_LIFETIME = timedelta(days=7)
ADMINISTRATOR = "ada@community.example.org"

ISSUER_KEY = "open-community"
PROFILE = issuers.IssuerProfile(
    name="Open Community",
    url="https://community.example.org",
    description="A made-up community that grows its leaders in the open.",
    email="badges@community.example.org",
)


@dataclass(frozen=True, slots=True)
class Operator:
    """What was made without HTTP: the issuer's DID, whether it is new, and an administrator's token."""

    did: str
    is_new: bool
    token: str


def listen(port: int | None) -> socket.socket:
    """Return a listening socket on `port`, or without one on the first free port from 8000 on.

    Raises `ConfigurationError` when the port is taken.
    """
    wanted = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else [port]
    for number in wanted:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
        except (OSError, OverflowError) as error:
            listening.close()
            reason = str(error)
            continue
        listening.listen()
        return listening
    if port is None:
        tried = f"None of the ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} is free on {HOST}."
        raise ConfigurationError(tried, hint="Name another one with --port.")
    raise ConfigurationError(
        f"Port {port} cannot be used on {HOST}: {reason}.",
        hint="Name another one with --port, or none: then the demo looks for a free one.",
    )


def name_run(port: int) -> str:
    """Return what the files of a demo on this port are called: two that serve at once share none."""
    return "demo" if port == FIRST_PORT else f"demo-{port}"


def make_settings(folder: Path, port: int) -> Settings:
    """Return the demo's settings; the environment's are not read.

    Credentials and achievements name the origin for ever, so every port other than the usual one gets a
    database of its own: what was published under one origin would point to nowhere under another.
    """
    name = name_run(port)
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        environment=Environment.DEVELOPMENT,
        public_url=f"http://{HOST}:{port}",
        database_url=f"sqlite:///{folder / name}.sqlite3",
        encryption_key=None,
        encryption_key_file=folder / f"{name}.key",
        embedded_worker=True,
        trusted_issuers=(),
        log_level="WARNING",
    )


def make_operator(settings: Settings) -> Operator:
    """Do what `passports issuers create` and `passports tokens create` do."""
    engine, site, now = open_database(settings), make_site(settings), utc_now()
    try:
        with transaction(engine) as session:
            issuer = issuers.find_issuer(session, ISSUER_KEY)
            is_new = issuer is None
            issuer = issuer or issuers.create_issuer(session, ISSUER_KEY, PROFILE, site=site, now=now)
            order = tokens.TokenOrder("Demo", Role.ADMINISTRATOR, ADMINISTRATOR, lifetime=TOKEN_LIFETIME)
            _, secret = tokens.create_token(session, tokens.operator_actor(issuer), order, now=now)
            return Operator(issuer.did, is_new, secret)
    finally:
        engine.dispose()


@contextmanager
def serving(settings: Settings, listening: socket.socket) -> Iterator[None]:
    """Serve on `listening` until the block ends. Raises `ConfigurationError` if it does not start."""
    config = uvicorn.Config(create_app(settings), log_config=None, ws="none", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="service")
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise ConfigurationError("The service did not start; its log stands above.")
            time.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join()
