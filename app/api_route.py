"""The route class of the API: strict bodies in JSON or YAML, and `Idempotency-Key`."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool

from app import strict_json, strict_yaml
from app.database import transaction
from app.dependencies import client_address, identify
from app.domain.actors import Actor
from app.domain.payloads import nearest, pointer_to
from app.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    Fault,
    InvalidPayloadError,
    MalformedBodyError,
    RateLimitedError,
    UnsupportedMediaTypeError,
)
from app.http_client import TokenBuckets, client_key
from app.services.idempotency import KeptAnswer, KeyedRequest, claim_request, keep_answer, release_claim
from app.services.sites import Site

MAX_BODY = 256 * 1024
"""Bytes; the largest passport definition seen is a tenth of it."""

MAX_DOCUMENT = 1_100_000
"""Bytes of a body that holds a credential of others to be verified; none comes near it."""

MAX_BUNDLE = 2 * 1024 * 1024
"""Bytes of a body that holds all that a tenant scripts, or the plan made of it."""

MAX_WRITERS = 12
"""Writes at a time. Far below the threads there are: a write holds its transaction while its answer is made,
for which it needs a second thread, and all threads may wait for the lock that it holds."""

MAX_KEY = 200
"""Characters of an `Idempotency-Key`."""

_UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_YAML_TYPES = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
_JSON_TYPE = re.compile(r"application/([a-z0-9!#$&^_.-]+\+)?json")
_KEPT_HEADERS = ("location", "etag", "content-type")

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """Reads each body once, with the strict readers, before anything else looks at it."""

    max_body = MAX_BODY

    def get_route_handler(self) -> _Handler:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()
        known = _query_parameters(self)

        async def strict_handler(request: Request) -> Response:
            if request.method not in _UNSAFE_METHODS:
                _refuse_unknown_parameters(request, known)
                return await handler(request)
            actor = await run_in_threadpool(identify, request)  # nobody else is worth reading a body of
            _refuse_unknown_parameters(request, known)
            read = await self.read(request)
            key = request.headers.get("idempotency-key")
            writers: asyncio.Semaphore = request.app.state.writers
            async with writers:
                if key is None:
                    return await handler(read)
                return await _answer_once(read, actor, key, handler)

        return strict_handler

    async def read(self, request: Request) -> Request:
        """Return the request with its body read."""
        return await _read(request, self.max_body, _YAML_TYPES)


class BundleRoute(ApiRoute):
    """For bundles: larger, and YAML is handed on as text, since it may be of several documents."""

    max_body = MAX_BUNDLE

    async def read(self, request: Request) -> Request:
        """Return the request with its body read; a YAML body as `{"files": {"bundle.yaml": text}}`."""
        if media_type_of(request) not in _YAML_TYPES:
            return await super().read(request)
        body = await read_body(request, self.max_body)
        try:
            return _as_json(request, body, {"files": {"bundle.yaml": body.decode()}})
        except UnicodeDecodeError as error:
            raise MalformedBodyError(f"The body is not UTF-8: byte {error.start}.") from error


class OpenRoute(APIRoute):
    """For whoever comes: strict JSON, larger, and so many requests a minute from one address."""

    def get_route_handler(self) -> _Handler:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def limited_handler(request: Request) -> Response:
            visitors: TokenBuckets = request.app.state.visitors
            if not visitors.take(client_key(client_address(request))):
                detail = "More came from your address in the last minute than is answered without a token."
                raise RateLimitedError(detail, retry_after=1)
            return await handler(await _read(request, MAX_DOCUMENT))

        return limited_handler


def _query_parameters(route: APIRoute) -> tuple[str, ...]:
    fields = get_flat_params(route.dependant)
    return tuple(field.alias for field in fields if isinstance(field.field_info, Query))


def _refuse_unknown_parameters(request: Request, known: tuple[str, ...]) -> None:
    """Raise `InvalidPayloadError` for what would have no effect: a filter that is misspelt shows too much."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        detail = "The address has a parameter that is not known here."
        hints = [nearest(name, known) if known else "Leave it out: there are none here." for name in unknown]
        faults = [
            Fault(
                f"#query{pointer_to('', name)}",
                "unknown_parameter",
                f"{name[:80]!r} is not known here.",
                hint,
            )
            for name, hint in zip(unknown, hints, strict=True)
        ]
        raise InvalidPayloadError(detail, faults=faults)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the whole body.

    Raises `BodyTooLargeError` as soon as it passes `limit` bytes, and `BodyTooSlowError` when it is not all
    there in time: whoever sends it drop by drop would have a connection for ever.
    """
    received, seconds = bytearray(), request.app.state.body_seconds
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise BodyTooLargeError(f"This operation reads at most {limit // 1024} KiB.")
    except TimeoutError as error:
        detail = f"The body did not come in within {seconds} seconds."
        raise BodyTooSlowError(detail, hint="Send the same request again.") from error
    return bytes(received)


async def _read(request: Request, limit: int, yaml_types: frozenset[str] = frozenset()) -> Request:
    """Return the request with its body parsed; a YAML body looks like JSON to what comes after."""
    body = await read_body(request, limit)
    request._body = body  # noqa: SLF001 (Starlette offers no other way to hand a body on)
    if not body:
        return request
    media_type = media_type_of(request)
    if media_type in yaml_types:
        document = await run_in_threadpool(strict_yaml.loads, body)  # seconds, for the largest
        request.state.lines = document.lines
        return _as_json(request, body, document.value)
    if _JSON_TYPE.fullmatch(media_type):
        request._json = await run_in_threadpool(strict_json.loads, body)  # noqa: SLF001 (as above)
        return request
    raise UnsupportedMediaTypeError(
        f"A body of type {media_type[:80] or 'nothing at all'} is not read here.",
        hint="Send application/json" + (" or application/yaml." if yaml_types else "."),
    )


def _as_json(request: Request, body: bytes, value: Any) -> Request:  # noqa: ANN401 (any JSON value)
    """Return the request as it would be if `value` had come as JSON."""
    headers = [(k, v) for k, v in request.scope["headers"] if k != b"content-type"]
    scope = {**request.scope, "headers": [*headers, (b"content-type", b"application/json")]}
    read = Request(scope, request.receive)
    read._body, read._json = body, value  # noqa: SLF001 (Starlette offers no other way to hand a body on)
    return read


def media_type_of(request: Request) -> str:
    """Return the media type of the body in lower case, without parameters; empty when not given."""
    given = request.headers.get("content-type", "")
    if not given:
        return ""
    message = Message()
    message["content-type"] = given
    return message.get_content_type() if "/" in given else given.lower()


async def _answer_once(request: Request, actor: Actor, key: str, handler: _Handler) -> Response:
    engine: Engine = request.app.state.engine
    site: Site = request.app.state.site
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        detail = f"A key is 1 to {MAX_KEY} printable ASCII characters."
        fault = Fault("#header/Idempotency-Key", "invalid_key", detail)
        raise InvalidPayloadError(fault.detail, faults=[fault])
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    keyed = KeyedRequest(actor, key, request.method, target, await request.body())
    claim = await run_in_threadpool(_claim, engine, keyed, site, request.app.state.clock())
    if isinstance(claim, KeptAnswer):
        return Response(claim.body, claim.status, headers=claim.headers | {"Idempotency-Replayed": "true"})
    try:
        async with AsyncExitStack() as stack:
            # FastAPI would end the request's transaction after this function: too late for an answer that
            # is kept as given, and a second writer on SQLite would wait for the first for ever.
            request.scope["fastapi_function_astack"] = stack
            response = await handler(request)
    except Exception:  # but not a cancellation: what runs in a thread may still succeed
        await run_in_threadpool(_release, engine, claim)
        raise
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        await run_in_threadpool(_release, engine, claim)
        return response
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = KeptAnswer(response.status_code, headers, bytes(response.body))
    await run_in_threadpool(_keep, engine, claim, answer, site)
    return response


def _claim(engine: Engine, keyed: KeyedRequest, site: Site, now: datetime) -> str | KeptAnswer:
    with transaction(engine) as session:
        return claim_request(session, keyed, site.encryption, now=now)


def _keep(engine: Engine, record_id: str, answer: KeptAnswer, site: Site) -> None:
    with transaction(engine) as session:
        keep_answer(session, record_id, answer, site.encryption)


def _release(engine: Engine, record_id: str) -> None:
    with transaction(engine) as session:
        release_claim(session, record_id)
