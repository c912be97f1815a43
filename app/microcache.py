"""What was read from the database a moment ago, so that what everybody asks for is not read each time.

Decision 0018: an entry is forgotten with the next commit of this process, and after `KEPT_SECONDS` whatever
happens: other processes commit too.
"""

import threading
import time
from collections import OrderedDict
from typing import Final, Generic, TypeVar

KEPT_SECONDS: Final = 0.5
"""Short enough for the promise that a revocation shows within two seconds."""

MAX_ENTRIES: Final = 256

Key = TypeVar("Key")
Value = TypeVar("Value")


class Microcache(Generic[Key, Value]):
    """The last `max_entries` entries. Threads may share it, and any of them may `clear` it."""

    def __init__(self, seconds: float = KEPT_SECONDS, max_entries: int = MAX_ENTRIES) -> None:
        self._seconds, self._max_entries = seconds, max_entries
        self.generation = 0
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._keeping = threading.Lock()

    def clear(self, *_: object) -> None:
        """Forget everything, and what is being read at this moment."""
        self.generation += 1
        self._kept = OrderedDict()

    def find(self, key: Key) -> Value | None:
        """Return what was kept under `key` a moment ago, else None."""
        until, value = self._kept.get(key, (0.0, None))
        return value if until > time.monotonic() else None

    def keep(self, key: Key, value: Value, generation: int) -> None:
        """Keep `value`, unless something was committed since `generation`, when its reading began."""
        kept = self._kept  # before the comparison: a `clear` in between leaves us with the old ones
        if generation != self.generation:
            return
        with self._keeping:
            kept[key] = (time.monotonic() + self._seconds, value)
            kept.move_to_end(key)
            if len(kept) > self._max_entries:
                kept.popitem(last=False)
