"""What pydantic finds wrong with a body, in our words, each with what to do about it."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from app.domain.payloads import name_of, nearest

_QUOTED = re.compile(r"'([^']*)'")
_WHEN = "Write RFC 3339 with a zone, such as 2026-01-04T09:00:00Z."

_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "string": ("a text", "Write it in quotation marks."),
        "int": ("a whole number", "Write digits alone, without quotation marks."),
        "float": ("a number", "Write it without quotation marks."),
        "bool": ("true or false", "Write true or false, without quotation marks."),
        "list": ("a list", "Write it in square brackets, even if it holds one thing."),
        "tuple": ("a list", "Write it in square brackets, even if it holds one thing."),
        "dict": ("a mapping", "Write names with their values in curly brackets."),
        "model": ("a mapping", "Write names with their values in curly brackets."),
        "date": ("a day", "Write it as 2026-01-04."),
        "datetime": ("an instant with its zone", _WHEN),
        "timezone": ("an instant with its zone", _WHEN),
    }
)
"""By the first word of pydantic's type: what is wanted, and how it is written."""

Told = tuple[str, str]


def told(entry: Mapping[str, Any]) -> Told:
    """Return the detail and the hint of one entry of pydantic's `errors()`.

    What our own validators say is kept as it is.
    """
    kind, context = str(entry["type"]), entry.get("ctx", {})
    if "hint" in context:
        return str(entry["msg"]), str(context["hint"])
    if kind in _SIZES:
        return _SIZES[kind](context)
    if kind in ("enum", "literal_error"):
        allowed = tuple(_QUOTED.findall(str(context["expected"])))
        given = entry["input"]
        shown = repr(given[:80]) if isinstance(given, str) else name_of(given)
        return f"{shown} is not known here.", nearest(str(given), allowed)
    wanted, hint = _TYPES.get(kind.partition("_")[0], ("", ""))
    if wanted:
        return f"This is {name_of(entry['input'])}; it has to be {wanted}.", hint
    return f"This {entry['msg']}.", "Change it so that it does."


def _missing(_context: Mapping[str, Any]) -> Told:
    return "This is missing.", "Add it; openapi.json shows an example of the whole."


def _pattern(context: Mapping[str, Any]) -> Told:
    form = str(context["pattern"]).removeprefix("^").removesuffix("$")
    return f"This text does not have the form {form}", "Change it so that it has that form."


def _bound(words: str, name: str) -> Callable[[Mapping[str, Any]], Told]:
    return lambda context: (
        f"This has to be {words} {context[name]}.",
        f"Write a number that is {words} {context[name]}.",
    )


def _length(words: str, name: str, unit: str, hint: str) -> Callable[[Mapping[str, Any]], Told]:
    return lambda context: (f"This has to have at {words} {context[name]} {unit}.", hint)


_SIZES: Mapping[str, Callable[[Mapping[str, Any]], Told]] = MappingProxyType(
    {
        "missing": _missing,
        "string_pattern_mismatch": _pattern,
        "string_too_short": _length("least", "min_length", "characters", "Write more of it."),
        "string_too_long": _length("most", "max_length", "characters", "Shorten it."),
        "too_short": _length("least", "min_length", "elements", "Add what is missing."),
        "too_long": _length("most", "max_length", "elements", "Send the rest in further requests."),
        "greater_than_equal": _bound("at least", "ge"),
        "greater_than": _bound("more than", "gt"),
        "less_than_equal": _bound("at most", "le"),
        "less_than": _bound("less than", "lt"),
    }
)
