"""The last public answers, kept for a moment, so that what everybody asks for costs no database.

An answer is kept only when the route has called it public and given it an ETag.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.microcache import Microcache
from app.representations import is_known

MAX_BODY: Final = 128 * 1024
"""Bytes of an answer that is kept; with the number of entries, the memory this takes at most."""

Headers = list[tuple[bytes, bytes]]
Address = tuple[str, bytes]
"""What an answer depends on: the path, and Accept."""

_NOT_IN_304: Final = frozenset({b"content-length", b"content-type"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """An address, and If-None-Match."""

    address: Address
    known: str


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: Headers
    etag: str
    body: bytes


class AnswerCache(Microcache[Address, _Answer]):
    """The answers of one process."""

    def keep_public(self, address: Address, headers: Headers, body: bytes, generation: int) -> _Answer:
        """Return an answer, kept if it may be, and nothing was committed since `generation`."""
        names = dict(headers)
        etag = names.get(b"etag", b"").decode("latin-1")
        answer = _Answer(headers, etag, body)
        is_public = names.get(b"cache-control", b"").startswith(b"public")
        if etag and is_public and len(body) <= MAX_BODY:
            self.keep(address, answer, generation)
        return answer


class CachedAnswers:
    """Middleware that answers from the cache what it can; pure ASGI, like the frame around it."""

    def __init__(self, app: ASGIApp, cache: AnswerCache) -> None:
        self.app, self.cache = app, cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache, or let the application answer and keep that."""
        asked = _given(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if asked is None:
            await self.app(scope, receive, send)
            return
        kept = self.cache.find(asked.address)
        if kept is None:
            # The whole answer, even if this client has it: the next one may not.
            headers = [header for header in scope["headers"] if header[0] != b"if-none-match"]
            await self.app({**scope, "headers": headers}, receive, self._keeping(asked, send))
        else:
            await _send(send, asked, kept)

    def _keeping(self, asked: _Asked, send: Send) -> Send:
        """Return what sends an answer on to `send` and keeps it, if it comes whole and is a success."""
        generation = self.cache.generation
        start: Message = {}

        async def send_and_keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                start = message
                return
            is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            if start and is_whole:
                answer = self.cache.keep_public(
                    asked.address, start["headers"], message.get("body", b""), generation
                )
                await _send(send, asked, answer)
                return
            if start:
                await send(start)
                start = {}
            await send(message)

        return send_and_keep


def _given(scope: Scope) -> _Asked | None:
    """Return what a request asks for that a kept answer may serve, else None."""
    if scope["query_string"] or scope["path"].startswith("/v1/"):
        return None
    accept, known = b"", ""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept += b"," + value
        elif name == b"if-none-match":
            known += "," + value.decode("latin-1")
        elif name == b"range":
            return None
    return _Asked((scope["path"], accept), known)


async def _send(send: Send, asked: _Asked, answer: _Answer) -> None:
    """Send an answer, or that the client has it already (RFC 9110, 13.1.2)."""
    status, headers, body = HTTPStatus.OK, answer.headers, answer.body
    if asked.known and answer.etag and is_known(answer.etag, asked.known):
        status, body = HTTPStatus.NOT_MODIFIED, b""
        headers = [header for header in headers if header[0] not in _NOT_IN_304]
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
