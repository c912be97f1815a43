"""The cryptosuites: in which form a document is hashed, and with which keys it may be signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.signing.keys import CurveKey, Ed25519Key, P256Key, P384Key

PROOF_TYPE: Final = "DataIntegrityProof"

Form = Literal["rdfc", "jcs", "sd"]
"""RDFC-1.0 or RFC 8785 over the whole document, or RDFC-1.0 over statements that may be left out."""


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """A kind of proof: the form that is hashed, and the keys that may sign it.

    The hash is the one of the key's curve (ECDSA Cryptosuites 1.0, 3.2.3; SHA-256 for Ed25519). A `legacy`
    suite is only checked, never made.
    """

    name: str
    form: Form
    keys: tuple[type[CurveKey], ...]
    legacy: bool = False


_EDDSA: Final = (Ed25519Key,)
_ECDSA: Final = (P256Key, P384Key)

EDDSA_RDFC: Final = Cryptosuite("eddsa-rdfc-2022", "rdfc", _EDDSA)
EDDSA_JCS: Final = Cryptosuite("eddsa-jcs-2022", "jcs", _EDDSA)
ECDSA_RDFC: Final = Cryptosuite("ecdsa-rdfc-2019", "rdfc", _ECDSA)
ECDSA_JCS: Final = Cryptosuite("ecdsa-jcs-2019", "jcs", _ECDSA)
ECDSA_SD: Final = Cryptosuite("ecdsa-sd-2023", "sd", (P256Key,))

CREATED: Final[Mapping[str, Cryptosuite]] = {
    suite.name: suite for suite in (EDDSA_RDFC, EDDSA_JCS, ECDSA_RDFC, ECDSA_JCS)
}
"""The cryptosuites that `create_proof` makes proofs of, by name."""

CRYPTOSUITES: Final[Mapping[tuple[object, object], Cryptosuite]] = {
    **{(PROOF_TYPE, suite.name): suite for suite in CREATED.values()},
    (PROOF_TYPE, ECDSA_SD.name): ECDSA_SD,
    # The names that eddsa-rdfc-2022 had before it was a standard; Open Badges of 2022 to 2024 have them.
    (PROOF_TYPE, "eddsa-2022"): Cryptosuite("eddsa-2022", "rdfc", _EDDSA, legacy=True),
    ("Ed25519Signature2020", None): Cryptosuite("Ed25519Signature2020", "rdfc", _EDDSA, legacy=True),
}
"""All that are checked, by the `type` and `cryptosuite` of their proofs."""


def cryptosuite_of(proof: object) -> Cryptosuite | None:
    """Return how `proof` is checked, or None when it is of a kind that is not."""
    if not isinstance(proof, Mapping):
        return None
    kind = (proof.get("type"), proof.get("cryptosuite"))
    return CRYPTOSUITES.get(kind) if all(isinstance(name, str | None) for name in kind) else None
