"""JSON Schema as far as forms use it (2020-12): a closed vocabulary, all of it with its standard meaning.

Nothing in it can be fetched, refer to itself or take long: no `$ref`, no `pattern`, no combinators. Numbers
are whole, since what is digested holds no others.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

from app.domain.digests import canonical
from app.domain.instants import parse_instant
from app.domain.payloads import Faults, Payload, name_of, nearest, pointer_to

Schema: TypeAlias = Mapping[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_NESTING = 8
MAX_SIZE = 10_000

_TYPES: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    {
        "object": lambda value: isinstance(value, Mapping),
        "array": lambda value: isinstance(value, list),
        "string": lambda value: isinstance(value, str),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "boolean": lambda value: isinstance(value, bool),
    }
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "object": "a mapping",
        "array": "a list",
        "string": "a text",
        "integer": "a whole number",
        "boolean": "true or false",
    }
)
_BOUNDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "object": (),
        "array": ("minItems", "maxItems"),
        "string": ("minLength", "maxLength"),
        "integer": ("minimum", "maximum"),
        "boolean": (),
    }
)
_FORMATS = ("date", "date-time")


def is_plain(value: object, depth: int = 0) -> bool:
    """Tell whether a value holds what forms hold: no fractions, and not too deep."""
    if depth > MAX_NESTING:
        return False
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and is_plain(each, depth + 1) for name, each in value.items())
    if isinstance(value, list):
        return all(is_plain(each, depth + 1) for each in value)
    return value is None or isinstance(value, str | int | bool)


# The schema itself ----------------------------------------------------------------------------------


def read_schema(body: Payload, depth: int = 0) -> dict[str, Any]:
    """Return the schema at `body`; whatever is outside the vocabulary is a fault."""
    if depth > MAX_NESTING:
        body.faults.add(body.pointer, "too_deep", f"A form nests at most {MAX_NESTING} levels.")
        return {}
    kind = body.one_of("type", tuple(_TYPES))
    found: dict[str, Any] = {"type": kind}
    if depth == 0 and body.raw("$schema") not in {None, DIALECT}:
        body.fault("$schema", "wrong_value", f"Forms are read as {DIALECT}.")
    for name in ("title", "description"):
        found[name] = body.optional_text(name, limit=2000)
    for name in _BOUNDS[kind]:
        found[name] = body.integer(name, -MAX_SIZE * 1000 if kind == "integer" else 0, MAX_SIZE * 1000)
    if kind == "object":
        found |= _object(body, depth)
    elif kind == "array":
        items = body.payload("items")
        found["items"] = None if items is None else read_schema(items, depth + 1)
        found["uniqueItems"] = body.flag("uniqueItems") or None
    elif kind == "string":
        found["enum"] = list(body.texts("enum")) or None
        if body.has("format"):
            found["format"] = body.one_of("format", _FORMATS)
    body.finish()
    return {name: value for name, value in found.items() if value is not None}


def _object(body: Payload, depth: int) -> dict[str, Any]:
    inner = body.payload("properties")
    found: dict[str, Any] = {}
    if inner is not None:
        found["properties"] = {
            str(name): read_schema(each, depth + 1)
            for name in inner.members
            if (each := inner.payload(str(name))) is not None
        }
    required = body.texts("required")
    properties = found.get("properties", {})
    for name in required:
        if name not in properties:
            hint = nearest(name, tuple(properties)) if properties else None
            body.fault("required", "unknown_reference", f"There is no property {name!r}.", hint)
    found["required"] = list(required) or None
    # what a form does not ask for is not kept, unless it says so: the reverse of the standard's default
    # would let anything be stored, so it is written out in what we store
    found["additionalProperties"] = body.flag("additionalProperties")
    return found


# What is filled in ----------------------------------------------------------------------------------


def validate(schema: Schema, value: object, pointer: str, faults: Faults) -> None:
    """Add a fault for everything in `value` that the schema does not allow."""
    kind: str = schema["type"]
    if not _TYPES[kind](value):
        faults.add(pointer, "wrong_type", f"This is {name_of(value)}; it has to be {_NAMES[kind]}.")
    elif isinstance(value, Mapping):
        _validate_object(schema, value, pointer, faults)
    elif isinstance(value, list):
        _validate_list(schema, value, pointer, faults)
    elif isinstance(value, str):
        _validate_text(schema, value, pointer, faults)
    elif isinstance(value, int):  # pragma: no branch (there is no other kind of value in a form)
        _validate_bounds(schema, value, ("minimum", "maximum"), pointer, faults)


def _validate_object(schema: Schema, value: Mapping[Any, Any], pointer: str, faults: Faults) -> None:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            faults.add(pointer_to(pointer, name), "missing_key", f"The form asks for {name!r}.")
    for name, each in value.items():
        if name in properties:
            validate(properties[name], each, pointer_to(pointer, name), faults)
        elif not schema["additionalProperties"]:
            hint = nearest(str(name), tuple(properties)) if properties else None
            detail = f"The form does not ask for {str(name)[:80]!r}."
            faults.add(pointer_to(pointer, name), "unknown_key", detail, hint)


def _validate_list(schema: Schema, value: list[Any], pointer: str, faults: Faults) -> None:
    _validate_bounds(schema, len(value), ("minItems", "maxItems"), pointer, faults)
    if schema.get("uniqueItems") and len({canonical(each) for each in value}) < len(value):
        faults.add(pointer, "wrong_value", "The same stands in this list twice.")
    if "items" in schema:
        for number, each in enumerate(value):
            validate(schema["items"], each, pointer_to(pointer, number), faults)


def _validate_text(schema: Schema, value: str, pointer: str, faults: Faults) -> None:
    _validate_bounds(schema, len(value), ("minLength", "maxLength"), pointer, faults)
    if "enum" in schema and value not in schema["enum"]:
        faults.add(pointer, "wrong_value", f"{value[:80]!r} is not a choice of this form.")
    if "format" in schema and not _has_format(value, schema["format"]):
        faults.add(pointer, "wrong_value", f"{value[:80]!r} is not a {schema['format']}.")


def _validate_bounds(schema: Schema, size: int, names: tuple[str, str], pointer: str, faults: Faults) -> None:
    low, high = (schema.get(name) for name in names)
    if low is not None and size < low:
        faults.add(pointer, "wrong_value", f"This is {size}; the form asks for {low} at least.")
    if high is not None and size > high:
        faults.add(pointer, "wrong_value", f"This is {size}; the form asks for {high} at most.")


def _has_format(text: str, name: str) -> bool:
    try:
        if name == "date":
            date.fromisoformat(text)
        else:
            parse_instant(text)
    except ValueError:
        return False
    return True
