"""Status entries that a credential's writer gives it: whoever follows them must find a place on a list."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.errors import Fault
from app.signing.lint import types_of
from app.signing.members import listed, objects
from app.signing.scalars import is_absolute_iri

MAX_SIZE: Final = 32
"""Bits of one entry that are read here."""

_KINDS: Final = frozenset({"BitstringStatusListEntry", "StatusList2021Entry"})
_MALFORMED: Final = "status_entry_malformed"
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def is_size(value: object) -> bool:
    """Return whether an entry can be `value` bits wide."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIZE


_RULES: Final[Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], str]]] = {
    "statusPurpose": (
        lambda entry: isinstance(entry.get("statusPurpose"), str) and bool(entry["statusPurpose"]),
        "The entry does not say what its status is about.",
    ),
    "statusListIndex": (
        lambda entry: (
            _INDEX.fullmatch(str(entry.get("statusListIndex"))) is not None
            and isinstance(entry["statusListIndex"], str)
        ),
        "This is not a place on a list: a decimal number, as text.",
    ),
    "statusListCredential": (
        lambda entry: is_absolute_iri(entry.get("statusListCredential")),
        "This is not the URL of a status list.",
    ),
    "statusSize": (
        lambda entry: is_size(entry.get("statusSize", 1)),
        f"This is not a number of bits from 1 to {MAX_SIZE}.",
    ),
    "id": (
        lambda entry: "id" not in entry or entry["id"] != entry.get("statusListCredential"),
        "This is the URL of the list and not the id of an entry.",
    ),
}


def entry_faults(credential: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return where the status entries of `credential` break the rules of their type, if anywhere.

    Bitstring Status List 1.0, 2.1, and its forerunner Status List 2021. What entries of other types need,
    their writers know.
    """
    if "credentialStatus" not in credential:
        return ()
    status = credential["credentialStatus"]
    if not listed(status):
        detail = "This is no status entry."
        return (Fault("/credentialStatus", _MALFORMED, detail, "Leave the member out."),)
    return tuple(
        Fault(f"/credentialStatus{f'/{place}' if status is not entry else ''}/{name}", _MALFORMED, words)
        for place, entry in enumerate(objects(status))
        if types_of(entry) & _KINDS
        for name, (holds, words) in _RULES.items()
        if not holds(entry)
    )
