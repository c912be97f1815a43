"""What a service function may know about the deployment it runs in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.encryption import Encryption
from app.http_client import SafeFetcher

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a write transaction; only the issue cycle takes it, since it needs two in a row."""


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that stands in public URLs, the key that opens stored secrets, and whom to trust.

    Without a `fetcher` nothing is fetched from other servers.
    """

    public_url: str
    encryption: Encryption
    trusted_issuers: frozenset[str] = frozenset()
    fetcher: SafeFetcher | None = None
