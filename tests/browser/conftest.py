"""Headless Chromium on one side, a loopback server with realistic pages on the other."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Request, sync_playwright
from playwright.sync_api import Page as Tab

from app import pages
from app.schemas.pages import ErrorPage, Page
from tests.effort import PATIENCE
from tests.outside import find_program, missing
from tests.page_samples import SAMPLES, sample_pages

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Scheme = Literal["light", "dark"]
BADGE = (SAMPLES / "sample_badge.svg").read_bytes()
AXE = SAMPLES / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Site:
    """The preview server: `views` may be changed by a test; `requests` are all paths asked for."""

    origin: str
    views: dict[str, Page]
    requests: list[str]


def _handler(site: Callable[[], Site]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            site().requests.append(path)
            if path == "/badge.svg":
                self._answer(200, {"Content-Type": "image/svg+xml"}, BADGE)
            elif path.startswith("/static/"):
                file = pages.STATIC_DIRECTORY / Path(path).name
                kind = {".css": "text/css", ".svg": "image/svg+xml"}[file.suffix]
                self._answer(200, {"Content-Type": kind}, file.read_bytes())
            else:
                missing = ErrorPage(status=404, title="Not found", detail=path)
                self._page(pages.render(site().views.get(path, missing)))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            site().requests.append(f"POST {self.path}")
            self._page(pages.render(site().views["/verify-verified"]))

        def _page(self, response: HTMLResponse) -> None:
            self._answer(response.status_code, dict(response.headers), bytes(response.body))

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it
            """Keep the test output quiet."""

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve the sample pages on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: preview))
    preview = Site(f"http://127.0.0.1:{server.server_address[1]}", sample_pages(), [])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield preview
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the tests of a file.

    No longer than that: while Playwright's synchronous side is open, an event loop counts as running in
    this thread, and a test of another file that starts one of its own would fail.
    """
    with sync_playwright() as playwright:
        path = find_program("chromium", "chromium-browser", "google-chrome", hint="a browser for the pages")
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """A tab, and everything in it that must never happen."""

    tab: Tab
    origin: str
    surprises: list[str] = field(default_factory=list)

    def open(self, path: str) -> Tab:
        """Open a page of the site."""
        self.tab.goto(self.origin + path)
        return self.tab

    def seen(self) -> list[str]:
        """Return the surprises so far, after those still on their way have come in."""
        self.tab.wait_for_timeout(50)
        return self.surprises


Opener = Callable[..., Watched]


@contextmanager
def watching(browser: Browser, origin: str, *failing: str) -> Iterator[Opener]:
    """Make tabs (width, scheme, …) that note console errors, dialogs and requests to anybody else.

    Only pages whose paths begin as `failing` says may answer with a failure.
    """
    contexts = []

    def make(width: int = 1200, scheme: Scheme = "light") -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        watched = Watched(context.new_page(), origin)
        note = watched.surprises.append

        def on_console(message: ConsoleMessage) -> None:
            may_fail = urlsplit(message.location["url"]).path.startswith(failing)
            if not (may_fail and "Failed to load resource" in message.text):
                note(f"{message.type}: {message.text}")

        def on_dialog(dialog: Dialog) -> None:
            note(f"dialog: {dialog.message}")
            dialog.dismiss()

        def on_request(request: Request) -> None:
            if not request.url.startswith((origin, "data:")):
                note(f"request: {request.url}")

        watched.tab.on("console", on_console)
        watched.tab.on("dialog", on_dialog)
        watched.tab.on("request", on_request)
        return watched

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def watched(browser: Browser, site: Site) -> Iterator[Opener]:
    """Make tabs on the sample pages."""
    with watching(browser, site.origin, "/missing", "/attacked/") as make:
        yield make


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The text of axe-core, which looks for barriers to people with disabilities."""
    if not AXE.exists():
        raise missing("axe-core (run `npm install` in tests/browser)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def screenshot_folder() -> Path | None:
    """Where to leave pictures to look at: the folder named by `PASSPORTS_TEST_SCREENSHOTS`, if it is set."""
    folder = os.environ.get("PASSPORTS_TEST_SCREENSHOTS")
    return Path(folder) if folder else None
