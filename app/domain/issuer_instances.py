"""Issuer instances: which cryptosuite goes with which key, and what is the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from app.errors import Fault, InvalidPayloadError

Algorithm = Literal["EdDSA", "ES256", "ES384"]
"""JOSE names: Ed25519, P-256 and P-384."""

ENVELOPED: Final = "vc+jwt"
"""Not a cryptosuite: the credential is a JWT of VC-JOSE-COSE 1.0 in an envelope."""

SELECTIVE: Final = "ecdsa-sd-2023"
"""The cryptosuite whose holder chooses what to show."""

SECURINGS: Final[Mapping[str, tuple[Algorithm, ...]]] = MappingProxyType(
    {
        "eddsa-rdfc-2022": ("EdDSA",),
        "eddsa-jcs-2022": ("EdDSA",),
        "ecdsa-rdfc-2019": ("ES256", "ES384"),
        "ecdsa-jcs-2019": ("ES256", "ES384"),
        SELECTIVE: ("ES256",),
        ENVELOPED: ("EdDSA", "ES256", "ES384"),
    }
)
"""The algorithms of the keys that each way of securing is done with, the usual one first."""

WITH_STATUS: Final = frozenset({"eddsa-rdfc-2022"})
"""The cryptosuites whose instances put a status into what they issue, unless they are told otherwise."""


@dataclass(frozen=True, slots=True)
class InstanceDefinition:
    """How an instance secures what it issues, and whether that can be revoked, and suspended as well."""

    cryptosuite: str
    algorithm: Algorithm
    has_status: bool
    suspendable: bool = False


def define_instance(
    cryptosuite: str, algorithm: Algorithm | None, *, has_status: bool | None, suspendable: bool = False
) -> InstanceDefinition:
    """Return the definition with its defaults: what is suspendable has a status.

    Raises `InvalidPayloadError` for a key of another kind, and for a suspension without a status.
    """
    possible = SECURINGS[cryptosuite]
    if algorithm is not None and algorithm not in possible:
        detail = f"{cryptosuite} is made with keys for {' or '.join(possible)}."
        raise InvalidPayloadError(detail, faults=[Fault("/algorithm", "wrong_value", detail)])
    status = suspendable or cryptosuite in WITH_STATUS if has_status is None else has_status
    if suspendable and not status:
        detail = "What has no status cannot be suspended."
        raise InvalidPayloadError(detail, faults=[Fault("/suspendable", "wrong_value", detail)])
    return InstanceDefinition(cryptosuite, algorithm or possible[0], status, suspendable)
