"""JSON-LD made safe to sign: from a document to canonical N-Quads, or a refusal.

A signature over RDF covers only what JSON-LD makes of a document, and JSON-LD drops in silence what no
context defines. Here every member either becomes part of the signed text or is an error that says where.
Contexts are pinned files; nothing is fetched. The decision and its bounds: docs/decisions/0001.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.errors import ConfigurationError, JsonLdError
from app.signing.jsonld import compiler, rdfc, vendored
from app.signing.jsonld.dataset import Dataset
from app.signing.jsonld.emit import to_dataset
from app.signing.jsonld.rdfc import HashName
from app.signing.jsonld.refusals import Refusal

__all__ = ["HashName", "canonize", "check_contexts", "context_document", "known_contexts"]

_astral: Final = re.compile("[\U00010000-\U0010ffff]").search
_high_plane_zero: Final = re.compile("[\ue000-\uffff]").search


def canonize(document: Mapping[str, object], hash_name: HashName = "sha256") -> str:
    """Return the canonical N-Quads of a JSON-LD document (RDFC-1.0 with the hash of that name).

    Raises `JsonLdError`, whose fault points at the member, for everything that a proof would not cover
    or that implementations read apart; `TooComplexError` for documents that cost too much.
    """
    try:
        dataset = to_dataset(document)
        canonical = rdfc.canonize(dataset, hash_name=hash_name)
        _check_order(dataset, canonical, hash_name)
    except Refusal as refusal:
        raise refusal.error() from refusal
    return canonical


def _check_order(dataset: Dataset, canonical: str, hash_name: HashName) -> None:
    """Refuse text that JavaScript, which sorts by UTF-16 code units, puts into another order."""
    if canonical.isascii() or not _astral(canonical) or not _high_plane_zero(canonical):
        return
    if rdfc.canonize(dataset, _utf16, hash_name) != canonical:
        raise Refusal(
            "ambiguous_order",
            "Two texts begin alike, and where they part one has an emoji, the other a character of "
            "U+E000 to U+FFFF: implementations disagree about their order.",
        )


def _utf16(line: str) -> bytes:
    return line.encode("utf-16-be")


def known_contexts() -> tuple[str, ...]:
    """Return the URLs of all contexts a document may name."""
    return tuple(vendored.DOCUMENTS)


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
            compiler.check(local)
        except Refusal as refusal:
            raise ConfigurationError(
                f"The pinned context {url} is not understood: {refusal.detail}"
            ) from refusal


check_contexts()
