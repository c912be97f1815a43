"""JSON Schemas that credentials name (VC JSON Schema 1.0; Open Badges 3.0, CredentialSchema), applied.

Patterns and references of a stranger's schema can cost any time: run it in a process with limits
(app/sandbox), never in the service.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import urljoin

import jsonschema
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from app.errors import Fault, InvalidPayloadError, TooComplexError

DRAFTS: Final[Mapping[str, Any]] = {
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "http://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
    "http://json-schema.org/draft-06/schema": jsonschema.Draft6Validator,
}
"""The drafts that are understood, by what `$schema` says."""

MAX_FAULTS: Final = 6
_MAX_DETAIL: Final = 200
_UNFORESEEN: Final = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, re.error)
"""What the library raises for forms that it takes for granted."""


def apply(url: str, schemas: Mapping[str, Any], draft: str, document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return where `document` breaks the schema at `url`, the first `MAX_FAULTS` of it.

    `schemas` holds that schema, and those that it refers to, by address; `draft` counts where it names none.
    A fault's code is the keyword that is broken. Raises `InvalidPayloadError` for what is no schema or refers
    to something that is not there, and `TooComplexError`.
    """
    validator_class = _draft_of(schemas[url], draft)
    try:
        validator_class.check_schema(schemas[url])
        root = {"$ref": _root_of(url, schemas[url])}
        validator = validator_class(root, registry=_registry(schemas, draft))
        return tuple(map(_fault, islice(validator.iter_errors(document), MAX_FAULTS)))
    except jsonschema.SchemaError as error:
        raise _unusable(
            f"It breaks the rules of its draft at {_pointer(error.absolute_path) or 'the top'}."
        ) from error
    except Unresolvable as error:
        raise _unusable(f"It refers to {error.ref!s:.200}, which is not there.") from error
    except RecursionError as error:
        raise TooComplexError("The schema is nested too deeply, or refers to itself without end.") from error
    except _UNFORESEEN as error:
        raise _unusable("It cannot be applied.") from error


def _draft_of(schema: Any, default: str) -> Any:  # noqa: ANN401 (any JSON; the library has no types)
    if not isinstance(schema, dict):
        raise _unusable("It is no object.")
    named = schema.get("$schema", default)
    validator_class = DRAFTS.get(named.removesuffix("#")) if isinstance(named, str) else None
    if validator_class is None:
        raise _unusable(f"It is of a draft that is not read here: {named!s:.100}.")
    return validator_class


def _root_of(url: str, schema: dict[str, Any]) -> str:
    """Return the address by which a schema wants to be known: what it refers to is relative to that."""
    own = schema.get("$id")
    return urljoin(url, own) if isinstance(own, str) else url


def _registry(schemas: Mapping[str, Any], draft: str) -> Registry[Any]:
    """Return what references lead to: the given schemas and nothing else."""
    specification = specification_with(draft)
    resources = (
        (url, Resource.from_contents(schema, default_specification=specification))
        for url, schema in schemas.items()
    )
    return Registry[Any]().with_resources(resources)


def _fault(error: Any) -> Fault:  # noqa: ANN401 (the library has no types)
    return Fault(_pointer(error.absolute_path), str(error.validator), error.message[:_MAX_DETAIL])


def _pointer(path: Iterable[object]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _unusable(detail: str) -> InvalidPayloadError:
    return InvalidPayloadError(detail)
