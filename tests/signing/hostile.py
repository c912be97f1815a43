"""What is handed in as a credential to cost much, or to be read as what it is not."""

import gzip
import json
import struct
import zlib

from tests.signing.badges import chunk, png


def zip_bomb() -> bytes:
    """Return a PNG whose text would inflate to 100 MB."""
    text = zlib.compress(b"x" * 100_000_000, 9)
    return png(chunk(b"iTXt", b"openbadgecredential\x00\x01\x00\x00\x00" + text), width=8000, height=8000)


def deep_json(depth: int) -> bytes:
    return b'{"@context":' + b"[" * depth + b"]" * depth + b"}"


CALLS = 1_000_000
"""Of functions: a tenth of a second, of the two that a hostile document may cost."""

SVG_BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<svg xmlns="http://www.w3.org/2000/svg"><text>&c;</text></svg>"""
SVG_FILE = b"""<!DOCTYPE s [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">
<openbadges:credential verify="&f;"/></svg>"""
WIDE = json.dumps({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["x"] * 50_000}).encode()
HOSTILE = {
    "a picture that inflates": zip_bomb(),
    "a picture without end": png()[:-12] + struct.pack(">I", 2**31 - 1) + b"iTXt",
    "an SVG with entities": SVG_BOMB,
    "an SVG that names a file": SVG_FILE,
    "an SVG of 60,000 elements": b"<svg>" + b"<g>" * 60_000,
    "deep JSON": deep_json(100_000),
    "less deep JSON": deep_json(60),
    "wide JSON": WIDE,
    "a long number": b'{"@context": [], "a": ' + b"9" * 100_000 + b"}",
    "infinity": b'{"@context": [], "a": 1e999}',
    "half a surrogate": b'{"@context": ["\\ud800"]}',
    "NUL": b'{"@context": ["\\u0000"]}',
    "nonsense": bytes(range(256)) * 800,
    "letters": b"a" * 200_000,
    "dots": b"." * 200_000,
    "gzip": gzip.compress(b"{}" * 100_000),
    "a JWT of nothing": b"e30.e30.",
    "a JWT that is deep": b"e30.W1tb" + b"W1tb" * 50_000 + b".e30",
}

READABLE = {"less deep JSON", "wide JSON"}
"""Those that are documents, and no credentials."""
