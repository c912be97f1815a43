"""A load generator for loopback: one process, a few connections, no parsing beyond the length of an answer.

It is meant to need less than the server it asks: `busy` of its report says how much of its core it used.
"""

import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

CONNECTIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What was done: answers, seconds, the share of a core used here, times per answer in ms, statuses."""

    answers: int
    seconds: float
    busy: float
    times: list[float]
    statuses: dict[str, int]


class _Connection:
    """One connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()
        self.sent = 0.0

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> str | None:
        """Take what has come in; return the status when the answer is complete."""
        self.received += self.socket.recv(65_536)
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        status = head[9:12].decode()
        at = head.find(b"content-length:")
        length = 0 if at < 0 else int(head[at + 15 :].partition(b"\r\n")[0])
        return status if len(self.received) >= end + 4 + length else None


def run(port: int, requests: Iterable[bytes], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send `requests` one after the other over `connections`, until they or the `seconds` are used up."""
    chosen, waiting = iter(requests), selectors.DefaultSelector()
    times: list[float] = []
    statuses: dict[str, int] = {}
    begun, cpu = time.perf_counter(), time.process_time()
    under_way = 0
    for connection in [_Connection(port) for _ in range(connections)]:
        under_way += _next(connection, chosen)
        waiting.register(connection.socket, selectors.EVENT_READ, connection)
    while under_way:
        for key, _ in waiting.select(timeout=30):
            connection = key.data
            status = connection.answer()
            if status is None:
                continue
            times.append((time.perf_counter() - connection.sent) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
            in_time = time.perf_counter() - begun < seconds
            under_way -= 1 - (_next(connection, chosen) if in_time else 0)
    passed = time.perf_counter() - begun
    return Load(len(times), passed, (time.process_time() - cpu) / passed, times, statuses)


def _next(connection: _Connection, chosen: Iterator[bytes]) -> int:
    request = next(chosen, None)
    if request is None:
        return 0
    connection.send(request)
    return 1


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return the bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def repeated(content: bytes) -> Iterator[bytes]:
    """Yield the same request for ever."""
    while True:
        yield content
