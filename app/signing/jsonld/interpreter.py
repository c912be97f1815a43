"""The slow path: documents that use more of JSON-LD than the compiler, read by PyLD and as strictly.

For contexts written into the document, `@vocab`, language-tagged values and keywords such as `@value`. PyLD
drops in silence what it does not understand; here each step in which it could is watched, and what it makes
of the document is written with the same code as the compiler's. Its cost has no bound of its own: run it in a
process with limits (app/sandbox), never in the service.
"""

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdError as PyldError
from pyld.jsonld import JsonLdProcessor

from app.signing.jsonld import compiler, nquads, vendored
from app.signing.jsonld.canonical import Canonical, written
from app.signing.jsonld.emit import MAX_DEPTH
from app.signing.jsonld.expanded import literal_of, to_dataset
from app.signing.jsonld.names import check_context, check_name, check_whole_iri
from app.signing.jsonld.rdfc import HashName
from app.signing.jsonld.refusals import Refusal, TooComplex, escaped

_NOWHERE: Final = "relative-to-nothing://x/"
"""The base against which PyLD resolves relative references, so that they are recognised afterwards."""

_KEYWORDS: Final = frozenset({"@id", "@type", "@value", "@language", "@direction", "@list", "@set"})
_CONTAINERS: Final = frozenset({"@set", "@list", "@graph"})
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LEAVE_IT_OUT: Final = "Leave the member out."

_UNFORESEEN: Final = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What PyLD raises for forms that it takes for granted."""

_Context = Mapping[str, Any]
"""PyLD's active context."""


def interpret(document: Mapping[str, object], hash_name: HashName) -> Canonical:
    """Return the canonical form of any JSON-LD document; raises `JsonLdError` as the compiler's path does."""
    try:
        node, own_terms = _expand(document)
        return Canonical(written(to_dataset(node), hash_name), own_terms)
    except Refusal as refusal:
        raise refusal.error() from refusal


def _expand(document: Mapping[str, object]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return `document` in expanded form, and the JSON Pointers of what is named by contexts of its own.

    Raises `Refusal` for everything that the expanded form would lack or that readers could take otherwise.
    """
    watched = _Watched()
    options = {
        "base": _NOWHERE,
        "documentLoader": _load_pinned,
        "contextResolver": ContextResolver({}, _load_pinned),
        "processingMode": "json-ld-1.1",
    }
    try:
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # of definitions left out
            nodes = watched.expand(document, options)
    except PyldError as error:
        raise watched.translated(error) from error
    except _UNFORESEEN as error:
        raise Refusal("invalid_json_ld", "The document is not well-formed JSON-LD.") from error
    if len(nodes) != 1:
        raise Refusal("states_nothing", "The document is not one object that states something.")
    return nodes[0], tuple(watched.own_terms)


def _load_pinned(url: str, _options: object) -> dict[str, Any]:
    content = vendored.DOCUMENTS.get(url)
    if content is None:
        raise compiler.unknown_context(url.removeprefix(_NOWHERE))
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": json.loads(content),
    }


class _Definitions(dict[str, Any]):
    """A context in the making, from which an entry may be taken that it does not have.

    PyLD ends with a KeyError where `"@vocab": null` stands and there is no vocabulary.
    """

    def __delitem__(self, name: str) -> None:
        self.pop(name, None)


class _Watched(JsonLdProcessor):  # type: ignore[misc] # PyLD has no types
    """PyLD's expansion (JSON-LD 1.1 API, 5.1), ended by a `Refusal` wherever it would drop something."""

    def __init__(self) -> None:
        super().__init__()
        self.own_terms: list[str] = []
        self._pointers: dict[int, str] = {}
        self._objects: list[dict[str, Any]] = []

    def translated(self, error: PyldError) -> Refusal:
        """Return the refusal for an error of PyLD's own, at the object in which it was met."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, Refusal):
                return self._at(cause, "@context")
            cause = cause.__cause__
        if error.code == "protected term redefinition":
            refusal = Refusal("protected_term", "A context may not define a protected term anew.")
            return self._at(refusal, "@context")
        return self._at(Refusal("invalid_json_ld", f"This is not JSON-LD: {error.code or error.type}."))

    # What PyLD calls on its way, watched -----------------------------------------------------------

    def _clone_active_context(self, active_ctx: _Context) -> _Definitions:
        return _Definitions(super()._clone_active_context(active_ctx))

    def _expand(
        self,
        active_ctx: _Context,
        active_property: str | None,
        element: Any,  # noqa: ANN401 (any JSON)
        *rest: object,
        **state: object,
    ) -> Any:  # noqa: ANN401 (PyLD has no types)
        if isinstance(element, dict):
            self._enter(element)
        elif isinstance(element, list) and any(isinstance(item, list) for item in element):
            refusal = Refusal("nested_array", "An array stands directly inside of an array.")
            raise self._at(refusal, active_property)
        expanded = super()._expand(active_ctx, active_property, element, *rest, **state)
        if expanded is None:
            detail = "What stands here is null or drops out of JSON-LD: no proof would cover it."
            raise self._at(Refusal("null_value", detail, _LEAVE_IT_OUT), active_property)
        if isinstance(element, dict):
            if isinstance(expanded, dict):
                self._check_expanded(element, expanded)
            self._objects.pop()
        return expanded

    def _expand_object(
        self,
        active_ctx: _Context,
        active_property: str | None,
        expanded_active_property: str | None,
        element: dict[str, Any],
        *rest: object,
    ) -> None:
        keywords: set[str] = set()
        for name, value in element.items():
            try:
                self._check_member(active_ctx, name, value, keywords)
            except Refusal as refusal:
                raise self._at(refusal, name) from None
        super()._expand_object(active_ctx, active_property, expanded_active_property, element, *rest)

    def _expand_value(
        self,
        active_ctx: _Context,
        active_property: str,
        value: Any,  # noqa: ANN401 (any JSON scalar)
        options: object,
    ) -> Any:  # noqa: ANN401 (PyLD has no types)
        expanded = super()._expand_value(active_ctx, active_property, value, options)
        try:
            if "@value" in expanded:
                literal_of(expanded)
            elif JsonLdProcessor.get_context_value(active_ctx, active_property, "@type") == "@vocab":
                if expanded["@id"] != value:
                    check_name(value, _absolute(value, expanded["@id"]))
            else:
                check_whole_iri(value, expanded["@id"])
        except Refusal as refusal:
            raise self._at(refusal, active_property) from None
        return expanded

    # The checks ------------------------------------------------------------------------------------

    def _check_member(self, active_ctx: _Context, name: str, value: object, keywords: set[str]) -> None:
        """Check that a member means something, under a name that readers know. `keywords`: those so far."""
        if name == "@context":
            check_context(value)
            return
        meaning = self._expand_iri(active_ctx, name, vocab=True)
        if not isinstance(meaning, str) or not meaning.startswith("@"):
            self._check_property(active_ctx, name, meaning, value)
            return
        if meaning in keywords:
            raise Refusal("keyword_twice", f"{meaning} is given twice.")
        keywords.add(meaning)
        self._check_keyword(active_ctx, name, meaning, value)

    def _check_keyword(self, active_ctx: _Context, name: str, keyword: str, value: object) -> None:
        if keyword not in _KEYWORDS:
            raise Refusal("unsupported_keyword", f"The keyword {keyword!r} is not accepted.")
        if name not in (keyword, keyword[1:]):
            raise Refusal("renamed_term", f"{name[:120]!r} stands for {keyword}, which readers look for.")
        if value is None and keyword != "@value":
            raise Refusal("null_value", "The value is null, which no proof would cover.", _LEAVE_IT_OUT)
        if keyword == "@type" and value == []:
            raise Refusal("invalid_type", "The list of types is empty.")
        if keyword == "@id" and isinstance(value, str):
            check_whole_iri(value, self._expand_iri(active_ctx, value, base=_NOWHERE))
        if keyword == "@language" and isinstance(value, str) and not _LANGUAGE_TAG.fullmatch(value):
            raise Refusal("invalid_language", f"{value[:120]!r} is no language tag (BCP 47).")

    def _check_property(self, active_ctx: _Context, name: str, meaning: str | None, value: object) -> None:
        if meaning is None or ":" not in meaning:
            raise Refusal(
                "unknown_term",
                f"No context of the document defines {name[:120]!r} here, so no proof would cover it.",
                "Check the spelling, the type of the object and the list of contexts.",
            )
        if check_name(name, _absolute(name, meaning)):
            self.own_terms.append(self._pointer(name))
        mapping = active_ctx["mappings"].get(name) or {}
        containers = JsonLdProcessor.arrayify(mapping.get("@container") or [])
        if mapping.get("reverse") or not _CONTAINERS.issuperset(containers):
            raise Refusal("unsupported_context", f"The definition of {name[:120]!r} is not understood here.")
        if value is None and mapping.get("@type") != "@json":
            raise Refusal("null_value", "The value is null, which no proof would cover.", _LEAVE_IT_OUT)

    def _check_expanded(self, element: dict[str, Any], expanded: dict[str, Any]) -> None:
        """Check what an object was expanded to: its literal, or its types."""
        member = "type" if "type" in element else "@type"
        try:
            if "@value" in expanded:
                literal_of(expanded)
                return
            given = element.get(member, [])
            names = JsonLdProcessor.arrayify(given)
            for index, (name, iri) in enumerate(zip(names, expanded.get("@type", []), strict=True)):
                if _is_own_type(name, iri):
                    place = f"/{index}" if isinstance(given, list) else ""
                    self.own_terms.append(f"{self._pointer(member)}{place}")
        except Refusal as refusal:
            raise self._at(refusal, "@value" if "@value" in expanded else member) from None

    # Places ----------------------------------------------------------------------------------------

    def _enter(self, element: dict[str, Any]) -> None:
        if not self._objects:
            self._pointers = dict(_places(element, ""))
        self._objects.append(element)
        if len(self._objects) > MAX_DEPTH:
            detail = f"The document is nested more than {MAX_DEPTH} levels deep."
            raise self._at(TooComplex("too_deep", detail))

    def _pointer(self, member: str | None = None) -> str:
        """Return where the object at hand is, or its `member` if it has one of that name."""
        element = self._objects[-1]
        here = self._pointers[id(element)]
        return f"{here}/{escaped(member)}" if member is not None and member in element else here

    def _at(self, refusal: Refusal, member: str | None = None) -> Refusal:
        """Return `refusal` with the place of the object at hand, unless it has one already."""
        return refusal.placed(self._pointer(member))


def _places(value: object, pointer: str) -> Iterator[tuple[int, str]]:
    """Yield the identity and the JSON Pointer of each object in `value`."""
    if isinstance(value, dict):
        yield id(value), pointer
        for name, member in value.items():
            yield from _places(member, f"{pointer}/{escaped(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, f"{pointer}/{index}")


def _absolute(name: str, iri: str) -> str:
    """Return `iri`, for which `name` stands, if it is whole: relative ones were resolved to `_NOWHERE`."""
    return nquads.iri(name if iri.startswith(_NOWHERE) else iri)[1:-1]


def _is_own_type(name: str, iri: str | None) -> bool:
    """Return whether nothing but the document says what the type `name` is; raises `Refusal`."""
    if iri is None or ":" not in iri or iri.startswith(_NOWHERE):
        raise Refusal(
            "unknown_type",
            f"No context of the document defines the type {name[:120]!r}.",
            "Add the context that defines it, or write the whole IRI.",
        )
    whole = nquads.iri(iri)[1:-1]
    return name != iri and check_name(name, whole)
