"""From a JSON document to RDF in one pass: JSON-LD expansion and deserialisation at once.

JSON-LD 1.1 API, 5.1 (expansion) and 7 (to RDF), for documents in which every member means something.
Whatever JSON-LD would drop in silence, and so leave unsigned, is a `Refusal` here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import InvalidPayloadError
from app.signing import jcs
from app.signing.contents import Contents, content_of
from app.signing.jsonld import compiler, nquads, rdfc
from app.signing.jsonld.compiler import ActiveContext, Derivation, Entrance, Term
from app.signing.jsonld.dataset import Dataset, Node
from app.signing.jsonld.refusals import Refusal, TooComplex

MAX_DEPTH: Final = 32
MAX_TYPES: Final = 6
MAX_CONTEXT_URLS: Final = 8
MAX_CONTEXTS: Final = 128
"""Contexts, of documents and of types, that may be applied for one document, each combination once."""

_RECURRING: Final = frozenset({"https://purl.imsglobal.org/spec/vc/ob/vocab.html#achievement"})
"""Properties whose objects come again, word for word, in many documents."""

_JSON_TAIL: Final = f"^^<{nquads.RDF}JSON>"
_MISSING: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class _Fragment:
    """What the emission of one object did, to be done again without emitting it."""

    subject: Node
    dataset: Dataset
    steps: tuple[Derivation, ...]
    lists: frozenset[tuple[Node, str, Node | None]]


_fragments: Final = Contents[_Fragment]()


def to_dataset(document: Mapping[str, object]) -> Dataset:
    """Return the dataset of `document`; raises `Refusal`."""
    emitter = _Emitter()
    emitter.node(document, compiler.ROOT)
    if not emitter.dataset.count:
        raise Refusal("states_nothing", "The document states nothing that a proof could cover.")
    return emitter.dataset


class _Emitter:
    """The state of one pass; `node` calls itself for nested objects."""

    def __init__(self, depth: int = 0) -> None:
        self.dataset = Dataset()
        self._depth = depth
        self._graph: Node | None = None
        self._entered: set[Entrance] = set()
        self._contexts: dict[Derivation, ActiveContext] = {}
        self._applied = 0
        self._lists: set[tuple[Node, str, Node | None]] = set()

    def node(self, value: Mapping[str, object], active: ActiveContext, via: Term | None = None) -> Node:
        """Emit one object, found as a value of `via`, and return its subject."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooComplex("too_deep", f"The document is nested more than {MAX_DEPTH} levels deep.")
        types, active = self._inside(value, active, via)
        subject = self._subject(value, active)
        dataset, graph = self.dataset, self._graph
        literals = dataset.tails_of(subject) if graph is None else None
        stated = 0
        for type_iri in types:
            if literals is None:
                dataset.add(subject, nquads.RDF_TYPE, type_iri, graph)
            else:
                literals.append(f"{nquads.RDF_TYPE}{type_iri} .\n")
                stated += 1
        terms = active.terms
        name = ""
        try:
            for name, member in value.items():
                term = terms.get(name)
                if term is None:
                    _check_keyword(name)
                elif isinstance(member, str) and term.literal_tail is not None and literals is not None:
                    literals.append(f"{term.predicate}{nquads.literal(member)}{term.literal_tail} .\n")
                    stated += 1
                elif term.predicate:
                    self._property(subject, term, member, active)
        except Refusal as refusal:
            raise refusal.within(name) from None
        dataset.charge(stated)
        self._depth -= 1
        return subject

    def _recurring(self, value: Mapping[str, object], active: ActiveContext, via: Term) -> Node:
        """Do what `node` does, for an object that was probably met before."""
        content = content_of(value)
        if content is None:
            return self.node(value, active, via)
        fragment = _fragments.find(content, active, via, self._depth)
        if fragment is None:
            apart = _Emitter(self._depth)
            subject = apart.node(value, active, via)
            fragment = apart.fragment(subject)
            _fragments.keep(fragment, content, active, via, self._depth)
        for step in fragment.steps:
            self._derive(step)
        if not self._lists.isdisjoint(fragment.lists):
            raise _list_twice()
        self._lists |= fragment.lists
        shift = self.dataset.embed(fragment.dataset)
        return fragment.subject + shift if isinstance(fragment.subject, int) else fragment.subject

    def fragment(self, subject: Node) -> _Fragment:
        """Return what was emitted, all of it for the object that is `subject`."""
        dataset = self.dataset
        dataset.sort()
        hashes = rdfc.first_degree_hashes(dataset)
        # Nothing outside points at the blank nodes within; but it does at the object itself.
        dataset.hashes = {node: digest for node, digest in enumerate(hashes) if node != subject}
        lists = frozenset(each for each in self._lists if isinstance(each[0], str))
        return _Fragment(subject, dataset, tuple(self._contexts), lists)

    # What is in force inside of an object ----------------------------------------------------------

    def _inside(
        self, value: Mapping[str, object], active: ActiveContext, via: Term | None
    ) -> tuple[Sequence[str], ActiveContext]:
        """Return the types of an object as IRIs, and the context in which its members mean something."""
        name = value.get("type")
        if isinstance(name, list) and len(name) == 1:
            name = name[0]
        if not isinstance(name, str) or "@context" in value or "@type" in value:
            return self._types(value, self._enter(value, active, via))
        entrance = active.entrances.get((via, name))
        if entrance is None:
            return self._first_entrance(value, active, (via, name))
        if entrance not in self._entered:
            self._entered.add(entrance)
            for step in entrance.steps:
                self._derive(step)
        return entrance.types, entrance.inside

    def _first_entrance(
        self, value: Mapping[str, object], active: ActiveContext, entered: tuple[Term | None, str]
    ) -> tuple[Sequence[str], ActiveContext]:
        """Do what `_inside` says for an object of one type, and keep what does not depend on the object."""
        via, name = entered
        before = self._enter(value, active, via)
        types, inside = self._types(value, before)
        if types and name in before.terms:  # of whole IRIs there is no end
            steps: list[Derivation] = []
            if via is not None and via.scoped is not None:
                steps.append((active.previous or active, "property", via))
            if inside is not before:
                steps.append((before, "types", (name,)))
            active.entrances[entered] = Entrance(tuple(steps), tuple(types), inside)
        return types, inside

    def _enter(self, value: Mapping[str, object], active: ActiveContext, via: Term | None) -> ActiveContext:
        """Return the context of an object before its types count (JSON-LD 1.1 API, 5.1.2, steps 7 to 9)."""
        if active.previous is not None and not _is_reference(value, active):
            active = active.previous
        if via is not None and via.scoped is not None:
            active = self._derive((active, "property", via))
        if "@context" not in value:
            return active
        try:
            urls = _context_urls(value["@context"])
            self.dataset.plain = self.dataset.plain and self._depth == 1 and bool(urls)
            return self._derive((active, "local", urls))
        except Refusal as refusal:
            raise refusal.within("@context") from None

    def _types(self, value: Mapping[str, object], active: ActiveContext) -> tuple[list[str], ActiveContext]:
        """Return the types as IRIs, and the context that they lead to (5.1.2, step 11)."""
        name, types = _keyword_entry(value, active, compiler.TYPE, "type")
        if types is _MISSING:
            return [], active
        try:
            return self._type_iris(types if isinstance(types, list) else [types], active)
        except Refusal as refusal:
            raise refusal.within(name) from None

    def _type_iris(self, types: list[object], active: ActiveContext) -> tuple[list[str], ActiveContext]:
        if not types:
            raise Refusal("invalid_type", "The list of types is empty.")
        if len(types) > MAX_TYPES:
            raise TooComplex("too_many_types", f"An object has more than {MAX_TYPES} types.")
        iris: list[str] = []
        scoped: list[str] = []
        for name in types:
            if not isinstance(name, str):
                raise Refusal("invalid_type", "A type is not a string.")
            term = active.terms.get(name)
            if term is None or not term.predicate:
                if ":" not in name:
                    raise Refusal(
                        "unknown_type",
                        f"No context of the document defines the type {name[:120]!r}.",
                        "Add the context that defines it, or write the whole IRI.",
                    )
                iris.append(_iri(name, active))
                continue
            iris.append(term.predicate[1:-1])
            if term.scoped is not None:
                scoped.append(name)
        if not scoped:
            return iris, active
        # The order of processing is that of the names, so one derivation serves every order.
        names = tuple(scoped) if len(scoped) == 1 else tuple(sorted(set(scoped)))
        return iris, self._derive((active, "types", names))

    def _subject(self, value: Mapping[str, object], active: ActiveContext) -> Node:
        name, identifier = _keyword_entry(value, active, compiler.ID, "id")
        if identifier is _MISSING:
            return self.dataset.blank_node()
        if not isinstance(identifier, str):
            raise Refusal("invalid_id", "An id is not a string.").within(name)
        try:
            return _iri(identifier, active)
        except Refusal as refusal:
            raise refusal.within(name) from None

    def _derive(self, step: Derivation) -> ActiveContext:
        known = self._contexts.get(step)
        if known is None:
            self._applied += len(step[2]) if isinstance(step[2], tuple) else 1
            if self._applied > MAX_CONTEXTS:
                raise TooComplex(
                    "too_many_contexts", f"The document mixes more than {MAX_CONTEXTS} contexts."
                )
            known = self._contexts[step] = compiler.derive(step)
        return known

    # Values ----------------------------------------------------------------------------------------

    def _property(self, subject: Node, term: Term, value: object, active: ActiveContext) -> None:
        """Emit the value, or each value of an array, of one property."""
        if value is None:
            raise _null()
        if value == [] or term.coercion == compiler.JSON:
            self.dataset.plain = False
        if term.coercion == compiler.JSON:
            self.dataset.add(subject, term.predicate, json_literal(value), self._graph)
        elif term.container == compiler.LIST:
            self._list(subject, term, value if isinstance(value, list) else [value], active)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                try:
                    self._item(subject, term, item, active)
                except Refusal as refusal:
                    raise refusal.within(index) from None
        else:
            self._item(subject, term, value, active)

    def _item(self, subject: Node, term: Term, item: object, active: ActiveContext) -> None:
        if term.container == compiler.GRAPH:
            self._named_graph(subject, term, item, active)
        else:
            self.dataset.add(subject, term.predicate, self._object(term, item, active), self._graph)

    def _object(self, term: Term, item: object, active: ActiveContext) -> Node:
        """Return the object of the quad for one value (5.3.2, value expansion, and 8.2.2)."""
        if isinstance(item, dict):
            recurs = term.iri in _RECURRING and self._graph is None
            return self._recurring(item, active, term) if recurs else self.node(item, active, term)
        if isinstance(item, str):
            if term.coercion == compiler.ID:
                return _iri(item, active)
            if term.coercion == compiler.VOCAB:
                return self._vocabulary_iri(term, item, active)
            return nquads.literal(item) + nquads.typed_tail(term.coercion)
        if isinstance(item, bool):
            return nquads.boolean(item, term.datatype)
        if isinstance(item, int | float):
            return nquads.number(item, term.datatype)
        if isinstance(item, list):
            raise Refusal("nested_array", "An array stands directly inside of an array.")
        raise _null()

    def _vocabulary_iri(self, term: Term, item: str, active: ActiveContext) -> str:
        """Expand a value that may be a term of the vocabulary, as in `"proofPurpose": "assertionMethod"`."""
        inside = active if term.scoped is None else self._derive((active, "property", term))
        named = inside.terms.get(item)
        return named.predicate[1:-1] if named is not None and named.predicate else _iri(item, inside)

    def _list(self, subject: Node, term: Term, items: list[object], active: ActiveContext) -> None:
        """Emit an ordered list as a chain of `rdf:first` and `rdf:rest` (8.3.2)."""
        dataset, graph = self.dataset, self._graph
        if (subject, term.predicate, graph) in self._lists:
            raise _list_twice()
        self._lists.add((subject, term.predicate, graph))
        objects: list[Node] = []
        for index, item in enumerate(items):
            try:
                objects.append(self._object(term, item, active))
            except Refusal as refusal:
                raise refusal.within(index) from None
        rest: Node = nquads.RDF_NIL
        for obj in reversed(objects):
            cell = dataset.blank_node()
            dataset.add(cell, nquads.RDF_FIRST, obj, graph)
            dataset.add(cell, nquads.RDF_REST, rest, graph)
            rest = cell
        dataset.add(subject, term.predicate, rest, graph)

    def _named_graph(self, subject: Node, term: Term, item: object, active: ActiveContext) -> None:
        """Emit an object of a `@graph` container, such as a proof, into a graph of its own."""
        if not isinstance(item, dict):
            raise Refusal(
                "invalid_graph", "Only an object may stand here: a proof would not cover the value."
            )
        outer, name = self._graph, self.dataset.blank_node()
        self.dataset.add(subject, term.predicate, name, outer)
        before = self.dataset.count
        self._graph = name
        self.node(item, active, term)
        self._graph = outer
        if self.dataset.count == before:
            raise Refusal("states_nothing", "The object states nothing that a proof could cover.")


def _iri(value: str, active: ActiveContext) -> str:
    scheme, iri = nquads.scheme_and_iri(value)
    if scheme in active.prefixes:
        raise Refusal(
            "compact_iri",
            f"{value[:120]!r} is an abbreviation, which other readers may spell out differently.",
            "Write the whole IRI.",
        )
    return iri


def _keyword_entry(
    value: Mapping[str, object], active: ActiveContext, keyword: str, alias: str
) -> tuple[str, object]:
    """Return the member of `value` that stands for `keyword`, by its own name or by its alias."""
    if alias not in value or keyword not in active.aliased:
        return keyword, value.get(keyword, _MISSING)
    if keyword in value:
        raise Refusal("keyword_twice", f"Both {alias!r} and {keyword!r} are given.").within(alias)
    return alias, value[alias]


def _is_reference(value: Mapping[str, object], active: ActiveContext) -> bool:
    """Say whether the object consists of an id alone: it then stays in the context around it."""
    return len(value) == 1 and _keyword_entry(value, active, compiler.ID, "id")[1] is not _MISSING


def _context_urls(value: object) -> tuple[str, ...]:
    urls = value if isinstance(value, list) else [value]
    if len(urls) > MAX_CONTEXT_URLS:
        raise TooComplex("too_many_contexts", f"An object has more than {MAX_CONTEXT_URLS} contexts.")
    if not all(isinstance(url, str) for url in urls):
        raise Refusal(
            "inline_context",
            "A context is not given by its URL.",
            "Terms defined inside of a document are not accepted: use the published contexts.",
        )
    return tuple(urls)


def _check_keyword(name: str) -> None:
    if name in {"@context", compiler.ID, compiler.TYPE}:
        return
    if name.startswith("@"):
        raise Refusal("unsupported_keyword", f"The keyword {name[:120]!r} is not accepted.")
    raise Refusal(
        "unknown_term",
        f"No context of the document defines {name[:120]!r} here, so no proof would cover it.",
        "Check the spelling, the type of the object and the list of contexts.",
    )


def json_literal(value: object) -> str:
    """Return the literal of a value of `@type` `@json` (JSON-LD 1.1 API, 8.2.2)."""
    try:
        return nquads.literal(jcs.canonize(value)) + _JSON_TAIL
    except InvalidPayloadError as error:
        raise Refusal("invalid_json_literal", error.detail) from error


def _list_twice() -> Refusal:
    return Refusal("list_twice", "The same thing has two ordered lists for one property.")


def _null() -> Refusal:
    return Refusal("null_value", "The value is null, which no proof would cover.", "Leave the member out.")
