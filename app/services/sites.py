"""What a service function may know about the deployment it runs in."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.encryption import Encryption
from app.errors import ConfigurationError
from app.http_client import SafeFetcher
from app.key_backends import BackendName, KeyBackend
from app.key_backends.local import LocalBackend
from app.microcache import Microcache
from app.sandbox import Sandbox
from app.signing.jsonld import interpreting
from app.signing.verify import ApplySchema, Unavailable

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction; for those who need two in a row, or perhaps none."""


@dataclass(frozen=True, slots=True)
class Published:
    """What this service publishes of what a verification needs: documents by DID, lists by URL."""

    did_documents: Mapping[str, Mapping[str, Any]]
    status_lists: Mapping[str, bytes | Unavailable]


PublishedCache = Microcache[tuple[tuple[str, ...], ...], Published]
"""By the DIDs and the URLs that were asked for."""


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that stands in public URLs, the key that opens stored secrets, and whom to trust.

    Without a `fetcher` nothing is fetched from other servers, and without a `sandbox` documents with contexts
    of their own are refused. With `published`, what was read a moment ago is not read again.
    `new_keys_in` says where new signing keys are made; `key_backends` are those beside the local one.
    """

    public_url: str
    encryption: Encryption
    trusted_issuers: frozenset[str] = frozenset()
    fetcher: SafeFetcher | None = None
    sandbox: Sandbox | None = field(default=None, compare=False)
    key_backends: Mapping[str, KeyBackend] = field(default_factory=dict)
    new_keys_in: BackendName = BackendName.LOCAL
    published: PublishedCache | None = field(default=None, compare=False)

    @contextmanager
    def interpreting(self) -> Iterator[ApplySchema | None]:
        """Canonize, within the block, documents that need more of JSON-LD than the compiler understands.

        What is given applies schemas. Altogether it may cost what one document may cost.
        """
        if self.sandbox is None:
            yield None
            return
        allowance = self.sandbox.allowance()
        with interpreting(allowance.interpret):
            yield allowance.apply_schema

    def close(self) -> None:
        """End the processes that were started for this deployment."""
        if self.sandbox is not None:
            self.sandbox.close()

    def key_backend(self, name: str) -> KeyBackend:
        """Return the backend with this name; raises `ConfigurationError` when it is not set up."""
        if name == BackendName.LOCAL:
            return LocalBackend(self.encryption)
        if name not in self.key_backends:
            raise ConfigurationError(
                f"A signing key is kept in {name}, and the settings do not say where that is.",
                hint="docs/settings.md lists what it needs. A key needs its backend as long as it signs.",
            )
        return self.key_backends[name]
