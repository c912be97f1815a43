"""The application behind a real HTTP server on loopback, for journeys and for the browser."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.effort import PATIENCE


def listen() -> socket.socket:
    """Return a listening socket on a free port: an application that must know its origin is made after it."""
    return socket.create_server(("127.0.0.1", 0), backlog=256)


@contextmanager
def serving(app: ASGIApp, listening: socket.socket | None = None) -> Iterator[str]:
    """Serve `app` until the block ends, on a free port or on `listening`; gives the origin.

    An origin looks like `http://127.0.0.1:41234`.
    """
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, ws="none", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    sockets = None if listening is None else [listening]
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets})
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The server did not start; its log is in the test's output.")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
