"""The one reader of untrusted JSON (RFC 8259, I-JSON RFC 7493).

Python's own reader keeps the last of two equal member names and takes `NaN`; two readers of one
signed document could then see two different things. This one refuses every such text.
"""

import json
from collections import Counter
from itertools import chain
from typing import Any, Final, Never

from app.errors import MalformedBodyError

MAX_DEPTH = 64
"""Nesting beyond this is refused: no document of this service comes near it."""

MAX_NODES = 200_000
"""Brackets, braces and commas, text included: a bound on what reading costs, counted before reading."""

MAX_INTEGER = 2**53 - 1
"""Beyond this, implementations of I-JSON disagree about the value (RFC 7493, 2.2)."""


def loads(text: bytes | str) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    """Return the value of `text`, UTF-8 when bytes.

    Raises `MalformedBodyError` for anything but one JSON value with unique member names, finite
    numbers within the exact range of a double, no NUL and no lone surrogate, at most `MAX_DEPTH` deep.
    """
    try:
        source = text.decode("utf-8") if isinstance(text, bytes) else text
        if len(source) > MAX_NODES and sum(map(source.count, "[{,")) > MAX_NODES:
            raise MalformedBodyError(f"The body holds more than {MAX_NODES} values.")
        value = _read(source)
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8: byte {error.start} cannot be decoded.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedBodyError(f"The body is not JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise MalformedBodyError("The body is nested too deeply.") from error
    if "\\u" in source or not (isinstance(text, bytes) or _is_encodable(source)):
        check_text(value)
    elif source.count("{") + source.count("[") > MAX_DEPTH:
        _check_depth(value)
    return value


def may_spell_letters(text: str) -> bool:
    """Return whether the JSON `text` has escapes that stand for a letter or a slash.

    Without them, a string that itself needs no escapes stands in it as it is, between quotes.
    """
    return "\\" in text and ("\\u" in text or "\\/" in text)


def may_repeat(text: str, string: object, times: int = 1) -> bool:
    """Return False when the JSON `text` surely has `string`, which needs no escapes, so many times."""
    return may_spell_letters(text) or text.count(f'"{string}"') != times


def _is_encodable(source: str) -> bool:
    try:
        source.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_text(value: object) -> None:
    """Raise `MalformedBodyError` if `value` nests too deeply or holds text that no field can keep."""
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        inner: list[object] = []
        for item in level:
            if isinstance(item, str):
                _check_string(item)
            elif isinstance(item, dict):
                for name in item:
                    _check_string(name)
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = inner
    if level:
        raise _too_deep()


def _check_depth(value: Any) -> None:  # noqa: ANN401 (any JSON)
    """Do what `check_text` does for a value whose texts are in order."""
    level = [value]
    for _ in range(MAX_DEPTH):
        members = chain.from_iterable(each.values() if each.__class__ is dict else each for each in level)
        level = [member for member in members if member.__class__ is dict or member.__class__ is list]
        if not level:
            return
    if any(level):
        raise _too_deep()


def _too_deep() -> MalformedBodyError:
    return MalformedBodyError(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise MalformedBodyError("The body holds a NUL character (U+0000), which no field accepts.")
    if not text.isascii() and not _is_encodable(text):
        raise MalformedBodyError("The body holds half of a surrogate pair, which is not a character.")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise MalformedBodyError(f"The member name {twice[:80]!r} stands twice in one object.")
    return members


def _no_constant(name: str) -> Never:
    raise MalformedBodyError(f"{name} is not a JSON number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise MalformedBodyError(f"The number {digits[:40]} is too large.")
    return number


def _exact(digits: str) -> int:
    if len(digits) > len(str(MAX_INTEGER)) + 1 or not -MAX_INTEGER <= int(digits) <= MAX_INTEGER:
        raise MalformedBodyError(f"The integer {digits[:40]} is beyond 2^53-1 and would lose digits.")
    return int(digits)


_read: Final = json.JSONDecoder(
    object_pairs_hook=_unique_members,
    parse_constant=_no_constant,
    parse_float=_finite,
    parse_int=_exact,
).decode
