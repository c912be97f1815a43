"""The peers as processes on a core of the caller's choice, asked one thing after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
NODE: Final = ("node", str(HERE / "peers.mjs"))
OPENBADGESLIB: Final = (str(HERE / ".venv/bin/python"), str(HERE / "openbadgeslib_peer.py"))
CORES: Final = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


class Peer:
    """One peer; ask for one thing at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Return the peer's answer; raises `RuntimeError` with what it says of a failure."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "it ended without an answer"}
        if "error" in answer:
            raise RuntimeError(f"The peer failed: {answer['error']}")
        return answer


@contextmanager
def running(command: Sequence[str]) -> Iterator[Peer]:
    """Give the running peer; it inherits the caller's core."""
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Peer(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def pin(core: int) -> None:
    """Keep this process, and what it starts, on one core; where the system cannot, it is left as it is."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {CORES[core % len(CORES)]})
