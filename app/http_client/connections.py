"""One request over one connection: to an address that was checked, within its time and size.

Nothing is looked up here and no connection is kept: what was checked is what is dialled (SNI and Host
carry the name), and the next request is checked anew.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpcore

from app.http_client.limits import Clock, Limits
from app.http_client.results import RefusedError
from app.http_client.urls import Target

Dialler = Callable[[str, int, float], socket.socket]
"""Connects to an IP address and a port within so many seconds; raises `OSError`."""

_OVERHEAD: Final = 256_000
"""Bytes on the wire beyond the body: headers, interim answers, chunk sizes."""

_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Order:
    """One request: what for, until when, and whom to tell how many bytes have come."""

    target: Target
    addresses: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    media_types: frozenset[str]
    max_bytes: int
    received: Callable[[int], None]
    ends: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A document, or with `location` the address that the server sends us to."""

    content: bytes = b""
    media_type: str = ""
    cache_control: str = ""
    location: str | None = None


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an IP address; raises `OSError`."""
    return socket.create_connection((address, port), seconds)


class Connector:
    """Carries out orders, each over a connection of its own."""

    def __init__(
        self, limits: Limits, clock: Clock, dialler: Dialler, tls: Callable[[], ssl.SSLContext]
    ) -> None:
        self._limits, self._clock, self._dialler, self._tls = limits, clock, dialler, tls

    def carry_out(self, order: Order) -> Reply:
        """Return the server's reply; raises `RefusedError` for any that is not wanted."""
        wire = _Wire(order, self._limits, self._clock, self._dialler)
        host, port = order.target.host.encode(), order.target.port
        connection = httpcore.HTTPConnection(
            httpcore.Origin(b"https", host, port), ssl_context=self._tls(), network_backend=wire
        )
        url = httpcore.URL(scheme=b"https", host=host, port=port, target=order.target.path.encode())
        try:
            with connection.stream("GET", url, headers=list(order.headers)) as response:
                return _read(response, order)
        except httpcore.TimeoutException as error:
            raise RefusedError("timed_out", f"{order.target.authority:.200} took too long.") from error
        except httpcore.ConnectError as error:
            detail = f"There is no connection to {order.target.authority:.200}."
            raise RefusedError("connect_failed", detail) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            detail = f"{order.target.authority:.200} does not answer in HTTP, or stops in the middle."
            raise RefusedError("protocol_error", detail) from error
        finally:
            connection.close()


def _read(response: httpcore.Response, order: Order) -> Reply:
    headers = [(name.lower(), value.decode("latin-1").strip()) for name, value in response.headers]
    if response.status in _REDIRECTS:
        location = _only(headers, b"location")
        if not location:
            raise RefusedError("redirect_refused", "The server sends us elsewhere and does not say where.")
        return Reply(location=location)
    if response.status != _OK:
        raise RefusedError("status_refused", f"The answer is {response.status}, not {_OK}.")
    if any(name == b"content-encoding" and value.lower() != "identity" for name, value in headers):
        raise RefusedError("encoding_refused", "The answer is compressed although that was not asked for.")
    media_type = _only(headers, b"content-type").partition(";")[0].strip().lower()
    if media_type not in order.media_types and not media_type.endswith("+json"):
        raise RefusedError("media_type_refused", f"The answer is of the type {media_type!r:.80}.")
    content = bytearray()
    for part in response.iter_stream():
        content += part
        order.received(len(part))
        if len(content) > order.max_bytes:
            raise RefusedError("too_large", f"The answer has more than {order.max_bytes} bytes.")
    caching = ", ".join(value for name, value in headers if name == b"cache-control")
    return Reply(bytes(content), media_type, caching)


def _only(headers: Iterable[tuple[bytes, str]], wanted: bytes) -> str:
    """Return the header that must stand there once; otherwise nothing, which no check accepts."""
    values = [value for name, value in headers if name == wanted]
    return values[0] if len(values) == 1 else ""


class _Wire(httpcore.NetworkBackend):
    """Dials the checked addresses, whatever name is asked for, and keeps time and counts bytes."""

    def __init__(self, order: Order, limits: Limits, clock: Clock, dialler: Dialler) -> None:
        self._order, self._clock, self._dialler = order, clock, dialler
        self._connect_by = clock() + limits.connect_seconds
        self._first_byte_seconds = limits.first_byte_seconds
        self._bytes_left = order.max_bytes + _OVERHEAD
        self._has_answered = False

    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> "_Stream":
        """Connect to the first address that answers; `host` has been looked up and checked before."""
        for address in self._order.addresses:
            try:
                return _Stream(self._dialler(address, port, self.left_to_connect()), self)
            except TimeoutError as error:
                raise httpcore.ConnectTimeout(host) from error
            except OSError:
                continue
        raise httpcore.ConnectError(host)

    def left(self) -> float:
        """Return the seconds until the end; raises when it has come."""
        return self._until(self._order.ends)

    def left_to_connect(self) -> float:
        """Return the seconds for connecting, TLS included; raises when they are over."""
        return self._until(min(self._connect_by, self._order.ends))

    def left_to_read(self) -> float:
        """Return the seconds for the next read: the first byte has a limit of its own."""
        return self.left() if self._has_answered else min(self.left(), self._first_byte_seconds)

    def count(self, received: int) -> None:
        """Count what came in; raises when it is more than any sound answer needs."""
        self._has_answered = True
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise RefusedError("too_large", "The answer does not end.")

    def _until(self, instant: float) -> float:
        left = instant - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


class _Stream(httpcore.NetworkStream):
    """A connected socket. The timeouts that httpcore would set are not used: `wire` knows the time left."""

    def __init__(self, connected: socket.socket, wire: _Wire) -> None:
        self._socket, self._wire = connected, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 (see the class)
        """Return what has come, at most `max_bytes`."""
        with self._translating(self._wire.left_to_read()):
            data = self._socket.recv(max_bytes)
        self._wire.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 (see the class)
        """Send all of `buffer`."""
        with self._translating(self._wire.left()):
            self._socket.sendall(buffer)

    @contextmanager
    def _translating(self, seconds: float) -> Iterator[None]:
        self._socket.settimeout(seconds)
        try:
            yield
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 (see the class)
    ) -> "_Stream":
        """Return the same connection in TLS, with a certificate for `server_hostname`."""
        try:
            self._socket.settimeout(self._wire.left_to_connect())
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._wire)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout from error
        except ssl.SSLError as error:
            self.close()
            detail = "The server does not prove in TLS that it has this name."
            raise RefusedError("tls_failed", detail) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError from error
        except httpcore.TimeoutException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401, ARG002 (httpcore's own signature)
        """Return nothing: HTTP/1.1 alone is spoken, and no connection is used twice."""
        return None
