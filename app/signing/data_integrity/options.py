"""What a proof says beside its signature: made, checked, and in the form in which it is hashed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import datetimes, jcs
from app.signing.contents import Contents, content_of
from app.signing.data_integrity.cryptosuites import PROOF_TYPE, Cryptosuite
from app.signing.dids import Purpose
from app.signing.jsonld import HashName, canonize

_INSTANT: Final = re.compile(r"[0-9T:.Z+-]+", re.ASCII)
"""What dates and times are written with: a literal holds these characters as they are."""

_around_created: Final = Contents[tuple[str, str]]()
"""By what options say but for `created`: their canonical form before its value and behind it."""


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """What a proof says beside its signature (VC Data Integrity 1.0, 2.1).

    `challenge` and `domain` tie a presentation to who asked for it; `previous_proof` is the id of a proof in
    the document, or several, on which this one builds.
    """

    verification_method: str
    created: datetime | None
    purpose: Purpose = "assertionMethod"
    id: str | None = None
    expires: datetime | None = None
    challenge: str | None = None
    domain: str | None = None
    previous_proof: str | tuple[str, ...] | None = None

    def members(self, suite: Cryptosuite) -> dict[str, Any]:
        """Return the members of the proof, but for its value."""
        previous = self.previous_proof
        members = {
            "id": self.id,
            "type": PROOF_TYPE,
            "cryptosuite": suite.name,
            "created": self.created and datetimes.to_text(self.created),
            "expires": self.expires and datetimes.to_text(self.expires),
            "verificationMethod": self.verification_method,
            "proofPurpose": self.purpose,
            "challenge": self.challenge,
            "domain": self.domain,
            "previousProof": list(previous) if isinstance(previous, tuple) else previous,
        }
        return {name: value for name, value in members.items() if value is not None}


def check_members(document: Mapping[str, Any], proof: Mapping[str, Any], purpose: Purpose) -> None:
    """Raise `InvalidSignatureError` unless the proof is for `purpose`, of a time, and of the same context."""
    if proof.get("proofPurpose") != purpose:
        raise InvalidSignatureError(f"The proof's purpose is not {purpose}.")
    context = document.get("@context")
    if proof.get("@context", context) != context:
        # JCS suites would let the document have further contexts, which then nobody has signed.
        raise InvalidSignatureError("The proof has a context of its own, not the one of the document.")
    if "created" in proof or proof.get("type") != PROOF_TYPE:
        try:
            datetimes.parse_of_proof(proof.get("created"))
        except InvalidPayloadError as error:
            raise InvalidSignatureError(f"The proof's created is malformed: {error.detail}") from error


def canonical_options(
    document: Mapping[str, Any], options: Mapping[str, Any], suite: Cryptosuite, hash_name: HashName
) -> str:
    """Return the canonical form of a proof's members without its value (EdDSA Cryptosuites 1.0, 3.2.5)."""
    if suite.form == "jcs":
        return jcs.canonize(dict(options))
    context, created = document.get("@context"), options.get("created")
    if not isinstance(created, str) or _INSTANT.fullmatch(created) is None:
        return canonize({**options, "@context": context}, hash_name)
    content = content_of([context, [(name, options[name]) for name in options if name != "created"]])
    around = None if content is None else _around_created.find(content)
    if around is None:
        canonical = canonize({**options, "@context": context}, hash_name)
        around = _split(canonical, created)
        if content is None or around is None:
            return canonical
        _around_created.keep(around, content)
    return created.join(around)


def _split(canonical: str, created: str) -> tuple[str, str] | None:
    """Return what stands before and behind `created`, if it is the only text that another would change.

    With no more than one blank node there is one label, whatever its hash. The order of the lines is that of
    their predicates.
    """
    before, mark, behind = canonical.partition(created)
    if not mark or created in behind or "_:c14n1" in canonical:
        return None
    return before, behind
