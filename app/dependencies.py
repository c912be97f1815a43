"""What a route may ask for in its signature, so that its needs show there and in the API's description."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.auth import authenticate
from app.database import read_transaction, transaction
from app.domain.actors import Actor, Scope, require
from app.http_client import Errand, SafeFetcher
from app.services.pages import Page, Window
from app.services.sites import Begin, Site

Shape = TypeVar("Shape", bound=BaseModel)

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    scheme_name="token",
    description="An API token (`passports tokens create` or POST /v1/tokens) with the scopes listed.",
    auto_error=False,
)


def _session(request: Request) -> Iterator[Session]:
    """One transaction per request: writing for unsafe methods, a snapshot for the others."""
    engine = request.app.state.engine
    opened = read_transaction(engine) if request.method in _SAFE_METHODS else transaction(engine)
    with opened as session:
        yield session


def _read_session(request: Request) -> Iterator[Session]:
    with read_transaction(request.app.state.engine) as session:
        yield session


# What follows waits for nothing, and is async all the same: FastAPI would run it in a thread otherwise.


async def _begin_read(request: Request) -> Begin:
    return partial(read_transaction, request.app.state.engine)


async def _begin(request: Request) -> Begin:
    return partial(transaction, request.app.state.engine)


async def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def client_address(request: Request) -> str:
    """Return the address that `request` came from, as the server in front of it tells."""
    return request.client.host if request.client else "unknown"


async def _errand(request: Request) -> AsyncIterator[Errand | None]:
    """Give what this request may fetch from other servers; None where that is switched off."""
    fetcher: SafeFetcher | None = request.app.state.site.fetcher
    if fetcher is None:
        yield None
        return
    with fetcher.errand(client_address(request)) as errand:
        yield errand


async def _now(request: Request) -> datetime:
    return _clock(request)


def _clock(request: Request) -> datetime:
    now: datetime = request.app.state.clock().astimezone(UTC)
    return now


# Function scope: the transaction commits before the answer leaves, so that nobody reads a promise.
SessionDep = Annotated[Session, Depends(_session, scope="function")]
ReadSessionDep = Annotated[Session, Depends(_read_session, scope="function")]
BeginReadDep = Annotated[Begin, Depends(_begin_read)]
BeginDep = Annotated[Begin, Depends(_begin)]
SiteDep = Annotated[Site, Depends(_site)]
ErrandDep = Annotated[Errand | None, Depends(_errand, scope="function")]
NowDep = Annotated[datetime, Depends(_now)]
IdPath = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$", description="As the call that made it answered.")
]


@dataclass(frozen=True, slots=True)
class Paging:
    """The window that a request asks for, and how its answer shows the way to the next (RFC 8288)."""

    window: Window
    request: Request
    response: Response

    def answer(self, page: Page[Any], shape: type[Shape]) -> list[Shape]:
        """Return the rows of `page` as `shape`; `Link: rel="next"` is set when there is more."""
        if page.next_after is not None:
            url = self.request.url.include_query_params(limit=self.window.limit, after=page.next_after)
            self.response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return [shape.model_validate(row) for row in page.rows]


async def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200, description="How many to return at most.")] = 50,
    after: Annotated[
        str | None,
        Query(pattern=r"^[0-9A-Za-z-]{1,64}$", description="Where to go on, as `Link: rel=next` gives it."),
    ] = None,
) -> Paging:
    return Paging(Window(limit, after), request, response)


PagingDep = Annotated[Paging, Depends(_paging)]


def identify(request: Request) -> Actor:
    """Return who sends `request`; raises `NotAuthenticatedError`. Each request is looked up once.

    That happens in a transaction of its own: a write lock is not held for those who may not write.
    """
    if not hasattr(request.state, "actor"):
        scheme, secret = get_authorization_scheme_param(request.headers.get("authorization"))
        given = secret if scheme.lower() == "bearer" and secret else None
        with read_transaction(request.app.state.engine) as session:
            request.state.actor = authenticate(session, given, now=_clock(request))
    actor: Actor = request.state.actor
    return actor


async def _actor(
    request: Request,
    scopes: SecurityScopes,
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Actor:
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:  # a write has looked it up before its body was read
        actor = await run_in_threadpool(identify, request)
    for scope in scopes.scopes:
        require(actor, Scope(scope))
    return actor


def actor_with(scope: Scope) -> Any:  # noqa: ANN401 (FastAPI types its markers so)
    """Return the marker for an actor whose token carries `scope`."""
    return Security(_actor, scopes=[scope.value])
