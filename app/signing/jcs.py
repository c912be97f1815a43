"""JSON Canonicalization Scheme (RFC 8785): one text for one JSON value."""

import json
import math
from typing import Final

from app.errors import InvalidPayloadError

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53 - 1
"""Integers beyond this are not the same number in every reader (RFC 7493, 2.2)."""

_FIXED_NOTATION_EXPONENTS: Final = range(-6, 21)
"""ECMAScript writes numbers whose leading digit stands for 10^e, e in this range, without an exponent."""

_write_string = json.JSONEncoder(ensure_ascii=False).encode


def canonize(value: object) -> str:
    """Return the canonical text of a JSON value.

    Raises `InvalidPayloadError` for what is not I-JSON (RFC 7493): integers beyond 2^53-1, numbers that
    are not finite, half surrogate pairs, values that are not JSON; and for nesting beyond `MAX_DEPTH`.
    """
    text = _write(value, MAX_DEPTH)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidPayloadError(
            "The value holds half of a surrogate pair, which is not a character."
        ) from error
    return text


def _write(value: object, levels: int) -> str:
    if levels < 0:
        raise InvalidPayloadError(f"The value is nested more than {MAX_DEPTH} levels deep.")
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _write_string(value)
        case int() | float():
            return _write_number(value)
        case list():
            return "[" + ",".join(_write(item, levels - 1) for item in value) + "]"
        case dict():
            members = sorted(value.items(), key=_utf16)
            return "{" + ",".join(f"{_write_string(k)}:{_write(v, levels - 1)}" for k, v in members) + "}"
        case _:
            raise InvalidPayloadError(f"A {type(value).__name__} is not a JSON value.")


def _utf16(member: tuple[object, object]) -> bytes:
    """Sort key: UTF-16 code units (RFC 8785, 3.2.3), which is not the order of code points."""
    name = member[0]
    if not isinstance(name, str):
        raise InvalidPayloadError("The name of a member is not a string.")
    return name.encode("utf-16-be", "surrogatepass")


def _write_number(value: float) -> str:
    """Write a number as ECMAScript does (RFC 8785, 3.2.2.3)."""
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise InvalidPayloadError("An integer is beyond 2^53-1 and would lose digits.")
        return str(value)
    if not math.isfinite(value):
        raise InvalidPayloadError("A number is not finite.")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # repr() gives the shortest digits that read back as the same double, as ECMAScript demands.
    mantissa, _, exponent_text = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(exponent_text or 0) + len(whole) - 1 - (len(whole + fraction) - len(digits))
    return sign + _place_point(digits.rstrip("0"), exponent)


def _place_point(digits: str, exponent: int) -> str:
    """Write `digits`, the first of which stands for 10^`exponent`."""
    if exponent not in _FIXED_NOTATION_EXPONENTS:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{exponent:+d}"
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if len(digits) <= exponent + 1:
        return digits.ljust(exponent + 1, "0")
    return f"{digits[: exponent + 1]}.{digits[exponent + 1 :]}"
