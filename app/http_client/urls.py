"""URLs of strangers, parsed once: what is not plainly an https address of a named host is refused.

RFC 3986 and IDNA 2008. Nothing is mended, because a URL that two parsers read apart is how a check is
led to one host and the connection to another.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

import idna

from app.http_client.addresses import Address
from app.http_client.results import RefusedError

HTTPS_PORT: Final = 443
MAX_URL: Final = 2048
_MAX_HOST: Final = 253

_PARTS: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?"
    r"(?P<fragment>#.*)?",
    re.DOTALL,
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]+)(?::(?P<port>[1-9][0-9]{0,4}))?")
_REQUEST: Final = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is in ASCII; `literal` is set where it is an address itself."""

    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def authority(self) -> str:
        """The value of the Host header, and what the cache and the limits call this server."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The one spelling of this address."""
        return f"https://{self.authority}{self.path}"

    @property
    def is_for_development(self) -> bool:
        """Whether only networks that the operator has allowed may be reached by this spelling."""
        return self.port != HTTPS_PORT or (self.literal is None and "." not in self.host)


def parse(url: str, *, development: bool = False) -> Target:
    """Return where `url` points to; raises `RefusedError`.

    With `development`, other ports and names without a dot are read too.
    """
    parts = _PARTS.fullmatch(url) if len(url) <= MAX_URL else None
    if parts is None:
        raise RefusedError("url_malformed", "The address is no URL, or a very long one.")
    if parts["scheme"].lower() != "https":
        raise RefusedError("url_not_https", "Only https addresses are fetched.")
    if parts["fragment"] is not None:
        raise RefusedError("url_fragment", "The address has a fragment (#…).")
    if "@" in parts["authority"]:
        raise RefusedError("url_userinfo", "The address names a user before its host.")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    path = (parts["path"] or "/") + (parts["query"] or "")
    if authority is None or _REQUEST.fullmatch(path) is None:
        raise RefusedError("url_malformed", "The address holds characters that have no place there.")
    port = int(authority["port"] or HTTPS_PORT)
    host, literal = _host(authority["host"])
    target = Target(host, port, path, literal)
    if target.is_for_development and not development:
        code, what = ("port_refused", f"port {port}") if port != HTTPS_PORT else ("host_refused", host)
        raise RefusedError(code, f"Only servers with a full name are asked, on port 443: not {what:.80}.")
    return target


def _host(text: str) -> tuple[str, Address | None]:
    if text.startswith("["):
        return _ipv6(text[1:-1])
    try:
        host = text.lower()
        if not host.isascii() or "xn--" in host:
            host = idna.encode(host).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _refuse_host() from error
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(host)
    if len(host) > _MAX_HOST or any(_LABEL.fullmatch(label) is None for label in labels):
        raise _refuse_host()
    return host, None


def _ipv4(host: str) -> tuple[str, Address]:
    """Read four decimal numbers. Octal, hex, short and long forms, which some resolvers take, are refused."""
    try:
        return host, IPv4Address(host)
    except AddressValueError as error:
        raise _refuse_host() from error


def _ipv6(text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise _refuse_host() from error
    if address.scope_id is not None:
        raise _refuse_host()
    return str(address), address


def _refuse_host() -> RefusedError:
    return RefusedError("host_refused", "The host is not a name of the domain name system.")
