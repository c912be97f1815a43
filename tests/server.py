"""The application behind a real HTTP server on loopback, for journeys and for the browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

START_SECONDS = 20


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve `app` on a free port until the block ends; gives the origin, such as `http://127.0.0.1:41234`."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, ws="none", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The server did not start; its log is in the test's output.")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
