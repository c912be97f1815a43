"""What the signature of a credential does not cover, or covers without saying what it means.

A proof over RDF covers statements: an unknown member is an error there, but an array without values states
nothing, a context may change nothing, and of a name that only a context within the document defines it covers
what the name stands for. A JWT and a proof over JSON cover every character; what no context defines has no
meaning there all the same.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from app.errors import JsonLdError
from app.signing.data_integrity import Unsecured, cryptosuite_of
from app.signing.jsonld import canonize, interpreting
from app.signing.jsonld.refusals import escaped
from app.signing.members import listed
from app.signing.verify.presented import Presented
from app.signing.verify.reports import Uncovered

_NOT_OPTIONS: Final = frozenset({"proofValue", "@context"})

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
    return (
        *(Uncovered(pointer, "own_term") for pointer in unsecured.own_terms),
        *(Uncovered(pointer, "empty_array") for pointer in _empty(unsecured.document, "")),
        *_contexts_left_out(presented, unsecured),
    )


def _contexts_left_out(presented: Presented, unsecured: Unsecured) -> Iterator[Uncovered]:
    """Yield contexts without which document and proofs would say the same, and those written out.

    Of these the proof covers what they do to the statements, and nothing else that they define.
    """
    proofs = presented.credential["proof"]
    options = []
    for index, proof in enumerate(listed(proofs)):
        if isinstance(proof, dict):
            options.append({name: value for name, value in proof.items() if name not in _NOT_OPTIONS})
            if "@context" in proof:  # read with the document's
                place = f"/proof/{index}/@context" if isinstance(proofs, list) else "/proof/@context"
                yield Uncovered(place, "idle_context")
    rest = dict(unsecured.document)
    for pointer, context in reversed(list(islice(_contexts(rest, ""), MAX_CONTEXTS))):
        reduced = _without(rest, frozenset({pointer}), "")
        if _says_the_same(reduced, unsecured, options):
            rest = reduced
            yield Uncovered(pointer, "idle_context")
        elif not isinstance(context, str):
            yield Uncovered(pointer, "own_context")


def _says_the_same(reduced: dict[str, Any], unsecured: Unsecured, options: list[dict[str, Any]]) -> bool:
    context = reduced.get("@context", [])
    with suppress(JsonLdError):
        if canonize(reduced) == unsecured.canonical("rdfc"):
            for proof in options:
                canonize({**proof, "@context": context})
            return True
    return False


def _contexts(value: object, here: str) -> Iterator[tuple[str, object]]:
    """Yield where each context of the objects in `value` stands, and the context."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _contexts(item, f"{here}/{index}")
    elif isinstance(value, dict):
        for name, member in value.items():
            place = f"{here}/{escaped(name)}"
            if name != "@context":
                yield from _contexts(member, place)
            elif isinstance(member, list) and member:
                yield from ((f"{place}/{index}", context) for index, context in enumerate(member))
            else:
                yield place, member


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


def _empty(value: object, here: str) -> Iterator[str]:
    """Yield where arrays without values stand; contexts are no statements anyway."""
    if isinstance(value, list):
        if not value:
            yield here
        for index, item in enumerate(value):
            yield from _empty(item, f"{here}/{index}")
    elif isinstance(value, dict):
        for name, member in value.items():
            if name != "@context":
                yield from _empty(member, f"{here}/{escaped(name)}")
