"""Canonical N-Quads of a dataset, refused where implementations write them in another order."""

import re
from dataclasses import dataclass, field
from typing import Final

from app.signing.jsonld import rdfc
from app.signing.jsonld.dataset import Dataset
from app.signing.jsonld.rdfc import HashName
from app.signing.jsonld.refusals import Refusal

_astral: Final = re.compile("[\U00010000-\U0010ffff]").search
_high_plane_zero: Final = re.compile("[\ue000-\uffff]").search


@dataclass(frozen=True, slots=True)
class Canonical:
    """The canonical N-Quads of a document.

    `own_terms` are the JSON Pointers of what only contexts within the document give a meaning: a proof covers
    the statement, not the word for it. `plain` says that the document has no empty array, and no context but
    its own; when false, it may.
    """

    nquads: str
    own_terms: tuple[str, ...] = ()
    plain: bool = field(default=False, compare=False)


def written(dataset: Dataset, hash_name: HashName) -> str:
    """Return the canonical N-Quads of `dataset`; raises `Refusal` for text that is ordered in two ways."""
    canonical = rdfc.canonize(dataset, hash_name=hash_name)
    _check_order(dataset, canonical, hash_name)
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
