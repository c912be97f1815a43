"""What was found out about objects that come again, word for word, in one document after the other.

An achievement stands in every badge that is awarded for it. Whatever follows from its content alone is found
out once, and looked up by all of that content, never by its id or a digest.
"""

import marshal
from threading import Lock
from typing import Any, Final, Generic, TypeVar

MAX_CONTENT: Final = 32_768
MAX_KEPT: Final = 2_000_000
"""Bytes of one content and of all that one store keeps: what is larger is found out anew each time."""

_VERSION: Final = 2
"""Later versions of marshal write otherwise what others hold as well: one value would have many contents."""

Found = TypeVar("Found")


def content_of(value: Any) -> bytes | None:  # noqa: ANN401 (any JSON)
    """Return bytes that stand for `value` alone, down to the types and the order of its members.

    None for what is too large, or no plain JSON. They are never read back.
    """
    if isinstance(value, Recurring):
        return value.content
    try:
        content = marshal.dumps(value, _VERSION)
    except ValueError:
        return None
    return content if len(content) <= MAX_CONTENT else None


class Recurring(dict[str, Any]):
    """An object that is kept and never changed any more, with its content: no store works that out again."""

    __slots__ = ("content",)

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(value)
        self.content: Final = content_of(value)


class Contents(Generic[Found]):
    """What was found out, by content and whatever else it depends on; emptied when it is full."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Found] = {}
        self._size = 0
        self._lock = Lock()

    def find(self, content: bytes, *others: object) -> Found | None:
        """Return what is kept for this content, or None."""
        return self._found.get((content, *others))

    def keep(self, found: Found, content: bytes, *others: object) -> None:
        """Keep what was found out; it must not be changed any more."""
        with self._lock:
            if self._size + len(content) > MAX_KEPT:
                self._found.clear()
                self._size = 0
            self._size += len(content)
            self._found[content, *others] = found
