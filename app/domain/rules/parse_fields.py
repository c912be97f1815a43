"""From a document to the fields of a leaf that have a form of their own: each reads one key."""

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from app.domain.content import MODES, ORIGINS
from app.domain.instants import Duration
from app.domain.payloads import KEY, REFERENCE, TERM, Payload, name_of
from app.domain.rules.checks import COUNTING, OPERATORS, PATH, PathCheck
from app.domain.rules.language import (
    CROSSWALK_RELATIONS,
    PLAIN_KINDS,
    UNITS,
    Amount,
    CapPer,
    Distinct,
)
from app.domain.rules.version_ranges import VersionRange

MAX_COUNT = 1000
MAX_AMOUNT = 10_000_000
MAX_CHECKS = 20

ISSUER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,500}|[A-Za-z0-9][A-Za-z0-9._/-]{0,200}", re.ASCII)
"""A DID, an address, `trusted:LIST`, or a key."""

TEXTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "keys": TERM,
        "tags": TERM,
        "topics": TERM,
        "template": TERM,
        "event": TERM,
        "role": TERM,
        "outcomes": TERM,
        "form": REFERENCE,
        "by_role": TERM,
        "achievement": ISSUER,
        "issuers": ISSUER,
    }
)
"""Lists of names, and what a name looks like."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "origin": ORIGINS,
        "mode": MODES,
        "evidence": PLAIN_KINDS,
        "kinds": PLAIN_KINDS,
        "accept_crosswalk": CROSSWALK_RELATIONS,
    }
)
"""Lists of words, and which words there are."""

WHERE = (
    "keys",
    "tags",
    "topics",
    "origin",
    "mode",
    "template",
    "opportunity",
    "event",
    "role",
    "outcomes",
    "min_minutes",
    "reflection",
    "form",
    "by_role",
    "achievement",
    "issuers",
)
"""The fields of a `where` and of what an amount adds up."""

HOURS = re.compile(r"([1-9][0-9]{0,5})h", re.ASCII)
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", re.ASCII)


def read_filter(body: Payload, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields among `names` that stand in `body`, by the name that a leaf has for them."""
    found: dict[str, Any] = {}
    for name in names:
        if name in TEXTS:
            found[name] = body.texts(name, pattern=TEXTS[name], limit=600)
        elif name in WORDS:
            found["evidence" if name == "kinds" else name] = read_words(body, name)
        elif name == "opportunity":
            found |= _opportunity(body)
        elif name == "min_minutes":
            found[name] = body.integer(name, 1, MAX_AMOUNT)
        elif name == "reflection":
            found[name] = body.one_of(name, ("required", "optional"), default="optional") == "required"
    return {name: value for name, value in found.items() if value}


def read_words(body: Payload, name: str) -> tuple[str, ...]:
    """Return the list of known words at `name`."""
    found = body.texts(name)
    return tuple(word for word in found if body.check_word(body.at(name), word, WORDS[name]))


def _opportunity(body: Payload) -> dict[str, Any]:
    if not isinstance(body.raw("opportunity"), Mapping):
        return {"opportunity": body.texts("opportunity", pattern=TERM)}
    inner = body.payload("opportunity")
    assert inner is not None  # it is a mapping
    found = {
        "opportunity": inner.texts("keys", pattern=TERM),
        "opportunity_hub": inner.texts("hub", pattern=TERM),
    }
    inner.finish()
    return found


def read_distinct(body: Payload, count: int) -> Distinct | None:
    """Return `{by, at_least}`; more values than rows are a fault."""
    inner = body.payload("distinct")
    if inner is None:
        return None
    by = inner.text("by", pattern=FIELD)
    least = _required_integer(inner, "at_least")
    inner.finish()
    if least is not None and least > count:
        detail = f"{least} different values among {count} pieces of evidence can never be met."
        inner.fault("at_least", "n_too_large", detail, "Raise count, or lower at_least.")
        return None
    return None if least is None else Distinct(by, least)


def read_cap_per(body: Payload, unit: str | None = None) -> CapPer | None:
    """Return `{by, max}`; the most of an amount in minutes may be written in hours."""
    inner = body.payload("cap_per")
    if inner is None:
        return None
    by = inner.text("by", pattern=FIELD)
    most = _required_integer(inner, "max") if unit is None else read_quantity(inner, "max", unit)
    inner.finish()
    return None if most is None else CapPer(by, most)


def _required_integer(body: Payload, name: str) -> int | None:
    if not body.has(name) and not body.faulty:
        body.raw(name)
        body.fault(name, "missing_key", f"The key {name!r} is missing.")
    return body.integer(name, 1, MAX_COUNT)


def read_quantity(body: Payload, name: str, unit: str) -> int | None:
    """Return a whole number of `unit`; `20h` stands for 1200 minutes."""
    value = body.raw(name)
    match = HOURS.fullmatch(value) if isinstance(value, str) and unit == "minutes" else None
    if match is not None:
        return int(match[1]) * 60
    if value is None and not body.faulty:
        body.fault(name, "missing_key", f"The key {name!r} is missing.")
    return body.integer(name, 1, MAX_AMOUNT)


def read_amount(body: Payload) -> Amount:
    """Return the unit and the sum to reach."""
    unit = body.one_of("unit", UNITS)
    least = read_quantity(body, "at_least", unit)
    return Amount(next(each for each in UNITS if each == unit), least or 1)


def read_score(body: Payload) -> Fraction | None:
    """Return a number from 0 to 1, exactly as written."""
    value = body.raw("min_score")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        body.fault("min_score", "wrong_type", f"This is {name_of(value)}; it has to be a number from 0 to 1.")
    elif not 0 < value <= 1:
        body.fault("min_score", "wrong_value", f"{value} is not above 0 and at most 1.")
    else:
        return Fraction(str(value))
    return None


def read_version_range(body: Payload) -> VersionRange | None:
    """Return the range of versions at `version`."""
    text = body.optional_text("version")
    if text is None:
        return None
    try:
        return VersionRange(text)
    except ValueError as error:
        body.fault("version", "wrong_value", f"{error}.")
        return None


def read_passport_key(body: Payload) -> str:
    """Return the key of the passport that is asked for."""
    return body.text("passport", pattern=KEY)


def read_checks(body: Payload) -> tuple[PathCheck, ...]:
    """Return the checks of a form or a record."""
    read = [_check(each) for each in body.payloads("checks", limit=MAX_CHECKS)]
    return tuple(check for check in read if check is not None)


def _check(body: Payload) -> PathCheck | None:
    path = body.text("path", pattern=PATH)
    word = body.one_of("op", OPERATORS)
    op = next(each for each in OPERATORS if each == word)
    value = body.raw("value")
    body.finish()
    fine = _is_value(op, value)
    if not fine and not body.faulty:
        body.fault("value", "wrong_value", f"The operator {op} does not go with this value.", _HINTS.get(op))
    if not fine or not path:
        return None
    return PathCheck(path, op, None if op == "exists" else tuple(value) if op == "in" else value)


_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "exists": "Leave the value out.",
        "count_gte": "Write a whole number from 1.",
        "distinct_gte": "Write a whole number from 1.",
        "in": "Write a list of numbers or texts.",
    }
)


def _is_value(op: str, value: object) -> bool:
    if op == "exists":
        return value is None or value is True
    if op in COUNTING:
        return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COUNT
    if op == "in":
        return isinstance(value, list) and 0 < len(value) <= MAX_COUNT and all(map(_is_plain, value))
    return _is_plain(value) and (op == "eq" or not isinstance(value, bool))


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= MAX_COUNT)


def read_duration(body: Payload, name: str) -> Duration | None:
    """Return the ISO 8601 duration at `name`, or None when it is absent or faulty."""
    text = body.optional_text(name)
    if text is None:
        return None
    try:
        return Duration.parse(text)
    except ValueError as error:
        body.fault(name, "wrong_value", f"{error}.")
        return None
