"""Checks of a form or a record: a path, one of seven operators, a value. No expressions, no patterns.

A path is dotted; `[]` goes into every member of a list: `contacts[].name`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from app.domain.digests import canonical

Operator: TypeAlias = Literal["exists", "eq", "gte", "lte", "count_gte", "distinct_gte", "in"]

OPERATORS: tuple[Operator, ...] = get_args(Operator)
COUNTING: tuple[Operator, ...] = ("count_gte", "distinct_gte")
PATH = re.compile(
    r"[A-Za-z_][A-Za-z0-9_-]{0,62}(\[\])?(\.[A-Za-z_][A-Za-z0-9_-]{0,62}(\[\])?){0,7}", re.ASCII
)

_SIGNS: dict[Operator, str] = {
    "eq": "to be",
    "gte": "to be at least",
    "lte": "to be at most",
    "count_gte": "to number at least",
    "distinct_gte": "to hold different values, at least",
    "in": "to be one of",
}


@dataclass(frozen=True, slots=True)
class PathCheck:
    """One check. `value` is a number, a text or a truth value, for `in` a tuple of them."""

    path: str
    op: Operator
    value: Any = None

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Tell whether the record passes; of several values at the path, one that passes is enough."""
        values = [value for value in _at(record, self.path.split(".")) if value is not None]
        if self.op == "count_gte":
            return len(_spread(values)) >= int(self.value)
        if self.op == "distinct_gte":
            return len({canonical(value) for value in _spread(values)}) >= int(self.value)
        return any(self._passes(value) for value in values)

    def _passes(self, value: Any) -> bool:  # noqa: ANN401 (any JSON value)
        match self.op:
            case "exists":
                return value not in ("", [], {})
            case "eq":
                return _same(value, self.value)
            case "in":
                return any(_same(value, each) for each in self.value)
            case "gte":
                return _comparable(value, self.value) and bool(value >= self.value)
            case _:
                return _comparable(value, self.value) and bool(value <= self.value)

    @property
    def wanted(self) -> str:
        """What is asked, in words."""
        if self.op == "exists":
            return f"{self.path} has to be given"
        asked = ", ".join(map(str, self.value)) if self.op == "in" else self.value
        return f"{self.path} has {_SIGNS[self.op]} {asked}"

    def to_document(self) -> dict[str, Any]:
        """Return the check as documents write it."""
        if self.op == "exists":
            return {"path": self.path, "op": self.op}
        value = list(self.value) if self.op == "in" else self.value
        return {"path": self.path, "op": self.op, "value": value}


def _at(value: Any, steps: list[str]) -> Iterator[Any]:  # noqa: ANN401 (any JSON value)
    if not steps:
        yield value
        return
    name, rest = steps[0].removesuffix("[]"), steps[1:]
    found = value.get(name) if isinstance(value, Mapping) else None
    if not steps[0].endswith("[]"):
        yield from _at(found, rest)
    elif isinstance(found, list | tuple):
        for each in found:
            yield from _at(each, rest)


def _spread(values: list[Any]) -> list[Any]:
    """Return the members of a list that a path without `[]` ends in, or the values as they are."""
    return [member for value in values for member in (value if isinstance(value, list | tuple) else (value,))]


def _same(value: object, other: object) -> bool:
    # True == 1 in Python, and not in a document
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def _comparable(value: object, other: object) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return False
    numbers = isinstance(value, int | float) and isinstance(other, int | float)
    return numbers or (isinstance(value, str) and isinstance(other, str))
