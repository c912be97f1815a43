"""The public pages: a view goes in, an HTML answer with its security headers comes out."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse

from app.errors import ConfigurationError, NotFoundError
from app.schemas.pages import ErrorPage, Page, ProblemPage

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
TEMPLATE_DIRECTORY = _HERE / "templates"
STATIC_DIRECTORY = _HERE / "static"
PROBLEMS_FILE = _HERE.parent / "docs" / "problems.md"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
SECURITY_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)


@cache
def static_url(name: str) -> str:
    """Return the address of a file in `static`, changing with its content so that it may be kept for long."""
    digest = hashlib.sha256((STATIC_DIRECTORY / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def render(page: Page, *, status: int = 200) -> HTMLResponse:
    """Return the HTML answer with the headers that this kind of page needs; `ErrorPage` sets its status."""
    html = _environment().get_template(page.template).render(page=page)
    response = HTMLResponse(html, page.status if isinstance(page, ErrorPage) else status, SECURITY_HEADERS)
    response.headers["Cache-Control"] = page.cache_control
    response.headers["Content-Language"] = "en"
    response.headers["Vary"] = "Accept"
    if not page.indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def load_problem(code: str) -> ProblemPage:
    """Return the page of an error code as docs/problems.md describes it; raises `NotFoundError`."""
    page = _problems().get(code)
    if page is None:
        raise NotFoundError(f"There is no error code {code[:80]}.")
    return page


def problem_codes() -> tuple[str, ...]:
    """Return the error codes that docs/problems.md describes, in its order."""
    return tuple(_problems())


def check(problems_file: Path = PROBLEMS_FILE) -> None:
    """Read what pages are made from beside the templates; raises `ConfigurationError` at start-up."""
    _problems(problems_file)


@cache
def _problems(file: Path = PROBLEMS_FILE) -> dict[str, ProblemPage]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"docs/{file.name} is missing beside the app folder.") from error
    return {page.code: page for page in _sections(text)}


def _sections(text: str) -> Iterator[ProblemPage]:
    """Yield a page for each `## code: Title`."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        code, _, title = heading.partition(": ")
        yield ProblemPage(code=code, title=title.strip(), body=body.strip())


@cache
def _environment() -> "Environment":
    from app.templating import make_environment  # noqa: PLC0415 (loads Jinja, Markdown and their like: 6 MB)

    return make_environment(TEMPLATE_DIRECTORY, static_url)
