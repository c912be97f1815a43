"""A service at the other end of HTTP: a call is repeated while that can help, and a problem is told."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

import httpx
import typer

from app.identifiers import new_id

COULD_NOT = 2
ATTEMPTS = 4
PAUSE_SECONDS = 1
LONGEST_PAUSE = 60
TIMEOUT = httpx.Timeout(300, connect=10)
"""Seconds. A plan of a large bundle takes its time."""

UrlOption = Annotated[
    str,
    typer.Option("--url", envvar="PASSPORTS_URL", help="The service, such as https://passports.example.org."),
]
TokenOption = Annotated[
    str,
    typer.Option("--token", envvar="PASSPORTS_TOKEN", help="An API token; better set in the environment."),
]

_TRANSIENT = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, slots=True)
class Remote:
    """A service and the token to call it with."""

    client: httpx.Client
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, path: str, **content: Any) -> Any:  # noqa: ANN401 (whatever JSON the answer holds)
        """Return the answer. A problem is printed, and ends the program with exit code 2.

        What may pass by itself is tried again; the key of the request makes that safe.
        """
        headers = {"Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = new_id()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self.client.request(method, path, headers=headers, **content)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    _give_up(f"{self.client.base_url} cannot be reached: {error}.")
                self.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
                continue
            if attempt == ATTEMPTS or not _may_pass(answer):
                return _read(answer)
            self.sleep(_pause_of(answer))
        raise AssertionError("the last attempt returns or raises")


def _may_pass(answer: httpx.Response) -> bool:
    return answer.status_code in _TRANSIENT or "idempotency_in_progress" in answer.text[:2000]


def _pause_of(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_PAUSE) if said.isdecimal() else PAUSE_SECONDS


def _read(answer: httpx.Response) -> Any:  # noqa: ANN401 (as above)
    try:
        document = answer.json()
    except ValueError:
        _give_up(f"{answer.url} answered {answer.status_code} and no JSON: is that the service?")
    if not answer.is_success:
        _give_up(*_lines(document, answer.status_code))
    return document


def _lines(problem: Any, status: int) -> Iterator[str]:  # noqa: ANN401 (as above)
    said = problem if isinstance(problem, dict) else {}
    yield f"{said.get('detail', status)} ({said.get('code', status)})"
    for fault in said.get("errors", ()):
        hint = f" {fault['hint']}" if "hint" in fault else ""
        yield f"  {fault['pointer']}: {fault['detail']}{hint}"
    if "hint" in said:
        yield f"  {said['hint']}"


def _give_up(first: str, *more: str) -> NoReturn:
    for line in (f"passports: {first}", *more):
        typer.echo(line, err=True)
    raise typer.Exit(COULD_NOT)


@contextmanager
def remote(url: str, token: str) -> Iterator[Remote]:
    """Give the service at `url`."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        client = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT)
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        _give_up(f"{url} cannot be called: {error}.")
    if client.base_url.scheme not in ("http", "https"):
        _give_up(f"{url} is no address of a service.", "  Write it as https://passports.example.org.")
    with client:
        yield Remote(client)
