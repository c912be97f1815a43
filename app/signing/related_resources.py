"""Resources that a credential pins by their digests (VCDM 2.0, 5.3 Integrity of Related Resources).

Nothing is fetched: the digests of the contexts that are pinned here are compared, others are taken as given.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from app.errors import Fault, InvalidPayloadError
from app.signing import multibase
from app.signing.jsonld.vendored import DOCUMENTS
from app.signing.members import objects

_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
_SIZES: Final = {hashlib.new(name).digest_size: name for name in _ALGORITHMS}
_MULTIHASH: Final = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
"""What stands before a digest: the code of its algorithm and its length (Multihash)."""

_EARLIER: Final[Mapping[str, Mapping[str, str]]] = {
    "https://www.w3.org/ns/credentials/v2": {
        "sha256": "24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9",
        "sha384": "35239c36999d2155312091af194a1edb61634d6ad789a5e5b19f2aebdd762dd9"
        "d1dcaada40eda7ef921c6b8c0ae107a0",
        "sha512": "cb1336dfa8670d80d03344b3b0cc25faf4d45201823c35f39bb1afe5a9f911f6"
        "15ff4ec80ec5f2f89e33d14e96bec8be78e38df35b918c9cd5f3b3449bd6c88f",
    }
}
"""Digests of earlier content at the same address: the draft of 2024-07-20, which credentials still name."""

_Digest = tuple[str, bytes]
"""An algorithm and a digest by it."""


def faults(credential: Mapping[str, Any]) -> list[Fault]:
    """Return where `credential` breaks the rules for related resources, whose members are each in order."""
    found: list[Fault] = []
    seen: set[str] = set()
    several = isinstance(credential.get("relatedResource"), list)
    for index, resource in enumerate(objects(credential.get("relatedResource"))):
        pointer = f"/relatedResource/{index}" if several else "/relatedResource"
        if resource["id"] in seen:
            found.append(Fault(f"{pointer}/id", "resource_twice", "Another related resource has this id."))
        seen.add(resource["id"])
        found += _digest_faults(resource, pointer)
    return found


def _digest_faults(resource: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    given = [name for name in ("digestSRI", "digestMultibase") if name in resource]
    if not given:
        yield Fault(pointer, "digest_missing", "The related resource has no digest.")
    for name in given:
        try:
            digests = (_sri if name == "digestSRI" else _multibase)(resource[name])
        except InvalidPayloadError as error:
            yield Fault(f"{pointer}/{name}", "digest_malformed", error.detail)
            continue
        known = _known(resource["id"])
        if known and not known & digests:
            yield Fault(f"{pointer}/{name}", "digest_differs", "This is not the digest of the resource.")


def _sri(value: str) -> frozenset[_Digest]:
    """Read the digests of Subresource Integrity; those of the strongest algorithm count (SRI, 3.3.4)."""
    digests = set()
    for expression in value.split():
        algorithm, _, text = expression.partition("?")[0].partition("-")
        try:
            digest = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise InvalidPayloadError("The digest is not written in base64.") from error
        if _SIZES.get(len(digest)) != algorithm:
            raise InvalidPayloadError(f"This is no digest by one of {', '.join(_ALGORITHMS)}.")
        digests.add((algorithm, digest))
    if not digests:
        raise InvalidPayloadError("There is no digest in this.")
    strongest = max(algorithm for algorithm, _ in digests)
    return frozenset(entry for entry in digests if entry[0] == strongest)


def _multibase(value: str) -> frozenset[_Digest]:
    """Read a Multibase digest: a Multihash, or as some write it the digest alone."""
    content = multibase.decode(value)
    algorithm = _MULTIHASH.get(content[:2])
    if algorithm is not None and _SIZES.get(len(content) - 2) == algorithm:
        return frozenset({(algorithm, content[2:])})
    algorithm = _SIZES.get(len(content))
    if algorithm is None:
        raise InvalidPayloadError(f"This is no digest by one of {', '.join(_ALGORITHMS)}.")
    return frozenset({(algorithm, content)})


@cache
def _known(url: str) -> frozenset[_Digest]:
    """Return the digests of what is or was published at `url`; none when that is not known here."""
    content = DOCUMENTS.get(url)
    if content is None:
        return frozenset()
    now = {(name, hashlib.new(name, content).digest()) for name in _ALGORITHMS}
    return frozenset(now | {(name, bytes.fromhex(text)) for name, text in _EARLIER.get(url, {}).items()})
