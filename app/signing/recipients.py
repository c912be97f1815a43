"""Who a credential is for: identity objects with salted hashes (Open Badges 3.0, IdentityObject).

The salt is public, so the hash hides an address from a reader, not from somebody who guesses it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal

Algorithm = Literal["sha256", "md5"]

EMAIL: Final = "emailAddress"


def normalize_email(address: str) -> str:
    """Return the spelling of an address that is hashed and compared: trimmed, lower case.

    Open Badges defines none, and without one `A@example.org` would not be found as `a@example.org`.
    """
    return address.strip().lower()


def identity_hash(value: str, salt: str, algorithm: Algorithm = "sha256") -> str:
    """Return `sha256$…`: the hash of `value` followed by `salt`, in lower-case hexadecimal."""
    digest = hashlib.new(algorithm, (value + salt).encode(), usedforsecurity=False)
    return f"{algorithm}${digest.hexdigest()}"


def matches(identity: Mapping[str, Any], value: str) -> bool:
    """Return whether the IdentityObject `identity` stands for `value`.

    An e-mail address is compared as given and normalized; md5 is read because older badges have it, and
    anything malformed matches nobody.
    """
    stated, salt = identity.get("identityHash"), identity.get("salt", "")
    if not isinstance(stated, str) or not isinstance(salt, str):
        return False
    is_email = identity.get("identityType") == EMAIL
    spellings = {value, normalize_email(value)} if is_email else {value}
    if identity.get("hashed") is False:
        return (normalize_email(stated) if is_email else stated) in spellings
    algorithm, separator, digest = stated.partition("$")
    if identity.get("hashed") is not True or not separator:
        return False
    match algorithm:
        case "sha256" | "md5":
            return f"{algorithm}${digest.lower()}" in {
                identity_hash(text, salt, algorithm) for text in spellings
            }
        case _:
            return False
