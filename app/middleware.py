"""What happens around every request: an id, safe headers, a log line, and no failure without an answer."""

import logging
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.identifiers import new_id
from app.problems import nowhere, unexpected
from app.representations import OPEN_TO_ALL

access_log = logging.getLogger("passports.access")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""What an answer has unless it says otherwise itself: pages, pictures and stored bytes do."""

_STATIC = "/static/"
_STATIC_HEADERS = {"Cache-Control": "public, max-age=86400"}  # pages name the files with their digest

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
"""For scripts on other sites that send JSON to the verifier, or a header beyond the simple ones."""


class RequestFrame:
    """Pure ASGI, so that it costs next to nothing on the bytes that are only served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, is_head = new_id(), scope["method"] == "HEAD"
        scope.setdefault("state", {})["request_id"] = request_id
        defaults = _default_headers(scope["path"])
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if status >= HTTPStatus.BAD_REQUEST:
                    headers["Cache-Control"] = "no-store"
                for name, value in defaults.items():
                    headers.setdefault(name, value)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        # HEAD is GET without the content, wherever there is a GET (RFC 9110, 9.3.2).
        asked = {**scope, "method": "GET"} if is_head else scope
        try:
            await self._app_for(scope)(asked, receive, send_with_headers)
        except ClientDisconnect:
            access_log.info("the client went away", extra={"request_id": request_id})
        except Exception as error:  # noqa: BLE001 (whatever it is, the client gets an answer and the log the trace)
            answer = unexpected(Request(scope, receive), error)
            if status == 0:
                await answer(scope, receive, send_with_headers)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            access_log.info(
                "%s %s %s",
                scope["method"],
                scope["path"],
                status,
                extra={"request_id": request_id, "milliseconds": milliseconds},
            )

    def _app_for(self, scope: Scope) -> ASGIApp:
        """Return who answers: the application, unless no route of it could."""
        if _holds_nul(scope):
            return nowhere(Request(scope))
        is_preflight = "access-control-request-method" in Headers(scope=scope)
        if scope["method"] == "OPTIONS" and is_preflight and _is_public(scope["path"]):
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
        return self.app


def _default_headers(path: str) -> dict[str, str]:
    """Return the headers of answers at `path`; errors of public addresses are open to scripts too."""
    if path.startswith(_STATIC):
        return _SECURITY_HEADERS | OPEN_TO_ALL | _STATIC_HEADERS
    return _SECURITY_HEADERS | OPEN_TO_ALL if _is_public(path) else _SECURITY_HEADERS


def _is_public(path: str) -> bool:
    return not path.startswith("/v1/")


def _holds_nul(scope: Scope) -> bool:
    """Tell whether the address holds a NUL: no name has one, and PostgreSQL cannot even look for it."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]
