"""URLs compared by where they lead: two spellings of one address are one address (RFC 3986, 6.2)."""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

_PARTS: Final = re.compile(
    r"(?P<scheme>https?):/*(?:[^/?#]*@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::(?P<port>[0-9]*))?(?P<path>[^?#]*)",
    re.ASCII,
)
_ENCODED_PERCENT: Final = re.compile(r"%(?:25)+", re.ASCII)
_SLASHES: Final = re.compile(r"/+")
_LETTERS: Final = str.maketrans({"\\": "/", "\u3002": "."})
"""What browsers take for a slash, and what IDNA takes for a dot."""

_DEFAULT_PORTS: Final = {"http": ("", "80"), "https": ("", "443")}
_ROUNDS: Final = 3
"""How often percent-encoding is taken off: servers behind one another may each do it once."""


def leads_below(url: str, place: str) -> bool:
    """Return whether `url` leads to something below `place`, an http address that ends with a slash.

    However it is spelt: in other letters or ports, percent-encoded, with dot segments and, as servers put up
    with it, http for https, a name before the host, a dot after it, or slashes twice.
    """
    return _destination(url).startswith(_destination(place))


def _destination(url: str) -> str:
    """Return host, port and path in one spelling; for what is no http address an empty text."""
    text = url
    for _ in range(_ROUNDS):
        text = unquote(_ENCODED_PERCENT.sub("%", text))
    parts = _PARTS.match(unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS))
    if parts is None:
        return ""
    port = "" if parts["port"] in (None, *_DEFAULT_PORTS[parts["scheme"]]) else f":{parts['port']}"
    kept = [parts["host"].rstrip(".") + port]
    for segment in _SLASHES.split(parts["path"])[1:]:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)
