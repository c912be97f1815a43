"""Lists of issuers whose credentials count: a rule names a list, and who is on it may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.payloads import Faults, Payload
from app.domain.rules.parse_fields import ISSUER
from app.errors import InvalidPayloadError


@dataclass(frozen=True, slots=True)
class TrustedList:
    """One list; `issuers` are ids as they stand in credentials, such as DIDs."""

    key: str
    title: str
    issuers: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_trusted_list` takes it back unchanged."""
        return {"key": self.key, "title": self.title, "issuers": list(self.issuers)}


def read_trusted_list(document: Mapping[str, Any], *, key: str | None = None) -> TrustedList:
    """Return the list of `document`. Raises `InvalidPayloadError` with every fault."""
    faults = Faults()
    body = Payload(document, "", faults)
    found = TrustedList(
        body.key_of("key", known=key),
        body.text("title", limit=200),
        body.texts("issuers", pattern=ISSUER, limit=600),
    )
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The list breaks a rule.")
    return found
