"""JSON-LD made safe to sign: from a document to canonical N-Quads, or a refusal.

A signature over RDF covers only what JSON-LD makes of a document, and JSON-LD drops in silence what no
context defines. Here every member either becomes part of the signed text or is an error that says where.
Contexts are pinned files; nothing is fetched. The decision and its bounds: docs/decisions/0001.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from app.errors import ConfigurationError, JsonLdError
from app.signing.jsonld import compiler, vendored
from app.signing.jsonld.canonical import Canonical, written
from app.signing.jsonld.emit import to_dataset
from app.signing.jsonld.rdfc import HashName
from app.signing.jsonld.refusals import Refusal

__all__ = [
    "Canonical",
    "HashName",
    "Interpret",
    "canonical_form",
    "canonize",
    "check_contexts",
    "context_document",
    "interpreting",
    "known_contexts",
    "may_define",
]

Interpret = Callable[[Mapping[str, object], HashName], Canonical]
"""The slow path, in a process of its own: raises what `canonical_form` raises, and `BusyError`."""

_BEYOND_THE_COMPILER: Final = frozenset({"inline_context", "interpreted_context", "unsupported_keyword"})

_interpreter: Final[ContextVar[Interpret | None]] = ContextVar("interpreter", default=None)


@contextmanager
def interpreting(interpret: Interpret | None) -> Iterator[None]:
    """Let `interpret` canonize, within the block, what the compiler does not understand."""
    token = _interpreter.set(interpret)
    try:
        yield
    finally:
        _interpreter.reset(token)


def canonize(document: Mapping[str, object], hash_name: HashName = "sha256") -> str:
    """Return the canonical N-Quads of a JSON-LD document (see `canonical_form`)."""
    return canonical_form(document, hash_name).nquads


def canonical_form(document: Mapping[str, object], hash_name: HashName = "sha256") -> Canonical:
    """Return the canonical form of a JSON-LD document (RDFC-1.0 with the hash of that name).

    What the compiler does not understand takes the slow path, within `interpreting`, and is refused without.
    Raises `JsonLdError`, whose fault points at the member, for everything that a proof would not cover or
    that implementations read apart; `TooComplexError` for documents that cost too much.
    """
    try:
        dataset = to_dataset(document)
        return Canonical(written(dataset, hash_name), plain=dataset.plain)
    except Refusal as refusal:
        interpret = _slow_path(refusal)
        if interpret is None:
            raise refusal.error() from refusal
    return interpret(document, hash_name)


def _slow_path(refusal: Refusal) -> Interpret | None:
    """Decide which path a document takes, by what the compiler met first: None, or the slow one."""
    return _interpreter.get() if refusal.code in _BEYOND_THE_COMPILER else None


def known_contexts() -> tuple[str, ...]:
    """Return the URLs of all contexts a document may name."""
    return tuple(vendored.DOCUMENTS)


def may_define(urls: tuple[str, ...], names: list[str]) -> bool:
    """Return False when the contexts at `urls`, in this order, surely leave one of `names` undefined."""
    try:
        terms = compiler.derive((compiler.ROOT, "local", urls)).terms
    except Refusal:
        return True
    return all(name in terms for name in names)


def context_document(url: str) -> bytes:
    """Return the pinned context at `url`, byte for byte; raises `JsonLdError` for any other URL."""
    content = vendored.DOCUMENTS.get(url)
    if content is None:
        raise JsonLdError(f"The context {url[:200]!r} is not one of those pinned here.")
    return content


def check_contexts(contexts: Mapping[str, object] = vendored.LOCAL_CONTEXTS) -> None:
    """Raise `ConfigurationError` unless every pinned file is intact and every context wholly understood."""
    vendored.load()
    for url, local in contexts.items():
        try:
            for _ in compiler.meanings(local):
                pass
        except Refusal as refusal:
            raise ConfigurationError(
                f"The pinned context {url} is not understood: {refusal.detail}"
            ) from refusal


check_contexts()
