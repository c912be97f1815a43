"""Public things have several representations: which one a client wants, and stored bytes as they are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from app.errors import NotAcceptableError

HTML = "text/html"
JSON = "application/json"
VC_JSON = ("application/vc+ld+json", "application/vc", "application/ld+json", JSON)
VC_JWT = ("application/vc+jwt", "application/jwt", "text/plain")
DID_JSON = ("application/did+json", "application/did+ld+json", "application/ld+json", JSON)

OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}
"""Verifiers run in browsers too, under any origin; nothing public depends on who asks."""


SVG_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
"""A picture opened by itself must not become a page that runs something."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long a copy may be kept, and by whom (RFC 9111)."""

    seconds: int
    private: bool = False

    @property
    def header(self) -> str:
        """The value of Cache-Control."""
        return f"{'private' if self.private else 'public'}, max-age={self.seconds}"


def negotiate(request: Request, offers: Sequence[str]) -> str:
    """Return the media type of `offers` that the client likes best (RFC 9110, 12.5.1), earlier ones first.

    Raises `NotAcceptableError` when the client wants none of them.
    """
    ranges = _ranges(request.headers.get("accept", "*/*"))
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    if _quality(best, ranges) == 0:
        kinds = ", ".join(offers)
        raise NotAcceptableError(f"This can be had as: {kinds}.", hint="Send one of them in Accept.")
    return best


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.lower().startswith("q="):
                try:
                    quality = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        ranges.append((name.lower(), quality))
    return ranges


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality that the most specific matching range gives to `offer`."""
    for wanted in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        for name, quality in ranges:
            if name == wanted:
                return quality
    return 0.0


def stored(
    request: Request,
    body: bytes,
    media_type: str,
    freshness: Freshness,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return bytes as they are stored, or 304 when the client has them (RFC 9110, 13.1.2)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    shown = (
        {"ETag": etag, "Cache-Control": freshness.header, "Vary": "Accept"} | OPEN_TO_ALL | (headers or {})
    )
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=shown)
    return Response(body, media_type=media_type, headers=shown)
