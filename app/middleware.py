"""What happens around every request: an id, safe headers, a log line, and no failure without an answer."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.identifiers import new_id
from app.problems import nowhere, unexpected

access_log = logging.getLogger("passports.access")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


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
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        # HEAD is GET without the content, wherever there is a GET (RFC 9110, 9.3.2).
        asked = {**scope, "method": "GET"} if is_head else scope
        try:
            app = nowhere(Request(scope)) if _holds_nul(scope) else self.app
            await app(asked, receive, send_with_headers)
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


def _holds_nul(scope: Scope) -> bool:
    """Tell whether the address holds a NUL: no name has one, and PostgreSQL cannot even look for it."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]
