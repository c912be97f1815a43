"""How much may be fetched: for one request, at one server, and for one client. All in this process."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.http_client.results import RefusedError

Clock = Callable[[], float]
"""Seconds on a clock that never goes back."""

MAX_KEYS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts; tests take shorter ones."""

    connect_seconds: float = 2.0
    first_byte_seconds: float = 3.0
    total_seconds: float = 5.0
    errand_seconds: float = 8.0
    errand_documents: int = 12
    errand_bytes: int = 4_000_000
    max_depth: int = 2
    at_one_host: int = 2
    for_one_client: int = 2
    at_once: int = 16
    host_per_minute: int = 60
    client_per_minute: int = 30


class Budget:
    """What one request may still fetch; a redirect counts as a document of its own."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._ends = clock() + limits.errand_seconds
        self._documents = limits.errand_documents
        self.bytes_left = limits.errand_bytes

    @property
    def seconds_left(self) -> float:
        """Seconds until the request's time for fetching is over; never negative."""
        return max(0.0, self._ends - self._clock())

    def take_document(self) -> None:
        """Count one more document; raises `RefusedError` when nothing is left."""
        if self._documents <= 0 or self.bytes_left <= 0 or self.seconds_left <= 0:
            raise RefusedError("budget_spent", "This verification has fetched all that one may fetch.")
        self._documents -= 1

    def take_bytes(self, count: int) -> None:
        """Count what came; the caller reads no more than `bytes_left`."""
        self.bytes_left -= count


class TokenBuckets:
    """So many a minute for each key, a quarter of them at once. The longest unused key is forgotten."""

    def __init__(self, per_minute: int, clock: Clock, *, max_keys: int = MAX_KEYS) -> None:
        self._rate, self._burst = per_minute / 60, max(1.0, per_minute / 4)
        self._clock, self._max_keys = clock, max_keys
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Take one token of `key`; False when there is none left now."""
        with self._lock:
            now = self._clock()
            level, since = self._levels.pop(key, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            self._levels[key] = (level - 1 if level >= 1 else level, now)
            if len(self._levels) > self._max_keys:
                self._levels.popitem(last=False)
            return level >= 1


class Places:
    """At most so many at once for each key: connections to one server, requests of one client."""

    def __init__(self, for_each: int) -> None:
        self._for_each = for_each
        self._taken: dict[str, int] = {}
        self._changed = threading.Condition()

    def take(self, key: str, seconds: float = 0) -> bool:
        """Take a place, waiting for one so long; False when none has come free."""
        with self._changed:
            is_free = self._changed.wait_for(lambda: self._taken.get(key, 0) < self._for_each, seconds)
            if is_free:
                self._taken[key] = self._taken.get(key, 0) + 1
            return is_free

    def give_back(self, key: str) -> None:
        """Give back a place that was taken."""
        with self._changed:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
            self._changed.notify_all()
