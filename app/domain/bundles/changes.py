"""What applying a bundle would change, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.payloads import pointer_to

_NAMES = ("key", "code", "node", "id")
"""The members that tell elements of a list apart: one that moved is not one that changed."""


class Op(StrEnum):
    """What happens to one definition."""

    CREATE = "create"
    UPDATE = "update"
    PUBLISH = "publish"
    DEPRECATE = "deprecate"
    RETIRE = "retire"
    UNCHANGED = "unchanged"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; None stands for a field that is not there."""

    pointer: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one definition, and how it differs from what there is."""

    op: Op
    kind: str
    key: str
    version: str | None = None
    is_draft: bool = False
    diff: tuple[Difference, ...] = ()


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Difference]:  # noqa: ANN401 (JSON values)
    """Yield the fields in which two documents differ; a field that says nothing is as good as none."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*after, *before)):
            yield from differences(before.get(name), after.get(name), pointer_to(pointer, name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, pointer)
    elif before != after and not (_is_nothing(before) and _is_nothing(after)):
        yield Difference(pointer, before, after)


def _list_differences(before: list[Any], after: list[Any], pointer: str) -> Iterator[Difference]:
    old, new = _by_name(before), _by_name(after)
    for number, (name, each) in enumerate(new.items()):
        yield from differences(old.get(name), each, pointer_to(pointer, number))
    for number, (name, each) in enumerate(old.items()):
        if name not in new:
            yield Difference(pointer_to(pointer, number), each, None)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Difference(pointer, list(kept), [name for name in new if name in old])


def _by_name(values: list[Any]) -> dict[Any, Any]:
    """Return the elements by what names them; those without a name by what they are, or their place."""
    found: dict[Any, Any] = {}
    for number, each in enumerate(values):
        name: Any = number
        if isinstance(each, Mapping):
            name = next((each[key] for key in _NAMES if isinstance(each.get(key), str)), number)
        elif isinstance(each, str):
            name = each
        found[name if name not in found else number] = each
    return found


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, list | dict) and not value)
