"""Faults of a document as faults of the request that holds it."""

from collections.abc import Sequence

from app.errors import Fault


def place_faults(
    faults: Sequence[Fault], document_at: str, pointers_at: str, pointers: Sequence[str]
) -> tuple[Fault, ...]:
    """Return `faults` of the document that stands at `document_at` in the request, and of its `pointers`.

    A pointer that points at nothing is wrong itself: the fault is where it stands, below `pointers_at`.
    """
    placed = []
    for fault in faults:
        where = f"{document_at}{fault.pointer}"
        if fault.code == "pointer_not_found" and fault.pointer in pointers:
            where = f"{pointers_at}/{pointers.index(fault.pointer)}"
        placed.append(Fault(where, fault.code, fault.detail, fault.hint))
    return tuple(placed)
