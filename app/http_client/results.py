"""What a fetch ends in: the bytes, or a refusal with a code. Remote misbehaviour is never an exception."""

from dataclasses import dataclass
from typing import Final

_LIMITS: Final = frozenset({"busy", "client_rate_limited", "host_busy", "host_rate_limited"})
_PASSING: Final = _LIMITS | {"connect_failed", "timed_out"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as it came: `url` is where it was found in the end, `sha256` the hex digest of `content`."""

    content: bytes
    media_type: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no document: a stable code, and words for the reader."""

    code: str
    detail: str

    @property
    def is_ours(self) -> bool:
        """Whether a limit of this service is the reason, and not the document."""
        return self.code in _LIMITS

    @property
    def remedy(self) -> str:
        """What the reader can do about it."""
        if self.code in _PASSING:
            return "Try again in a minute."
        return "Ask the issuer to publish it openly at that https address."


class RefusedError(Exception):
    """Carries a refusal to the end of a fetch. Never leaves the package."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.refused = Refused(code, detail)
