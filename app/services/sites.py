"""What a service function may know about the deployment it runs in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.encryption import Encryption
from app.http_client import SafeFetcher
from app.sandbox import Sandbox
from app.signing.jsonld import interpreting

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a write transaction; only the issue cycle takes it, since it needs two in a row."""


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that stands in public URLs, the key that opens stored secrets, and whom to trust.

    Without a `fetcher` nothing is fetched from other servers, and without a `sandbox` documents with contexts
    of their own are refused.
    """

    public_url: str
    encryption: Encryption
    trusted_issuers: frozenset[str] = frozenset()
    fetcher: SafeFetcher | None = None
    sandbox: Sandbox | None = field(default=None, compare=False)

    def interpreting(self) -> AbstractContextManager[None]:
        """Canonize, within the block, documents that need more of JSON-LD than the compiler understands.

        Together they may cost what one may cost.
        """
        return interpreting(self.sandbox.allowance() if self.sandbox is not None else None)

    def close(self) -> None:
        """End the processes that were started for this deployment."""
        if self.sandbox is not None:
            self.sandbox.close()
