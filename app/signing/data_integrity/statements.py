"""A document as signed statements that can be shown one by one (ECDSA Cryptosuites 1.0, 3.4).

Every thing without an id gets a name of its own first (skolemization), so that a part of the document still
speaks of the same things; then the label that only the holder of the HMAC key can tell from the order of the
things (3.4.8), so that what is left out cannot be guessed from what is shown.
"""

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.errors import Fault, InvalidPayloadError, JsonLdError, UnsignableDocumentError
from app.signing import multibase
from app.signing.data_integrity.pointers import select
from app.signing.jsonld import canonize, labels
from app.signing.jsonld.nquads import RDF_FIRST, RDF_REST

_NAMELESS: Final = frozenset({"id", "@id", "@value", "@list", "@set"})
"""What an object has that is no thing without an id."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What pointers pick of a document: the places of its statements, and the labels a verifier needs.

    `labels` has, for the numbers of the canonical labels of the part, the labels in the whole.
    """

    positions: tuple[int, ...]
    labels: Mapping[int, str]


class Statements:
    """The statements of a document in the order of their labels, and which of them pointers pick."""

    def __init__(self, document: Mapping[str, Any], hmac_key: bytes) -> None:
        """Label and order the statements.

        Raises `JsonLdError` for a document that cannot be canonized without loss, `UnsignableDocumentError`
        for one whose statements cannot be told apart one by one.
        """
        self._prefix = _unused_prefix(document)
        self._skolemized: dict[str, Any] = self._skolemize(document, itertools.count())
        blank = self._blank(self._skolemized)
        canonical, canonical_labels = labels.canonical_labels(blank)
        if canonical != canonize(document):
            raise UnsignableDocumentError("A part of the document makes no statements of its own.")
        self._labels = {name: hmac_label(hmac_key, label) for name, label in canonical_labels.items()}
        by_line = {labels.relabelled(line, self._labels): line for line in blank}
        self.all = sorted(by_line)
        self._positions = {by_line[line]: position for position, line in enumerate(self.all)}

    def pick(self, pointers: Sequence[str]) -> Picked:
        """Return what `pointers` pick (3.4.13 and 3.5.6).

        Raises `InvalidPayloadError` with a fault for each pointer that points at nothing, or into an ordered
        list.
        """
        selection = select(self._skolemized, pointers)
        picked = self._blank(selection) if selection else []
        if not self._positions.keys() >= set(picked):
            detail = "A pointer picks some items of an ordered list, which is disclosed whole or not at all."
            raise InvalidPayloadError(detail, faults=[Fault("", "pointer_into_list", detail)])
        _, canonical_labels = labels.canonical_labels(picked)
        wanted = {label_number(label): self._labels[name] for name, label in canonical_labels.items()}
        return Picked(tuple(sorted(self._positions[line] for line in picked)), wanted)

    def _skolemize(self, value: Any, numbers: Iterator[int]) -> Any:  # noqa: ANN401 (any JSON)
        """Return `value` in which every thing without an id has one."""
        if isinstance(value, list):
            return [self._skolemize(item, numbers) for item in value]
        if not isinstance(value, dict):
            return value
        named = {} if not _NAMELESS.isdisjoint(value) else {"@id": f"{self._prefix}{next(numbers)}"}
        members = {
            name: member if name == "@context" else self._skolemize(member, numbers)
            for name, member in value.items()
        }
        return {**named, **members}

    def _blank(self, document: Mapping[str, Any]) -> list[str]:
        """Return the statements of a skolemized document, with the things that had no id as blank nodes."""
        lines = labels.statements(canonize(document))
        cells = _cell_labels(lines)
        return [labels.relabelled(self._unnamed(line), cells) for line in lines]

    def _unnamed(self, line: str) -> str:
        names = {
            term: f"_:{term[len(self._prefix) + 1 : -1]}"
            for term in labels.parts(line)
            if term is not None and term.startswith(f"<{self._prefix}")
        }
        return labels.relabelled(line, names)


def hmac_label(key: bytes, canonical_label: str) -> str:
    """Return the label that stands for a canonical one (3.4.8)."""
    digest = hmac.digest(key, canonical_label.removeprefix("_:").encode(), hashlib.sha256)
    return f"_:{multibase.encode_base64url(digest)}"


def label_number(canonical_label: str) -> int:
    """Return the number in a canonical label."""
    return int(canonical_label.removeprefix("_:c14n"))


def _unused_prefix(document: Mapping[str, Any]) -> str:
    """Return the beginning of names that the document does not use."""
    text, number = json.dumps(document), 0
    while f"urn:bnid:{number}:" in text:
        number += 1
    return f"urn:bnid:{number}:"


def _cell_labels(lines: Iterable[str]) -> dict[str, str]:
    """Return, for each cell of an ordered list, a label that follows from where the list stands.

    A list has no id and no object in JSON to give one to; but a property of a thing has one list at most.
    Raises `JsonLdError` for a blank node that is no such cell.
    """
    following: dict[str, str] = {}
    owners: dict[str, str] = {}
    blank: set[str] = set()
    for line in lines:
        subject, predicate, obj, graph = labels.parts(line)
        blank.update(term for term in (subject, obj, graph) if term is not None and term.startswith("_:c14n"))
        if f" {predicate} " == RDF_REST:
            following[subject] = obj
        elif obj.startswith("_:c14n") and f" {predicate} " != RDF_FIRST:
            owners[obj] = f"{subject} {predicate}"
    named: dict[str, str] = {}
    for start, owner in owners.items():
        place = hashlib.sha256(owner.encode()).hexdigest()
        cell, position = start, 0
        while cell in following:
            named[cell] = f"_:list-{place}-{position}"
            cell = following[cell]
            position += 1
    if blank != named.keys():
        raise JsonLdError("A part of the document has neither an id nor a place to give it one.")
    return named
