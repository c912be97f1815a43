"""What the signature of a credential does not cover, or covers without saying what it means.

A proof over RDF covers statements: an unknown member is an error there, but an array without values states
nothing, a context may change nothing, and of a name that only a context within the document defines it covers
what the name stands for. A JWT and a proof over JSON cover every character; what no context defines has no
meaning there all the same.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from app.errors import JsonLdError
from app.signing.data_integrity import Unsecured, cryptosuite_of
from app.signing.jsonld import canonize, interpreting, may_define
from app.signing.jsonld.refusals import escaped
from app.signing.members import listed
from app.signing.verify.presented import Presented
from app.signing.verify.reports import Uncovered

_NOT_OPTIONS: Final = frozenset({"proofValue", "@context"})

_Place = tuple[str, object]
"""Where a context stands, and the context."""

MAX_CONTEXTS: Final = 8
"""Contexts that are tried: no credential but a hostile one has as many."""

MAX_UNDEFINED: Final = 8
"""Members without a meaning that are looked for; a document with more is refused for the first."""


def covers_text(presented: Presented) -> bool:
    """Return whether the signature is over the characters of the credential and not over its RDF."""
    if presented.token is not None:
        return True
    suites = [cryptosuite_of(proof) for proof in listed(presented.credential.get("proof"))]
    return any(suite is not None and suite.form == "jcs" for suite in suites)


def undefined_members(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the JSON Pointers of what no context defines, or None when that is not all that is amiss."""
    rest = copy.deepcopy(dict(document))
    found: list[str] = []
    with interpreting(None):
        while True:
            try:
                canonize(rest)
            except JsonLdError as error:
                fault = error.faults[0]
                if fault.code != "unknown_term" or len(found) == MAX_UNDEFINED:
                    return None
                found.append(fault.pointer)
                rest = _without(rest, frozenset({fault.pointer}), "")
            else:
                return tuple(found)


def uncovered(presented: Presented, unsecured: Unsecured) -> tuple[Uncovered, ...]:
    """Return what of the credential a reader should not take for the signer's word, and why."""
    if presented.form == "unsecured":
        return ()
    if covers_text(presented):
        return tuple(Uncovered(pointer, "undefined_term") for pointer in unsecured.undefined)
    empty: list[str] = []
    contexts: list[_Place] = []
    if unsecured.plain:
        contexts = _contexts_at(unsecured.document, "")
    else:
        _find(unsecured.document, "", empty, contexts)
    return (
        *(Uncovered(pointer, "own_term") for pointer in unsecured.own_terms),
        *(Uncovered(pointer, "empty_array") for pointer in empty),
        *_contexts_left_out(presented, unsecured, contexts[:MAX_CONTEXTS]),
    )


def _contexts_left_out(
    presented: Presented, unsecured: Unsecured, contexts: list[_Place]
) -> Iterator[Uncovered]:
    """Yield contexts without which document and proofs would say the same, and those written out.

    Of these the proof covers what they do to the statements, and nothing else that they define. The later one
    of two that do the same is the one without which it would be as well.
    """
    proofs = presented.credential["proof"]
    options = []
    for index, proof in enumerate(listed(proofs)):
        if isinstance(proof, dict):
            options.append({name: value for name, value in proof.items() if name not in _NOT_OPTIONS})
            if "@context" in proof:  # read with the document's
                place = f"/proof/{index}/@context" if isinstance(proofs, list) else "/proof/@context"
                yield Uncovered(place, "idle_context")
    rest, kept = dict(unsecured.document), contexts
    for pointer, context in reversed(contexts):
        others = [each for each in kept if each[0] != pointer]
        if isinstance(context, str) and _tells_the_types(rest, pointer, others):
            continue
        reduced = _without(rest, frozenset({pointer}), "")
        if _says_the_same(reduced, unsecured, options):
            rest, kept = reduced, others
            yield Uncovered(pointer, "idle_context")
        elif not isinstance(context, str):
            yield Uncovered(pointer, "own_context")


def _tells_the_types(document: Mapping[str, Any], pointer: str, others: list[_Place]) -> bool:
    """Return whether without the context at `pointer` a type of the whole document means nothing.

    It is then needed, as nearly all contexts are, and no canonical form has to be made to know it.
    """
    contexts = [context for place, context in others if _is_at_the_top(place)]
    urls = tuple(context for context in contexts if isinstance(context, str))
    if not _is_at_the_top(pointer) or len(urls) < len(contexts):
        return False
    names = [name for name in listed(document.get("type")) if isinstance(name, str) and ":" not in name]
    return not may_define(urls, names)


def _is_at_the_top(place: str) -> bool:
    return f"{place}/".startswith("/@context/")


def _says_the_same(reduced: dict[str, Any], unsecured: Unsecured, options: list[dict[str, Any]]) -> bool:
    context = reduced.get("@context", [])
    with suppress(JsonLdError):
        if canonize(reduced) == unsecured.canonical("rdfc"):
            for proof in options:
                canonize({**proof, "@context": context})
            return True
    return False


def _contexts_at(document: Mapping[str, Any], here: str) -> list[_Place]:
    """Return the contexts of one object, each with its place."""
    contexts = document["@context"]
    place = f"{here}/@context"
    if isinstance(contexts, list) and contexts:
        return [(f"{place}/{index}", context) for index, context in enumerate(contexts)]
    return [(place, contexts)]


def _find(value: Any, here: str, empty: list[str], contexts: list[_Place]) -> None:  # noqa: ANN401 (any JSON)
    """Note where in `value` arrays without values stand, and each context with its place."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        if name == "@context":
            contexts += _contexts_at(value, here)
        elif isinstance(member, dict | list):
            place = f"{here}/{escaped(str(name))}"
            if member == []:
                empty.append(place)
            else:
                _find(member, place, empty, contexts)


def covered(credential: dict[str, Any], left_out: tuple[Uncovered, ...]) -> dict[str, Any]:
    """Return `credential` without what `left_out` points at: what may be shown as the signer's word."""
    return _without(credential, frozenset(each.pointer for each in left_out), "") if left_out else credential


def _without(value: Any, pointers: frozenset[str], here: str) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        places = {name: f"{here}/{escaped(name)}" for name in value}
        return {
            name: _without(member, pointers, places[name])
            for name, member in value.items()
            if places[name] not in pointers
        }
    if isinstance(value, list):
        items = [(f"{here}/{index}", item) for index, item in enumerate(value)]
        return [_without(item, pointers, place) for place, item in items if place not in pointers]
    return value
