"""Parts of a document picked by JSON Pointers (RFC 6901; ECDSA Cryptosuites 1.0, 3.4.12 and 3.4.13)."""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.errors import Fault, InvalidPayloadError

MAX_POINTERS: Final = 500
_INDEX: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_BAD_ESCAPE: Final = re.compile(r"~(?![01])")
_ALWAYS: Final = ("@context", "id", "@id", "type", "@type")
"""What tells which thing is meant: it comes along with everything that is picked from within."""

_UNSIGNED: Final = ("@context", "proof")


class _Sparse(dict[int, Any]):
    """An array of which only some items have been picked."""


def select(document: Mapping[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """Return the least document that holds what `pointers` point at; nothing at all without any.

    Raises `InvalidPayloadError` with a fault for each pointer that is none or points at nothing.
    """
    if len(pointers) > MAX_POINTERS:
        raise InvalidPayloadError(f"There are more than {MAX_POINTERS} pointers.")
    paths = [_path(document, pointer) for pointer in pointers]
    faults = [
        Fault(
            str(pointer),
            "pointer_not_found",
            f"The pointer {pointer!s:.200} points at nothing that can be disclosed.",
        )
        for pointer, path in zip(pointers, paths, strict=True)
        if path is None
    ]
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)
    picked: Any = None
    for path in paths:
        picked = _pick(document, picked, path or [])
    selection: dict[str, Any] = _filled(picked) if picked is not None else {}
    return selection


def _path(document: Mapping[str, Any], pointer: object) -> list[str] | None:
    """Return the reference tokens of a JSON Pointer, or None for what is none or leads nowhere."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        return None
    if _BAD_ESCAPE.search(pointer):
        return None
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    if tokens and tokens[0] in _UNSIGNED:
        return None
    value: Any = document
    for token in tokens:
        key = _key(value, token)
        if key is None:
            return None
        value = value[key]
    return tokens


def _key(value: object, token: str) -> Any:  # noqa: ANN401 (a name or an index)
    """Return the key of `value` that `token` names, or None when it has no such."""
    if isinstance(value, Mapping):
        return token if token in value else None
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return int(token)
    return None


def _pick(value: Any, chosen: Any, tokens: list[str]) -> Any:  # noqa: ANN401 (any JSON)
    """Return `chosen`, the part of `value` that was picked before, with what `tokens` lead to."""
    if not tokens:
        return copy.deepcopy(value)
    if isinstance(chosen, list):  # all of it was picked before
        return chosen
    if chosen is None:
        chosen = _Sparse() if isinstance(value, list) else _initial(value)
    key = _key(value, tokens[0])
    chosen[key] = _pick(value[key], chosen.get(key), tokens[1:])
    return chosen


def _initial(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: copy.deepcopy(value[name]) for name in _ALWAYS if name in value}


def _filled(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Return `value` with arrays in place of the sparse ones."""
    if isinstance(value, _Sparse):
        return [_filled(value[index]) for index in sorted(value)]
    if isinstance(value, dict):
        return {name: _filled(member) for name, member in value.items()}
    return value
