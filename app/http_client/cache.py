"""Documents kept for a while, by address and purpose: bounded in number, in bytes and in time."""

import re
import threading
from collections import OrderedDict
from typing import Final

from app.http_client.limits import Clock
from app.http_client.results import Fetched, Refused

MIN_SECONDS: Final = 60
MAX_SECONDS: Final = 24 * 60 * 60
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,10})")

Key = tuple[str, str]
Result = Fetched | Refused


def seconds_to_keep(cache_control: str) -> int:
    """Return how long an answer with this Cache-Control is kept: never under a minute or over a day."""
    stated = _MAX_AGE.search(cache_control.lower())
    if stated is None or "no-store" in cache_control.lower() or "no-cache" in cache_control.lower():
        return MIN_SECONDS
    return min(max(int(stated[1]), MIN_SECONDS), MAX_SECONDS)


class Cache:
    """Results by (address, purpose). Refusals are kept too, so that a dead server is asked once a minute."""

    def __init__(self, clock: Clock, *, max_entries: int = 512, max_bytes: int = 16_000_000) -> None:
        self._clock, self._max_entries, self._max_bytes = clock, max_entries, max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[float, Result]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Result | None:
        """Return what is kept under `key`, None when that is nothing or too old."""
        with self._lock:
            ends, result = self._entries.get(key, (0.0, None))
            if result is None or ends > self._clock():
                return result
            self._drop(key)
            return None

    def put(self, key: Key, result: Result, seconds: int) -> None:
        """Keep `result` for `seconds`; the oldest make room."""
        with self._lock:
            self._drop(key)
            self._entries[key] = (self._clock() + seconds, result)
            self._bytes += _size(result)
            while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        _, result = self._entries.pop(key, (0.0, None))
        self._bytes -= _size(result)


def _size(result: Result | None) -> int:
    return len(result.content) if isinstance(result, Fetched) else 0
