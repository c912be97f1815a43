"""Public things have several representations: which one a client wants, and stored bytes as they are."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request, status
from starlette.responses import Response

from app.errors import NotAcceptableError

HTML = "text/html"
JSON = "application/json"
YAML = "application/yaml"
VC_JSON = ("application/vc+ld+json", "application/vc", "application/ld+json", JSON)
VC_JWT = ("application/vc+jwt", "application/jwt", "text/plain")
DID_JSON = ("application/did+json", "application/did+ld+json", "application/ld+json", JSON)

JWK_JSON = ("application/jwk+json", JSON)

OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}
"""Verifiers run in browsers too, under any origin; nothing public depends on who asks. All public
addresses answer with it."""

_WEIGHT = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.", re.ASCII)

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
    ranges = _ranges(",".join(request.headers.getlist("accept")))
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    if _quality(best, ranges) == 0:
        kinds = ", ".join(offers)
        raise NotAcceptableError(f"This can be had as: {kinds}.", hint="Send one of them in Accept.")
    return best


def represent(request: Request, makers: Mapping[Sequence[str], Callable[[str], Response]]) -> Response:
    """Return what the client likes best of what `makers` make: each of any of its media types.

    Nothing else is made. Raises `NotAcceptableError` when the client wants none of them.
    """
    kind = negotiate(request, [offer for offers in makers for offer in offers])
    return next(make(kind) for offers, make in makers.items() if kind in offers)


def say_created(response: Response, created: bool) -> None:  # noqa: FBT001 (what services answer)
    """Let `response` tell whether the call made what it shows, or found it (RFC 9110, 15.3.2)."""
    response.status_code = status.HTTP_201_CREATED if created else status.HTTP_200_OK


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Return the media ranges that can be read, with their weights; without any, everything is welcome."""
    ranges = []
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
        if (name == "*" or "/" in name) and all(_WEIGHT.fullmatch(weight) for weight in weights):
            quality = min(float(weights[0]), 1.0) if weights else 1.0
            ranges.append(("*/*" if name == "*" else name, quality))  # a lone * is what old Java sends
    return ranges or [("*/*", 1.0)]


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
    digest = hashlib.sha256(media_type.encode() + b" " + body).hexdigest()
    etag = f'"{digest[:32]}"'
    shown = {"ETag": etag, "Cache-Control": freshness.header, "Vary": "Accept"} | (headers or {})
    if is_known(etag, ",".join(request.headers.getlist("if-none-match"))):
        return Response(status_code=304, headers=shown)
    return Response(body, media_type=media_type, headers=shown)


def is_known(etag: str, if_none_match: str) -> bool:
    """Return whether a client that sends `if_none_match` has what `etag` names."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known
