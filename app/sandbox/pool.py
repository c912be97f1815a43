"""The service's side: at most so many processes, each killed when a document overruns its limits."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from app.errors import (
    BusyError,
    Fault,
    InvalidPayloadError,
    JsonLdError,
    PassportsError,
    TooComplexError,
)
from app.sandbox.limits import Limits
from app.signing.jsonld import Canonical, HashName

_READY: Final = b"ready\n"


class Sandbox:
    """The processes of one service; they are started when first needed. Threads may share it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._admitted = threading.BoundedSemaphore(self._limits.processes + self._limits.waiting)
        self._places: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        for _ in range(self._limits.processes):
            self._places.put(None)

    def allowance(self) -> "Allowance":
        """Return what one verification may have done here."""
        return Allowance(self._admit, self._limits.cpu_seconds)

    def close(self) -> None:
        """End all processes that are not at work."""
        idle = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._places.get_nowait())
        for process in idle:
            if process is not None:
                process.end()
            self._places.put(None)

    def _admit(self, request: Mapping[str, object]) -> dict[str, Any]:
        if not self._admitted.acquire(blocking=False):
            raise _busy()
        try:
            return self._ask(request)
        finally:
            self._admitted.release()

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        try:
            process = self._places.get(timeout=self._limits.patience)
        except queue.Empty:
            raise _busy() from None
        try:
            if process is None or process.is_over():
                process = _Process(self._limits)
            return process.ask(json.dumps(request).encode())
        finally:
            self._places.put(None if process is None or process.is_over() else process)


class Allowance:
    """Has work done until together it has cost what one document may cost.

    `TooComplexError` is raised for what overruns that or another limit, `BusyError` when too many wait.
    """

    def __init__(self, ask: Callable[[Mapping[str, object]], dict[str, Any]], cpu_seconds: float) -> None:
        self._ask, self._left = ask, cpu_seconds

    def interpret(self, document: Mapping[str, object], hash_name: HashName) -> Canonical:
        """Return the canonical form; raises `JsonLdError` too, as the compiler's path does."""
        answer = self._answer({"document": document, "hash_name": hash_name}, JsonLdError)
        return Canonical(answer["nquads"], tuple(answer["own_terms"]))

    def apply_schema(
        self, url: str, schemas: Mapping[str, Any], draft: str, document: Mapping[str, Any]
    ) -> tuple[Fault, ...]:
        """Return where `document` breaks a schema; raises `InvalidPayloadError` too (see `json_schemas`)."""
        request = {"url": url, "schemas": schemas, "draft": draft, "document": document}
        answer = self._answer(request, InvalidPayloadError)
        return tuple(Fault(*fault) for fault in answer["broken"])

    def _answer(self, request: Mapping[str, object], refusal: type[PassportsError]) -> dict[str, Any]:
        if self._left < 0:
            raise _too_costly()
        answer = self._ask(request)
        self._left -= answer["cpu_seconds"]
        if "refused" not in answer:
            return answer
        error_class = TooComplexError if answer["too_complex"] else refusal
        faults = [Fault(*fault) for fault in answer["faults"]]
        raise error_class(answer["refused"], faults=faults, hint=answer["hint"])


class _Process:
    """One child process; once it `is_over`, the next document needs another."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.documents
        self._popen = subprocess.Popen(  # noqa: S603 (a module of ours)
            [
                *(sys.executable, "-I", "-m", "app.sandbox.child"),
                *(str(limits.cpu_seconds), str(limits.memory)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},  # no secret of the service
            start_new_session=True,
        )
        if self._exchange(b"", limits.start_seconds) != _READY:
            self.end()
            raise BusyError("The process for documents of this kind did not start.")

    def ask(self, request: bytes) -> dict[str, Any]:
        """Return the answer to `request`; raises `TooComplexError` when there is none."""
        self._left -= 1
        line = self._exchange(request + b"\n", self._limits.seconds)
        if not line.endswith(b"\n"):
            self.end()
            raise _too_costly()
        answer: dict[str, Any] = json.loads(line)
        if not self._left:
            self.end()
        return answer

    def is_over(self) -> bool:
        """Tell whether the process has ended; nothing is left of it then."""
        if self._popen.poll() is None:
            return False
        self.end()
        return True

    def end(self) -> None:
        """Kill the process, whatever it does."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            pipe.close()

    def _exchange(self, request: bytes, seconds: float) -> bytes:
        """Write `request` and return the line that comes back, cut short when the time is over."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        watch = threading.Timer(seconds, self._popen.kill)
        watch.start()
        try:
            self._popen.stdin.write(request)
            self._popen.stdin.flush()
            return self._popen.stdout.readline()
        except BrokenPipeError:
            return b""
        finally:
            watch.cancel()


def _too_costly() -> TooComplexError:
    detail = "Reading the document takes more time or memory than a credential is worth."
    return TooComplexError(detail, faults=[Fault("", "too_costly", detail)])


def _busy() -> BusyError:
    detail = "Too many documents that cost much are being read at this moment."
    return BusyError(detail, hint="Try again in a few seconds.")
