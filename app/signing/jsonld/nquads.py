"""The terms of canonical N-Quads (RDF Canonicalization 1.0, 5): IRIs, literals, numbers."""

import math
import re
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final

from app.signing.jsonld.refusals import Refusal

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

# Predicates stand with the spaces around them, so that a quad is made by concatenation.
RDF_TYPE: Final = f" <{RDF}type> "
RDF_FIRST: Final = f" <{RDF}first> "
RDF_REST: Final = f" <{RDF}rest> "
RDF_NIL: Final = f"<{RDF}nil>"

MAX_INTEGER: Final = 2**53 - 1
MIN_FRACTION: Final = 1e-6
"""Smaller numbers are written without a point by JavaScript, which its JSON-LD library then reads as 0."""

_DOUBLE_DIGITS: Final = 16
_XSD_DOUBLE: Final = f"{XSD}double"

KEPT: Final = 2048
MAX_KEPT: Final = 256
"""IRIs that are kept, once checked, and how long they may be: most of a document's stand in many others."""

_absolute = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):").match
_illegal_in_iri = re.compile('[\x00-\x20<>"{}|^`\\\\\x7f-\x9f\ud800-\udfff]').search

_ESCAPES: Final = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord("\b"): "\\b",
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\f"): "\\f",
    ord("\r"): "\\r",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def iri(value: str) -> str:
    """Return `<value>`; refuse what is not an absolute IRI or could end the angle brackets early."""
    return scheme_and_iri(value)[1]


def scheme_and_iri(value: str) -> tuple[str, str]:
    """Return what stands before the first colon of an IRI, and what `iri` returns; refuse what it refuses."""
    return _kept(value) if len(value) <= MAX_KEPT else _checked(value)


def _checked(value: str) -> tuple[str, str]:
    start = _absolute(value)
    if start is None:
        raise Refusal(
            "relative_iri",
            f"{value[:120]!r} is not an absolute IRI.",
            "Write the whole IRI with its scheme, for example https://… or urn:uuid:….",
        )
    if _illegal_in_iri(value) is not None:
        raise Refusal("illegal_iri", f"{value[:120]!r} holds a character that no IRI may hold.")
    return start[1], f"<{value}>"


_kept: Final = lru_cache(KEPT)(_checked)


def literal(value: str) -> str:
    """Return the quoted form of `value`, without a datatype."""
    if not value.isascii():
        _check_characters(value)
    quoted = encode_basestring(value)
    if len(quoted) == len(value) + 2 and "\x7f" not in value:
        return quoted  # JSON escapes what N-Quads does, but for this one
    return f'"{value.translate(_ESCAPES)}"'


def _check_characters(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        detail = "The text holds half of a surrogate pair, which is not a character."
        raise Refusal("illegal_text", detail) from error


def typed_tail(datatype: str | None) -> str:
    """Return what follows the closing quote of a literal of `datatype`; None means a plain string."""
    return "" if datatype is None else f"^^<{datatype}>"


def boolean(value: bool, datatype: str | None) -> str:  # noqa: FBT001 (the value itself, not a switch)
    """Return the literal of a JSON boolean (JSON-LD 1.1 API, 8.2.2)."""
    return f'"{"true" if value else "false"}"{typed_tail(datatype or f"{XSD}boolean")}'


def number(value: float, datatype: str | None) -> str:
    """Return the literal of a JSON number (JSON-LD 1.1 API, 8.2.2 and 8.6).

    Refuses every number for which implementations write different text: beyond 2^53-1, closer to zero
    than 10^-6, minus zero, and a tie in the sixteenth digit.
    """
    if not math.isfinite(value) or abs(value) > MAX_INTEGER:
        raise Refusal("unsafe_number", "The number is beyond 2^53-1, where implementations disagree.")
    if value == 0 and math.copysign(1, value) < 0:
        raise Refusal("unsafe_number", "Implementations disagree about minus zero.")
    if value % 1 == 0 and datatype != _XSD_DOUBLE:
        return f'"{int(value)}"{typed_tail(datatype or f"{XSD}integer")}'
    return f'"{_double(float(value))}"{typed_tail(datatype or _XSD_DOUBLE)}'


def _double(value: float) -> str:
    """Write the canonical form of xsd:double: sixteen digits at most, no trailing zeros."""
    if 0 < abs(value) < MIN_FRACTION:
        raise Refusal("unsafe_number", "The number is so close to zero that implementations disagree.")
    digits = Decimal(value).normalize().as_tuple().digits
    if len(digits) == _DOUBLE_DIGITS + 1 and digits[-1] == 5:  # noqa: PLR2004 (the digit of a tie)
        raise Refusal("unsafe_number", "Implementations disagree about rounding this number.")
    mantissa, exponent = f"{value:.15E}".split("E")
    mantissa = mantissa.rstrip("0")
    return f"{mantissa}{'0' if mantissa.endswith('.') else ''}E{int(exponent)}"
