"""The table of `shapes` compiled into one test for each class: whether an object is in order, not why not.

Nearly every document is in order, and to see that takes a fraction of what it takes to say where one is not.
A test here may be false for what `lint` then finds no fault with, and is never true for what has one.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from app.signing.contents import Contents, content_of
from app.signing.scalars import SCALARS, Test, enumerated, is_text
from app.signing.shapes import ENUMERATIONS, SHAPES, Member, Shape

_RECURRING: Final = frozenset({"Achievement"})
"""Classes whose objects come again, word for word, in many documents."""


@cache
def conforming(name: str, *, strict: bool) -> Callable[[object], bool]:
    """Return the test for objects of the class `name`, as `strict` as the walk of `lint`."""
    return _Class(SHAPES[name], strict=strict).holds


class _Class:
    """One class: its members' tests by their names, made when the first object is tested."""

    def __init__(self, shape: Shape, *, strict: bool) -> None:
        self._shape = shape
        self._strict = strict
        self._tests: Mapping[str, Test] = {}
        self._single = frozenset[str]()
        if len(shape.types) == 1 and not (strict and shape.text_type):
            self._single = shape.types[0]

    def holds(self, value: object) -> bool:
        """Return whether `value` is an object of the class that breaks no rule of the table."""
        shape = self._shape
        if not isinstance(value, dict) or (shape.typed and not self._has_type(value)):
            return False
        for name in shape.required:
            if name not in value:
                return False
        tests = self._tests or self._compile()
        for name, member in value.items():
            test = tests.get(name)
            if test is is_text:
                if not isinstance(member, str):
                    return False
            elif not (_is_free(name, member, shape) if test is None else test(member)):
                return False
        return bool(value)

    def _has_type(self, value: Mapping[str, Any]) -> bool:
        given = value.get("type")
        if given.__class__ is list and len(given) == 1 and given[0].__class__ is str and self._single:
            return given[0] in self._single
        types = [given] if isinstance(given, str) else given
        if not isinstance(types, list) or not types or not all(isinstance(name, str) for name in types):
            return False
        if self._strict and isinstance(given, str) is not self._shape.text_type:
            return False
        return not any(alternatives.isdisjoint(types) for alternatives in self._shape.types)

    def _compile(self) -> Mapping[str, Test]:
        self._tests = {"type": _is_given} | {
            name: _member_test(member, strict=self._strict) for name, member in self._shape.members.items()
        }
        return self._tests


def _is_given(value: object) -> bool:
    return value is not None


def _is_free(name: str, value: object, shape: Shape) -> bool:
    """Return whether a member that the table does not name may stand in the object."""
    return value is not None and not shape.closed and not name.startswith("@")


def _member_test(member: Member, *, strict: bool) -> Test:
    test = _value_test(member, strict=strict)
    if not member.many:
        return test
    alone_is_lawful = not (member.array and strict)

    def holds(value: object) -> bool:
        if not isinstance(value, list):
            return alone_is_lawful and test(value)
        return bool(value) and all(map(test, value))

    return holds


def _value_test(member: Member, *, strict: bool) -> Test:
    """Return the test for one value of a member."""
    if member.scalar in ENUMERATIONS:
        return enumerated(member.scalar)
    if member.shape is None:
        return SCALARS[member.scalar][0]
    is_object = conforming(member.shape, strict=strict)
    if member.shape in _RECURRING:
        is_object = _recurring(is_object)
    if not member.scalar:
        return is_object
    is_scalar = SCALARS[member.scalar][0]
    return lambda value: is_scalar(value) if isinstance(value, str) else is_object(value)


def _recurring(test: Test) -> Test:
    """Return `test` for objects that probably have passed it before."""
    known = Contents[bool]()

    def holds(value: object) -> bool:
        content = content_of(value)
        if content is None:
            return test(value)
        if known.find(content):
            return True
        lawful = test(value)
        if lawful:
            known.keep(lawful, content)
        return lawful

    return holds
