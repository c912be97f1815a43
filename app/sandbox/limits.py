"""How much a document that takes the slow path may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one document (processor time, `seconds` by the clock, `memory` in bytes) and on all of them.

    The kernel counts processor time in whole seconds: a document gets `cpu_seconds` and up to one more.
    `processes` work at a time and `waiting` more callers wait, each at most `patience` seconds. A process
    ends after `documents`, so that nothing which a document leaves behind adds up.
    """

    cpu_seconds: int = 1
    seconds: float = 6
    memory: int = 256 * 1024 * 1024
    processes: int = 2
    waiting: int = 4
    patience: float = 5
    start_seconds: float = 20
    documents: int = 500
