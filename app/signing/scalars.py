"""The scalars of the table `shapes`: what each accepts, and what is said of anything else."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from app.errors import InvalidPayloadError
from app.signing import datetimes, status_list
from app.signing.members import listed
from app.signing.shapes import ENUMERATIONS, EXTENSIBLE

Test = Callable[[object], bool]

KEPT: Final = 2048
MAX_KEPT: Final = 256
"""IRIs of which it is kept whether they are any, and how long these may be: most stand in many documents."""

_ABSOLUTE_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f]+")
_EXTENSION: Final = re.compile(r"ext:[A-Za-z0-9._|-]+", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)
_COMPACT_JWS: Final = re.compile(r"[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def matches(pattern: re.Pattern[str]) -> Test:
    """Return the test for text that is all `pattern`."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def is_text(value: object) -> bool:
    """Return whether `value` is a text."""
    return isinstance(value, str)


def is_absolute_iri(value: object) -> bool:
    """Return whether `value` is an IRI with a scheme (RFC 3987, 2.2)."""
    if not isinstance(value, str):
        return False
    return _kept(value) if len(value) <= MAX_KEPT else _is_absolute_iri(value)


def _is_absolute_iri(value: str) -> bool:
    return _ABSOLUTE_IRI.fullmatch(value) is not None


_kept: Final = lru_cache(KEPT)(_is_absolute_iri)


def enumerated(name: str) -> Test:
    """Return the test for a value of an enumeration, or its own extension where it may have some."""
    values, extends = ENUMERATIONS[name], matches(_EXTENSION)
    if name not in EXTENSIBLE:
        return lambda value: isinstance(value, str) and value in values
    return lambda value: isinstance(value, str) and (value in values or extends(value))


def is_in_languages(value: object) -> bool:
    """Return whether `value` is text in languages: a map, a language value object, or several of these."""
    return bool(value) and all(
        isinstance(item, Mapping)
        and bool(item)
        and all(isinstance(text, str) for text in item.values())
        and ("@" not in "".join(item) or _is_language_value(item))
        for item in listed(value)
    )


def _is_language_value(value: Mapping[str, Any]) -> bool:
    """Return whether `value` has the members of a language value object alone (VCDM 2.0, 11.1)."""
    return {"@value"} <= value.keys() <= {"@value", "@language", "@direction"} and value.get(
        "@direction", "ltr"
    ) in ("ltr", "rtl")


def _reads(read: Callable[[Any], object]) -> Test:
    def holds(value: object) -> bool:
        try:
            read(value)
        except InvalidPayloadError:
            return False
        return True

    return holds


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


SCALARS: Final[Mapping[str, tuple[Test, str, str]]] = {
    "text": (is_text, "not_text", "This is not a text."),
    "texts": (
        lambda value: bool(value) and all(isinstance(text, str) for text in listed(value)),
        "not_text",
        "This is neither a text nor an array of texts.",
    ),
    "context": (
        lambda value: isinstance(value, Mapping) or is_absolute_iri(value),
        "not_a_context",
        "This is neither the URL of a context nor one written out.",
    ),
    "iri": (is_absolute_iri, "not_absolute_iri", "This is not an absolute URI."),
    "datetime": (
        _reads(datetimes.parse),
        "not_a_datetime",
        "This is not a date and time with a time zone (YYYY-MM-DDThh:mm:ssZ).",
    ),
    "date": (matches(_DATE), "not_a_date", "This is not a date (YYYY-MM-DD)."),
    "number": (_is_number, "not_a_number", "This is not a number."),
    "milliseconds": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
        "not_a_number",
        "This is not a number of milliseconds.",
    ),
    "boolean": (lambda value: isinstance(value, bool), "not_a_boolean", "This is neither true nor false."),
    "jws": (matches(_COMPACT_JWS), "not_a_jws", "This is not a compact JWS."),
    "language": (matches(_LANGUAGE), "not_a_language", "This is not a language code (BCP 47)."),
    "encoded_list": (
        _reads(lambda value: status_list.decode(str(value))),
        "not_a_status_list",
        "This is not a compressed bitstring of a lawful length.",
    ),
    "encoded_list_2021": (
        _reads(lambda value: status_list.decode_2021(str(value))),
        "not_a_status_list",
        "This is not a compressed bitstring of a lawful length.",
    ),
}
"""The scalars of the table: what each accepts, and the code and words of the fault."""
