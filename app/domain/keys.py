"""Signing keys: the states one goes through, and what may be done with it in each.

    pending -> published -> active -> retiring -> historic, and from each of them compromised

A key is published for a while before it signs, so that nobody meets a signature whose key they do not know
yet. What it signed stays verifiable for ever, unless the key is compromised.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.instants import format_instant
from app.errors import Fault, InvalidPayloadError, KeyTooNewError, WrongStateError


class KeyStatus(StrEnum):
    """Where a key is in its life."""

    PENDING = "pending"
    """Made, and not shown to anybody before it has passed its test."""
    PUBLISHED = "published"
    """In the issuer's DID document, where verifiers learn of it; it does not sign yet."""
    ACTIVE = "active"
    """Signs; an issuer has one of each algorithm at most."""
    RETIRING = "retiring"
    """Finishes what was prepared with it, and takes nothing new."""
    HISTORIC = "historic"
    """Its private half is gone; what it signed verifies for ever."""
    COMPROMISED = "compromised"
    """Somebody else may have it: it never signs again, and nothing that it signed verifies."""


class KeyAct(StrEnum):
    """What can be done with a key."""

    PUBLISH = "publish"
    ACTIVATE = "activate"
    RETIRE = "retire"
    SETTLE = "settle"
    COMPROMISE = "compromise"


TRANSITIONS: Final[Mapping[tuple[KeyStatus, KeyAct], KeyStatus]] = MappingProxyType(
    {
        (KeyStatus.PENDING, KeyAct.PUBLISH): KeyStatus.PUBLISHED,
        (KeyStatus.PUBLISHED, KeyAct.ACTIVATE): KeyStatus.ACTIVE,
        (KeyStatus.ACTIVE, KeyAct.RETIRE): KeyStatus.RETIRING,
        (KeyStatus.RETIRING, KeyAct.SETTLE): KeyStatus.HISTORIC,
        (KeyStatus.PENDING, KeyAct.COMPROMISE): KeyStatus.COMPROMISED,
        (KeyStatus.PUBLISHED, KeyAct.COMPROMISE): KeyStatus.COMPROMISED,
        (KeyStatus.ACTIVE, KeyAct.COMPROMISE): KeyStatus.COMPROMISED,
        (KeyStatus.RETIRING, KeyAct.COMPROMISE): KeyStatus.COMPROMISED,
        (KeyStatus.HISTORIC, KeyAct.COMPROMISE): KeyStatus.COMPROMISED,
    }
)
"""All there is: nothing leads back, and nothing out of `compromised`."""

SIGNING: Final = (KeyStatus.ACTIVE, KeyStatus.RETIRING)
"""The states in which a key may sign: the second only what was prepared in the first."""

ASSERTING: Final = (KeyStatus.PUBLISHED, KeyStatus.ACTIVE, KeyStatus.RETIRING, KeyStatus.HISTORIC)
"""The states in which verifiers shall accept a key. Published ones too: whoever keeps the DID document from
before the activation would else refuse the first credentials."""

DID_MAX_AGE: Final = 300
"""Seconds for which verifiers may keep a DID document."""

PUBLICATION_WAIT: Final = timedelta(seconds=2 * DID_MAX_AGE)
"""How long a key is published before it signs: one cache may have filled itself from another."""

RETIREMENT_GRACE: Final = timedelta(hours=1)
"""How long a retiring key waits for what was prepared with it; the rest goes to its successor."""

PROOF_ALGORITHMS: Final = ("EdDSA", "ES256", "ES384")
"""The algorithms of embedded proofs, the preferred first. RSA has no cryptosuite."""

JWT_ALGORITHMS: Final = ("RS256", "ES256", "ES384", "EdDSA")
"""The algorithms of JWTs, those first that most software reads: all reads RS256 (Open Badges 3.0, 8.2.3)."""


def status_after(status: str, act: KeyAct) -> KeyStatus:
    """Return where `act` takes a key that is `status`; raises `WrongStateError`."""
    after = TRANSITIONS.get((KeyStatus(status), act))
    if after is None:
        possible = ", ".join(each for (start, each) in TRANSITIONS if start == status)
        hint = f"Possible now: {possible}." if possible else "Nothing can be done with it any more."
        raise WrongStateError(f"A key that is {status} cannot take this: {act}.", hint=hint)
    return after


def ensure_known(published_at: datetime, justification: str | None, *, now: datetime) -> None:
    """Return if verifiers had the time to learn of a key, or somebody says why it cannot wait.

    Raises `KeyTooNewError`, which says from when on it can sign.
    """
    ready_at = published_at + PUBLICATION_WAIT
    if now < ready_at and justification is None:
        raise KeyTooNewError(
            f"The key was published at {format_instant(published_at)}, and verifiers may keep the document"
            f" without it until {format_instant(ready_at)}.",
            hint="Ask again from then on. If it cannot wait, because its predecessor was compromised, give a"
            " justification.",
        )


def ensure_past(at: datetime, *, now: datetime) -> None:
    """Return if a key can have been compromised `at`; raises `InvalidPayloadError` for the future."""
    if at > now:
        fault = Fault("/at", "wrong_value", "This is yet to come: say when it happened, or leave it out.")
        raise InvalidPayloadError(fault.detail, faults=[fault])
