"""Contexts, compiled: what each term of a document means (JSON-LD 1.1 API, 4.1 and 4.2).

Only what the pinned contexts use is understood: term definitions with `@id`, `@type`, `@container`
(`@set`, `@list`, `@graph`), `@context`, `@protected` and `@prefix`. Everything else is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal

from app.signing.jsonld import nquads
from app.signing.jsonld.refusals import Refusal
from app.signing.jsonld.vendored import INTERPRETED_CONTEXTS, LOCAL_CONTEXTS

MAX_CACHED_CONTEXTS: Final = 512

ID: Final = "@id"
TYPE: Final = "@type"
VOCAB: Final = "@vocab"
JSON: Final = "@json"
LIST: Final = "@list"
GRAPH: Final = "@graph"

_COERCIONS: Final = frozenset({ID, VOCAB, JSON})
_CONTAINERS: Final = frozenset({"@set", LIST, GRAPH})
_DEFINITION_MEMBERS: Final = frozenset({ID, TYPE, "@container", "@context", "@protected", "@prefix"})
_CONTEXT_KEYWORDS: Final = frozenset({"@version", "@protected"})
_GENERIC_DELIMITERS: Final = ":/?#[]@"
_KEYWORD_ALIASES: Final = {ID: "id", TYPE: "type"}


@dataclass(frozen=True, slots=True)
class ScopedContext:
    """The context that a term brings with it; its value may be None, which clears all terms."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """What one member name, type or coerced value means.

    `predicate` is the IRI as N-Quads text, empty for an alias of a keyword; `literal_tail` is what follows
    the closing quote of a string value, None when a string is no plain literal here.
    """

    iri: str
    coercion: str | None
    container: str | None
    scoped: ScopedContext | None
    protected: bool
    prefix: bool
    predicate: str
    literal_tail: str | None

    @property
    def datatype(self) -> str | None:
        """The IRI of the datatype that values are coerced to."""
        return None if self.coercion in _COERCIONS else self.coercion

    def same_as(self, other: "Term") -> bool:
        """Say whether `other` differs at most in being protected (JSON-LD 1.1 API, 4.2.2, step 27)."""
        mine = (self.iri, self.coercion, self.container, self.scoped, self.prefix)
        return mine == (other.iri, other.coercion, other.container, other.scoped, other.prefix)


Terms = Mapping[str, Term]


class ActiveContext:
    """The terms in force at one place of a document; compared by identity, never changed.

    `aliased` are the keywords that have their alias here. `entrances` keeps what was found out once: how an
    object is entered, by the term whose value it is and its only type.
    """

    __slots__ = ("aliased", "entrances", "prefixes", "previous", "terms")

    def __init__(self, terms: Terms, previous: "ActiveContext | None" = None) -> None:
        self.terms = terms
        self.previous = previous
        self.prefixes = frozenset(name for name, term in terms.items() if term.prefix)
        self.aliased = frozenset(term.iri for term in terms.values() if term.iri in _KEYWORD_ALIASES)
        self.entrances: dict[tuple[Term | None, str], Entrance] = {}


ROOT: Final = ActiveContext({})
"""The context outside of every document: nothing is defined."""

Derivation = (
    tuple[ActiveContext, Literal["local"], tuple[str, ...]]
    | tuple[ActiveContext, Literal["types"], tuple[str, ...]]
    | tuple[ActiveContext, Literal["property"], Term]
)
"""A context and the step that leads on from it: `@context` URLs, types (sorted), or a term."""


@dataclass(frozen=True, slots=True, eq=False)
class Entrance:
    """What an object of one type is met with: its type as IRI, and the context `inside` after all `steps`."""

    steps: tuple[Derivation, ...]
    types: tuple[str, ...]
    inside: ActiveContext


_cache: dict[Derivation, ActiveContext] = {}
_cache_lock = Lock()


def derive(step: Derivation) -> ActiveContext:
    """Return the context after `step`; raises `Refusal` for unknown contexts and forbidden definitions."""
    known = _cache.get(step)
    if known is not None:
        return known
    derived = _derive(step)
    with _cache_lock:
        if len(_cache) >= MAX_CACHED_CONTEXTS:
            _cache.clear()  # documents in the making hold what they use
        return _cache.setdefault(step, derived)


def _derive(step: Derivation) -> ActiveContext:
    active = step[0]
    if step[1] == "local":
        terms = process(active.terms, list(step[2]))
        return active if terms == active.terms else ActiveContext(terms)
    if step[1] == "property":
        assert step[2].scoped is not None
        return ActiveContext(process(active.terms, step[2].scoped.value, override=True))
    terms = active.terms
    for name in step[2]:
        # Type-scoped contexts come from the context before the first of them (5.1.2, step 11).
        scoped = active.terms[name].scoped
        assert scoped is not None
        terms = process(terms, scoped.value)
    return ActiveContext(terms, previous=active)


def process(terms: Terms, local: object, *, override: bool = False) -> Terms:
    """Apply the local context `local` to `terms`; `override` lets it change protected terms."""
    if isinstance(local, list):
        for item in local:
            terms = process(terms, item, override=override)
        return terms
    if isinstance(local, str):
        known = LOCAL_CONTEXTS.get(local)
        if known is None and local in INTERPRETED_CONTEXTS:
            raise Refusal("interpreted_context", f"The context {local!r} is not read on this path.")
        if known is None:
            raise unknown_context(local)
        return process(terms, known, override=override)
    if local is None:
        if not override and any(term.protected for term in terms.values()):
            raise Refusal("protected_term", "A null context may not remove protected terms.")
        return {}
    if not isinstance(local, dict):
        raise Refusal("invalid_context", "A context is neither a URL nor an object.")
    return _Definitions(terms, local, override=override).apply()


class _Definitions:
    """One context object while it is applied (JSON-LD 1.1 API, 4.2.2)."""

    def __init__(self, terms: Terms, local: Mapping[str, object], *, override: bool) -> None:
        self._terms = dict(terms)
        self._local = local
        self._override = override
        self._protected = local.get("@protected") is True
        self._defined: dict[str, bool] = {}

    def apply(self) -> Terms:
        """Return the terms with all definitions of the context object in force."""
        for name in self._local:
            if name.startswith("@"):
                if name not in _CONTEXT_KEYWORDS:
                    raise _unsupported(f"{name} in a context")
            else:
                self._define(name)
        return self._terms

    def _define(self, name: str) -> None:
        done = self._defined.get(name)
        if done is not None:
            if not done:
                raise Refusal("invalid_context", f"The definition of {name!r} leads back to itself.")
            return
        self._defined[name] = False
        if not name or ":" in name or "/" in name:
            raise _unsupported(f"the term {name!r}")
        previous = self._terms.pop(name, None)
        term = self._term(name, self._local[name])
        if previous is not None:
            same = term.same_as(previous)
            binding = previous.protected and not self._override
            if binding and not same:
                raise Refusal("protected_term", f"The protected term {name!r} may not be defined anew.")
            if same and (binding or previous.protected == term.protected):
                term = previous  # so that a context applied twice leads to where it led before
        self._terms[name] = term
        self._defined[name] = True

    def _term(self, name: str, value: object) -> Term:
        simple = isinstance(value, str)
        definition = {ID: value} if isinstance(value, str) else value
        if not isinstance(definition, dict) or not _DEFINITION_MEMBERS.issuperset(definition):
            raise _unsupported(f"the definition of {name!r}")
        mapping = self._mapping(name, definition.get(ID))
        coercion = self._coercion(definition.get(TYPE))
        container = _container(definition.get("@container"))
        keyword = mapping.startswith("@")
        plain = not keyword and coercion not in _COERCIONS and container not in {LIST, GRAPH}
        return Term(
            iri=mapping,
            coercion=coercion,
            container=container,
            scoped=ScopedContext(definition["@context"]) if "@context" in definition else None,
            protected=definition.get("@protected", self._protected) is True,
            prefix=definition.get("@prefix", simple and mapping[-1] in _GENERIC_DELIMITERS) is True,
            predicate="" if keyword else f" {nquads.iri(mapping)} ",
            literal_tail=nquads.typed_tail(coercion) if plain else None,
        )

    def _mapping(self, name: str, value: object) -> str:
        if not isinstance(value, str) or value == name:
            raise _unsupported(f"the term {name!r} without an IRI of its own")
        mapping = self._expand(value)
        if mapping.startswith("@") and _KEYWORD_ALIASES.get(mapping) != name:
            raise _unsupported(f"the term {name!r} for {mapping}")
        return mapping

    def _coercion(self, value: object) -> str | None:
        if value is None or (isinstance(value, str) and value in _COERCIONS):
            return value
        if not isinstance(value, str) or value.startswith("@"):
            raise _unsupported(f"the coercion {value!r}")
        return nquads.iri(self._expand(value))[1:-1]

    def _expand(self, value: str) -> str:
        """Expand a name of the context to an IRI or keyword (JSON-LD 1.1 API, 5.2.2)."""
        if value.startswith("@"):
            return value
        if value in self._local:
            self._define(value)
        if value in self._terms:
            return self._terms[value].iri
        prefix, colon, suffix = value.partition(":")
        if not colon:
            raise Refusal("invalid_context", f"The context maps a term to {value[:80]!r}, which is no IRI.")
        if suffix.startswith("//"):
            return value
        if prefix in self._local:
            self._define(prefix)
        term = self._terms.get(prefix)
        return term.iri + suffix if term is not None and term.prefix else value


def _container(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in _CONTAINERS):
        return value
    raise _unsupported(f"the container {value!r}")


def _unsupported(what: str) -> Refusal:
    return Refusal("unsupported_context", f"This service does not understand {what[:120]}.")


def unknown_context(url: str) -> Refusal:
    """Return the refusal of a context that is not pinned."""
    return Refusal(
        "unknown_context",
        f"The context {url[:200]!r} is not one of those pinned here.",
        "Contexts are never fetched; use those of Open Badges 3.0 and Verifiable Credentials 2.0.",
    )


def meanings(local: object) -> Iterator[tuple[str, Term]]:
    """Compile the context `local` and all it brings, and yield each name with its meaning.

    Raises `Refusal` if something in it is not understood.
    """
    yield from _scoped_meanings(ROOT, ActiveContext(process(ROOT.terms, local)))


def _scoped_meanings(outer: ActiveContext, inner: ActiveContext) -> Iterator[tuple[str, Term]]:
    for name, term in inner.terms.items():
        if outer.terms.get(name) is not term:
            yield name, term
            if term.scoped is not None:
                yield from _scoped_meanings(inner, derive((inner, "property", term)))
