"""`SafeFetcher`: the only way in which this service asks other servers for anything."""

import hashlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address
from typing import Final
from urllib.parse import urljoin

import httpcore

from app.http_client.addresses import Address, Network, is_inside, is_public, read_address, read_networks
from app.http_client.cache import MIN_SECONDS, Cache, Key, seconds_to_keep
from app.http_client.connections import Connector, Dialler, Order, Reply, dial
from app.http_client.limits import Budget, Clock, Limits, Places, TokenBuckets
from app.http_client.results import Fetched, Refused, RefusedError
from app.http_client.urls import Target, parse

logger = logging.getLogger("passports.fetch")

Resolver = Callable[[str, int], Sequence[str]]
"""Looks up the IPv4 and IPv6 addresses of a name; raises `OSError`."""

_RESOLVER_THREADS: Final = 32
_DIALLED_ADDRESSES: Final = 4
_BUDGET: Final = frozenset({"budget_spent", "too_deep"})
"""Refusals that say something of the request, and nothing of the document."""

_CUT_SHORT: Final = frozenset({"timed_out", "too_large"})
"""Refusals that are the document's own fault only if it had all the time and room there is.

Kept, they would let a request that has used up its budget hide somebody else's document for a minute.
"""


class Purpose(Enum):
    """What a document is wanted for: the media types besides `…+json`, the bytes, the redirects."""

    DID_DOCUMENT = (("application/json",), 256_000, 0)
    ISSUER_PROFILE = (("application/json",), 256_000, 3)
    STATUS_LIST = (
        ("application/json", "application/vc", "application/vc+jwt", "application/jwt"),
        1_000_000,
        3,
    )
    SCHEMA = (("application/json",), 500_000, 3)
    CREDENTIAL = (
        (
            *("application/json", "application/vc", "application/vc+jwt", "application/jwt", "text/plain"),
            *("image/png", "image/svg+xml"),
        ),
        1_000_000,
        3,
    )

    def __init__(self, media_types: tuple[str, ...], max_bytes: int, max_redirects: int) -> None:
        self.media_types, self.max_bytes, self.max_redirects = (
            frozenset(media_types),
            max_bytes,
            max_redirects,
        )
        self.accept = ", ".join(("application/ld+json", *media_types))


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What the deployment decides: who asks (for the User-Agent), and networks allowed in development."""

    contact: str
    allowed_networks: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, contact: str, allowed: Sequence[str], limits: Limits | None = None) -> "FetchPolicy":
        """Return the policy with `allowed` read from CIDR notation; raises `ValueError`."""
        return cls(contact, read_networks(allowed), limits or Limits())


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of `host` as the system's resolver gives them; raises `OSError`."""
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class SafeFetcher:
    """Fetches documents that strangers name, so that nobody can use this service to reach anything else.

    Every address of the host must be public and the very one that was checked is dialled; https on port
    443 only; time, size, redirects, concurrency and rate have limits. One is shared by all threads.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        resolver: Resolver = look_up,
        dialler: Dialler = dial,
        tls: Callable[[], ssl.SSLContext] = httpcore.default_ssl_context,
        clock: Clock = time.monotonic,
    ) -> None:
        self.limits, self.clock = policy.limits, clock
        self.cache = Cache(clock)
        self._policy, self._resolver = policy, resolver
        self._tls_factory, self._tls_lock = tls, threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._connector = Connector(policy.limits, clock, dialler, self._tls_context)
        self._lookups = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolver")
        self._hosts = Places(policy.limits.at_one_host)
        self._clients = Places(policy.limits.for_one_client)
        self._host_rate = TokenBuckets(policy.limits.host_per_minute, clock)
        self._client_rate = TokenBuckets(policy.limits.client_per_minute, clock)
        self._running = threading.BoundedSemaphore(policy.limits.at_once)

    @contextmanager
    def errand(self, client: str) -> Iterator["Errand"]:
        """Give what one request of `client` (its address) may fetch with, until the block ends."""
        errand = Errand(self, client_key(client))
        try:
            yield errand
        finally:
            if errand.is_admitted:
                self._running.release()
                self._clients.give_back(errand.client)

    def admit(self, client: str) -> None:
        """Let a client begin to fetch; raises `RefusedError` for too many, of its own or of all."""
        if not self._client_rate.take(client) or not self._clients.take(client):
            detail = "Too many verifications that fetch something came from your address."
            raise RefusedError("client_rate_limited", detail)
        if not self._running.acquire(blocking=False):
            self._clients.give_back(client)
            raise RefusedError("busy", "This verifier is fetching for others at this moment.")

    def parse(self, url: str) -> Target:
        """Return where `url` points to under this deployment's policy; raises `RefusedError`."""
        return parse(url, development=bool(self._policy.allowed_networks))

    def follow(self, target: Target, purpose: Purpose, budget: Budget) -> tuple[Fetched, int]:
        """Return the document at `target`, redirects followed, and for how many seconds it may be kept.

        Raises `RefusedError`. Each address on the way is vetted as the first one was.
        """
        ends = self.clock() + min(self.limits.total_seconds, budget.seconds_left)
        for hop in range(purpose.max_redirects + 1):
            budget.take_document()
            reply = self._ask(target, purpose, budget, ends)
            if reply.location is None:
                digest = hashlib.sha256(reply.content).hexdigest()
                seconds = seconds_to_keep(reply.cache_control) if hop == 0 else MIN_SECONDS
                return Fetched(reply.content, reply.media_type, target.url, digest), seconds
            if hop < purpose.max_redirects:
                target = self._next(target, reply.location)
        raise RefusedError("redirect_refused", "The server sends us elsewhere more often than is allowed.")

    def _next(self, target: Target, location: str) -> Target:
        try:
            return self.parse(urljoin(target.url, location))
        except ValueError as error:
            raise RefusedError("redirect_refused", "The server sends us to something unreadable.") from error

    def _ask(self, target: Target, purpose: Purpose, budget: Budget, ends: float) -> Reply:
        order = Order(
            target=target,
            addresses=self._vetted(target, ends),
            headers=(
                ("Host", target.authority),
                ("User-Agent", f"LeadershipPassports (credential verifier; +{self._policy.contact})"),
                ("Accept", purpose.accept),
                ("Accept-Encoding", "identity"),
                ("Connection", "close"),
            ),
            media_types=purpose.media_types,
            max_bytes=min(purpose.max_bytes, budget.bytes_left),
            received=budget.take_bytes,
            ends=ends,
        )
        with self._place_at(target.authority, (ends - self.clock()) / 2):
            if not all(self._host_rate.take(key) for key in {target.authority, order.addresses[0]}):
                detail = f"{target.authority:.200} has been asked too often in the last minute."
                raise RefusedError("host_rate_limited", detail)
            return self._connector.carry_out(order)

    @contextmanager
    def _place_at(self, host: str, seconds: float) -> Iterator[None]:
        if not self._hosts.take(host, seconds):
            raise RefusedError("host_busy", f"Too many others are asking {host:.200} at this moment.")
        try:
            yield
        finally:
            self._hosts.give_back(host)

    def _vetted(self, target: Target, ends: float) -> tuple[str, ...]:
        """Return the addresses to dial, after every one that the name has was found good."""
        answers = [target.literal] if target.literal else self._look_up(target, ends)
        if not answers or not all(self._may_dial(address, target) for address in answers):
            detail = f"{target.authority:.200} has no address in the public internet, or not only such."
            raise RefusedError("host_not_public", detail)
        return tuple(dict.fromkeys(str(address) for address in answers))[:_DIALLED_ADDRESSES]

    def _may_dial(self, address: Address, target: Target) -> bool:
        if is_inside(address, self._policy.allowed_networks):
            return True
        return is_public(address) and not target.is_for_development

    def _look_up(self, target: Target, ends: float) -> list[Address]:
        """Ask the resolver, which knows no limit of time itself, in a thread."""
        seconds = max(0.0, min(self.limits.connect_seconds, ends - self.clock()))
        found = self._lookups.submit(self._resolver, target.host, target.port)
        try:
            return [read_address(text) for text in found.result(seconds)]
        except TimeoutError as error:
            if found.cancel():
                raise RefusedError("busy", "Too many names are being looked up at this moment.") from error
            raise RefusedError("timed_out", f"Looking up {target.host:.200} took too long.") from error
        except (OSError, ValueError):
            return []

    def _tls_context(self) -> ssl.SSLContext:
        """Return the certificates to trust, read when the first document is fetched."""
        with self._tls_lock:
            self._tls = self._tls or self._tls_factory()
            return self._tls


class Errand:
    """What one request may fetch: one budget over all its documents. Used by one thread at a time.

    `documents` are those that it got, fresh or kept.
    """

    def __init__(self, fetcher: SafeFetcher, client: str) -> None:
        self._fetcher, self.client = fetcher, client
        self._budget = Budget(fetcher.limits, fetcher.clock)
        self.is_admitted = False
        self.documents: list[Fetched] = []

    def fetch(self, url: str, purpose: Purpose, *, depth: int = 1) -> Fetched | Refused:
        """Return the document at `url`, or why there is none; never raises for what others do.

        `depth` is 1 for what the request names itself, one more for what a fetched document names.
        """
        try:
            target = self._fetcher.parse(url)
        except RefusedError as error:
            return error.refused
        key = (target.url, purpose.name)
        result = self._fetcher.cache.get(key) or self._fetch_now(target, purpose, depth, key)
        if isinstance(result, Fetched):
            self.documents.append(result)
        return result

    def _fetch_now(self, target: Target, purpose: Purpose, depth: int, key: Key) -> Fetched | Refused:
        limits, budget = self._fetcher.limits, self._budget
        has_room = budget.seconds_left >= limits.total_seconds and budget.bytes_left >= purpose.max_bytes
        result: Fetched | Refused
        try:
            self._check_in(depth)
            result, seconds = self._fetcher.follow(target, purpose, budget)
        except RefusedError as error:
            result, seconds = error.refused, MIN_SECONDS
        if isinstance(result, Fetched) or _is_the_document_s(result, has_room=has_room):
            self._fetcher.cache.put(key, result, seconds)
        ending = result.sha256 if isinstance(result, Fetched) else result.code
        logger.info("%s from %s: %s", purpose.name.lower(), target.authority, ending)
        return result

    def _check_in(self, depth: int) -> None:
        if depth > self._fetcher.limits.max_depth:
            raise RefusedError("too_deep", "A fetched document names another, which names another.")
        if not self.is_admitted:
            self._fetcher.admit(self.client)
            self.is_admitted = True


def _is_the_document_s(refused: Refused, *, has_room: bool) -> bool:
    """Tell whether the next request would be refused for the same reason."""
    if refused.is_ours or refused.code in _BUDGET:
        return False
    return has_room or refused.code not in _CUT_SHORT


def client_key(client: str) -> str:
    """Return whom to count: an IPv4 address, or the /64 of an IPv6 one, which is one household or host."""
    try:
        address = read_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv4Address):
        return client
    return f"{int(address) >> 64:x}"
