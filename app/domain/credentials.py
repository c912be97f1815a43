"""Credentials: where one stands, and what may be done with it there."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.errors import WrongStateError


class CredentialStatus(StrEnum):
    """`prepared` exists and may not leave yet; that an issued one has expired is for the clock to say."""

    PREPARED = "prepared"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class CredentialAct(StrEnum):
    """What its issuer can do with a credential that has left."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    CORRECT = "correct"


TRANSITIONS: Final[Mapping[tuple[CredentialStatus, CredentialAct], CredentialStatus]] = MappingProxyType(
    {
        (CredentialStatus.ISSUED, CredentialAct.SUSPEND): CredentialStatus.SUSPENDED,
        (CredentialStatus.SUSPENDED, CredentialAct.REINSTATE): CredentialStatus.ISSUED,
        (CredentialStatus.ISSUED, CredentialAct.REVOKE): CredentialStatus.REVOKED,
        (CredentialStatus.SUSPENDED, CredentialAct.REVOKE): CredentialStatus.REVOKED,
        (CredentialStatus.ISSUED, CredentialAct.CORRECT): CredentialStatus.ISSUED,
        (CredentialStatus.SUSPENDED, CredentialAct.CORRECT): CredentialStatus.SUSPENDED,
    }
)
"""All there is: what is revoked stays so (Bitstring Status List 1.0, statusPurpose `revocation`)."""


def status_after(status: str, act: CredentialAct) -> CredentialStatus:
    """Return where `act` takes a credential that stands at `status`; raises `WrongStateError`."""
    after = TRANSITIONS.get((CredentialStatus(status), act))
    if after is None:
        possible = [each for (start, each) in TRANSITIONS if start == status]
        hint = f"Possible now: {', '.join(possible)}." if possible else "It stays so for good."
        raise WrongStateError(f"A credential that is {status} cannot take this: {act}.", hint=hint)
    return after
