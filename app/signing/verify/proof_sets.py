"""Embedded proofs: one, a set of which all must hold, and chains (VC Data Integrity 1.0, 4.2 and 4.3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.errors import InvalidPayloadError, InvalidSignatureError, JsonLdError, TooComplexError
from app.signing import data_integrity, datetimes
from app.signing.data_integrity import Unsecured
from app.signing.keys import PublicKey
from app.signing.members import listed
from app.signing.verify.keys import ProofKey, Speaker, find_key
from app.signing.verify.presented import Gathered
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown

MAX_PROOFS: Final = 8
UNSUPPORTED: Final = (
    "Ask the issuer for a badge signed with eddsa-rdfc-2022 or as a VC-JWT with RS256, ES256 or EdDSA."
)

_CONTEXT_CODES: Final = frozenset({"unknown_context", "inline_context", "unsupported_context"})
"""Refusals of a context that others may well understand: nothing was found wrong with the document."""
_UNSIGNED_CODES: Final = frozenset(
    {"unknown_term", "unknown_type", "relative_iri", "compact_iri", "states_nothing"}
)


def check_embedded(unsecured: Unsecured, value: object, speaker: Speaker, gathered: Gathered) -> ProofKey:
    """Check every proof in `value`, the member `proof`: all that can be read must hold, and one be there.

    Anybody can add a proof to a document, so that none may be passed over in silence. Raises `EndedError`.
    """
    proofs = listed(value)
    if not proofs:
        raise failed("proof_missing", "The list of proofs is empty: anybody can have written this.")
    if len(proofs) > MAX_PROOFS:
        raise failed("proof_invalid", f"There are more than {MAX_PROOFS} proofs.")
    suites = [data_integrity.cryptosuite_of(proof) for proof in proofs]
    if any(suite is not None and suite.form != "jcs" for suite in suites):
        _canonize(unsecured)
    proof_set = _ProofSet(unsecured, proofs, speaker, gathered)
    keys, endings = [], []
    for position in range(len(proofs)):
        try:
            keys.append(proof_set.check(position))
        except EndedError as ended:
            endings.append(ended)
    if not keys:
        raise next((ended for ended in endings if ended.finding.outcome is Outcome.FAIL), endings[0])
    _check_endings(endings)
    return replace(keys[0], others=tuple(keys[1:]), unread=len(endings))


def _check_endings(endings: list[EndedError]) -> None:
    """Check that what stands beside a good proof is as good, or of a kind that is not checked here."""
    for ended in endings:
        if ended.finding.outcome is Outcome.FAIL:
            detail = f"Another of the proofs does not hold: {ended.finding.detail}"
            raise failed("proof_set_invalid", detail) from ended
    for ended in endings:
        if ended.finding.code != "proof_unsupported":
            raise ended


def describe_json_ld(error: JsonLdError) -> Finding:
    """Return the finding for a document that JSON-LD would not read in one way only."""
    pointer, code = next(((fault.pointer, fault.code) for fault in error.faults), ("", error.code))
    detail = f"{error.detail} (At {pointer or 'the top'}.)"
    if isinstance(error, TooComplexError):
        return Finding(Outcome.UNKNOWN, "too_complex", detail)
    if code in _CONTEXT_CODES:
        return Finding(Outcome.UNKNOWN, "context_not_supported", detail)
    if code in _UNSIGNED_CODES:
        return Finding(Outcome.FAIL, "unsigned_data", f"{detail} No signature would cover it.", error.hint)
    return Finding(Outcome.FAIL, "json_ld_invalid", detail, error.hint)


def _canonize(unsecured: Unsecured) -> None:
    try:
        unsecured.canonical("rdfc")
    except JsonLdError as error:
        raise EndedError(describe_json_ld(error)) from error


class _ProofSet:
    """The proofs of one document: each stands alone, or builds on others that must then hold as well."""

    def __init__(self, unsecured: Unsecured, proofs: list[Any], speaker: Speaker, gathered: Gathered) -> None:
        self._unsecured = unsecured
        self._proofs = proofs
        self._speaker = speaker
        self._gathered = gathered
        self._open: set[int] = set()

    def check(self, position: int) -> ProofKey:
        """Check the proof at `position` and those it builds on (VC Data Integrity 1.0, 4.3)."""
        proof = self._proofs[position]
        if not isinstance(proof, dict) or not isinstance(proof.get("type"), str):
            raise failed("proof_invalid", "The proof is not an object with a type.")
        suite = data_integrity.cryptosuite_of(proof)
        if suite is None:
            kind = f"{proof['type']:.60} {proof.get('cryptosuite', '')!s:.60}".strip()
            raise unknown(
                "proof_unsupported", f"Proofs of the kind {kind} are not checked here.", UNSUPPORTED
            )
        previous = self._previous(proof)
        unsecured = self._unsecured
        if previous:
            self._check_previous(position, previous)
            earlier = [self._proofs[index] for index in previous]
            unsecured = Unsecured({**unsecured.document, "proof": earlier})
        key, method = self._check_one(unsecured, proof)
        return ProofKey(key, method, f"The {suite.name} proof")

    def _previous(self, proof: Mapping[str, Any]) -> list[int]:
        """Return the positions of the proofs that `previousProof` names, each by an id of only one proof."""
        names = listed(proof.get("previousProof"))
        ids = [entry.get("id") if isinstance(entry, dict) else None for entry in self._proofs]
        if any(not isinstance(name, str) or ids.count(name) != 1 for name in names):
            raise failed("proof_invalid", "The proof builds on another one that is not there.")
        return [position for position, identifier in enumerate(ids) if identifier in names]

    def _check_previous(self, position: int, previous: list[int]) -> None:
        self._open.add(position)
        try:
            for index in previous:
                if index in self._open:
                    raise failed("proof_invalid", "The proofs build on each other in a circle.")
                self.check(index)
        except EndedError as ended:
            if ended.finding.outcome is not Outcome.FAIL:
                raise
            detail = f"A proof on which this one builds does not hold: {ended.finding.detail}"
            raise failed("previous_proof_invalid", detail) from ended
        finally:
            self._open.remove(position)

    def _check_one(self, unsecured: Unsecured, proof: Mapping[str, Any]) -> tuple[PublicKey, str]:
        method = proof.get("verificationMethod")
        if not isinstance(method, str):
            raise failed("proof_invalid", "The proof names no verification method.")
        key = find_key(method, self._speaker.id, self._gathered)
        try:
            if "expires" in proof and datetimes.parse_of_proof(proof["expires"]) <= self._gathered.now:
                raise failed("proof_expired", f"The proof was good until {proof['expires']}.")
            data_integrity.verify_proof(unsecured, proof, key, self._speaker.purpose)
        except JsonLdError as error:
            raise EndedError(describe_json_ld(error)) from error
        except (InvalidSignatureError, InvalidPayloadError) as error:
            detail = f"{error.detail} The document was changed, or signed by another."
            raise failed("proof_invalid", detail) from error
        return key, method
