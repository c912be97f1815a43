"""No test measures time, which a busy machine has less of: work is counted, and what hangs is ended."""

import sys
from collections.abc import Callable
from types import FrameType

PATIENCE = 120.0
"""Seconds after which something that is waited for counts as never; no busy machine needs as many."""


def calls_of(act: Callable[[], object]) -> int:
    """Return how many functions, of Python's and of C's, `act` calls in this thread.

    A loop that takes too many turns shows in it, as long as each turn calls something.
    """
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls
