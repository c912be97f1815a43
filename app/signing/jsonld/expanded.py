"""From expanded JSON-LD to RDF (JSON-LD 1.1 API, 7): every entry is stated or refused.

Base directions become datatypes (`i18n-datatype`, JSON-LD 1.1, 10.2), as other signers of credentials do.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.signing.jsonld import nquads
from app.signing.jsonld.dataset import Dataset, Node
from app.signing.jsonld.emit import json_literal
from app.signing.jsonld.refusals import Refusal

_I18N: Final = "https://www.w3.org/ns/i18n#"


def to_dataset(node: Mapping[str, Any]) -> Dataset:
    """Return the dataset of one expanded node object; raises `Refusal`."""
    writer = _Writer()
    writer.node(node)
    if not writer.dataset.count:
        raise Refusal("states_nothing", "The document states nothing that a proof could cover.")
    return writer.dataset


def literal_of(value: Mapping[str, Any]) -> str:
    """Return the literal of an expanded value object."""
    content, datatype = value["@value"], value.get("@type")
    if datatype == "@json":
        return json_literal(content)
    if datatype is not None:
        nquads.iri(datatype)
    if isinstance(content, bool):
        return nquads.boolean(content, datatype)
    if isinstance(content, int | float):
        return nquads.number(content, datatype)
    return nquads.literal(content) + _tail(value, datatype)


def _tail(value: Mapping[str, Any], datatype: str | None) -> str:
    language, direction = value.get("@language", "").lower(), value.get("@direction")
    if direction is not None:
        return nquads.typed_tail(f"{_I18N}{language}_{direction}")
    return f"@{language}" if language else nquads.typed_tail(datatype)


class _Writer:
    """The dataset in the making, and the graph that is being written."""

    def __init__(self) -> None:
        self.dataset = Dataset()
        self._graph: Node | None = None
        self._lists: set[tuple[Node, str, Node | None]] = set()

    def node(self, value: Mapping[str, Any]) -> Node:
        """State all properties of a node object, and return its subject."""
        subject: Node = nquads.iri(value["@id"]) if "@id" in value else self.dataset.blank_node()
        for name, items in value.items():
            if name == "@type":
                for iri in items:
                    self.dataset.add(subject, nquads.RDF_TYPE, nquads.iri(iri), self._graph)
            elif name != "@id":
                predicate = f" {nquads.iri(name)} "
                for item in items:
                    self._property(subject, predicate, item)
        return subject

    def _property(self, subject: Node, predicate: str, item: Mapping[str, Any]) -> None:
        if "@graph" in item:
            self._named_graph(subject, predicate, item["@graph"])
            return
        if "@list" in item:
            if (subject, predicate, self._graph) in self._lists:
                raise Refusal("list_twice", "The same thing has two ordered lists for one property.")
            self._lists.add((subject, predicate, self._graph))
            obj = self._list(item["@list"])
        else:
            obj = self._object(item)
        self.dataset.add(subject, predicate, obj, self._graph)

    def _object(self, item: Mapping[str, Any]) -> Node:
        return literal_of(item) if "@value" in item else self.node(item)

    def _list(self, items: list[Mapping[str, Any]]) -> Node:
        rest: Node = nquads.RDF_NIL
        for obj in reversed([self._object(item) for item in items]):
            cell = self.dataset.blank_node()
            self.dataset.add(cell, nquads.RDF_FIRST, obj, self._graph)
            self.dataset.add(cell, nquads.RDF_REST, rest, self._graph)
            rest = cell
        return rest

    def _named_graph(self, subject: Node, predicate: str, nodes: list[Mapping[str, Any]]) -> None:
        """State an object of a `@graph` container, such as a proof, in a graph of its own."""
        outer, name = self._graph, self.dataset.blank_node()
        self.dataset.add(subject, predicate, name, outer)
        before = self.dataset.count
        self._graph = name
        for node in nodes:
            if "@value" in node:
                raise Refusal(
                    "invalid_graph", "Only an object may stand here: no proof would cover the value."
                )
            self.node(node)
        self._graph = outer
        if self.dataset.count == before:
            raise Refusal("states_nothing", "The object states nothing that a proof could cover.")
