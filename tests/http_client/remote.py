"""Servers of strangers on loopback: TLS with a certificate of a throw-away authority, and any reply."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.http_client.connections import Dialler
from app.http_client.fetcher import FetchPolicy, Purpose, Resolver, SafeFetcher
from app.http_client.limits import Limits
from app.http_client.results import Fetched, Refused
from tests.effort import PATIENCE

NAME = "badges.example.org"
URL = f"https://{NAME}/list"
PUBLIC = "93.184.216.34"
JSON = {"Content-Type": "application/json"}

Script = Callable[[socket.socket], None]
"""What a server does after it has read a request."""


def patient(**others: int) -> Limits:
    """Return limits that no busy machine meets by being slow, with `others` as a test sets them."""
    return Limits(PATIENCE, PATIENCE, PATIENCE, PATIENCE, **others)


@dataclass(frozen=True)
class Certificates:
    """Paths of an authority's certificate and of a server's chain with its key."""

    authority: Path
    server: Path

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context


def make_certificates(
    folder: Path, names: Sequence[str] = (NAME, "*.example.org", "localhost")
) -> Certificates:
    """Write a throw-away authority and a server's certificate for `names`."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)

    def begun(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(name).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))

    root = begun(issuer, authority_key.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    root = root.add_extension(identifier, critical=False)
    leaf = begun(subject, key.public_key())
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    leaf = leaf.add_extension(alternatives, critical=False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
    made = Certificates(folder / "authority.pem", folder / "server.pem")
    made.authority.write_bytes(root.sign(authority_key, SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made.server.write_bytes(secret + leaf.sign(authority_key, SHA256()).public_bytes(Encoding.PEM))
    return made


def reply(
    body: bytes = b"{}", headers: Mapping[str, str] = JSON, status: str = "200 OK", *, length: bool = True
) -> Script:
    """Answer with these bytes."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode()
    return lambda connection: connection.sendall(head + body)


def redirect(location: str, status: str = "302 Found") -> Script:
    return reply(b"", {"Location": location}, status)


@dataclass
class Remote:
    """A running server; what it was asked, and what it answers to each path."""

    port: int
    scripts: dict[str, Script] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.requests]


@contextmanager
def serving_tls(certificates: Certificates) -> Iterator[Remote]:
    """Serve until the block ends; every connection has a thread of its own and one request."""
    listening = socket.create_server(("127.0.0.1", 0))
    remote = Remote(listening.getsockname()[1])
    context, threads = certificates.serving(), []

    def note_name(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        remote.names.append(name)

    context.sni_callback = note_name

    def answer(plain: socket.socket) -> None:
        with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as connection:
            request = b""
            while b"\r\n\r\n" not in request and (more := connection.recv(65536)):
                request += more
            if request:
                remote.requests.append(request.decode())
                remote.scripts.get(remote.paths[-1], reply(status="404 Not Found"))(connection)

    def accept() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            plain.settimeout(PATIENCE)
            remote.connections += 1
            threads.append(threading.Thread(target=answer, args=(plain,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield remote
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in (accepting, *threads):
            thread.join()


@contextmanager
def small_internet(folder: Path) -> Iterator["Internet"]:
    """Give an internet of one server, whose certificates are written to `folder`."""
    certificates = make_certificates(folder)
    with serving_tls(certificates) as remote:
        yield Internet(remote, certificates)


class Clock:
    """A clock that tests set forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Internet:
    """The names of a small one, and which addresses were dialled. All of it leads to one server."""

    remote: Remote
    certificates: Certificates
    names: dict[str, Sequence[str]] = field(default_factory=lambda: {NAME: [PUBLIC]})
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    resolver: Resolver | None = None
    dialler: Dialler | None = None

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        self.looked_up.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return self.names[host]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append((address, port))
        return socket.create_connection(("127.0.0.1", self.remote.port), seconds)

    def fetcher(
        self,
        limits: Limits | None = None,
        *,
        allowed: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> SafeFetcher:
        return SafeFetcher(
            self.policy(limits, allowed=allowed),
            resolver=self.resolver or self.resolve,
            dialler=self.dialler or self.dial,
            tls=self.certificates.trusting,
            clock=clock,
        )

    def policy(self, limits: Limits | None = None, *, allowed: Sequence[str] = ()) -> FetchPolicy:
        return FetchPolicy.read("https://verifier.example.org", allowed, limits or patient())


def fetch(
    fetcher: SafeFetcher, url: str = URL, purpose: Purpose = Purpose.STATUS_LIST, *, client: str = "192.0.2.1"
) -> Fetched | Refused:
    with fetcher.errand(client) as errand:
        return errand.fetch(url, purpose)


def code(result: Fetched | Refused) -> str:
    return result.code if isinstance(result, Refused) else "fetched"


def waiting(release: threading.Event, then: Script = lambda _: None) -> Script:
    """Do `then` once it is released."""

    def send(connection: socket.socket) -> None:
        release.wait(PATIENCE)
        then(connection)

    return send


def together(count: int, act: Callable[[int], object]) -> None:
    """Do something as often as that at once, each with its number."""
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
