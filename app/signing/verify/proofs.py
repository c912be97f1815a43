"""Checks 3 and 4: the signature, and whether its key is one with which the issuer makes assertions.

The two are apart on purpose: anybody can sign in somebody else's name with a key of their own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from app.errors import InvalidPayloadError, InvalidSignatureError, JsonLdError, TooComplexError
from app.signing import data_integrity, datetimes, dids, jws, vc_jwt
from app.signing.data_integrity import Unsecured
from app.signing.keys import ALGORITHMS, PublicKey, read_jwk, read_multikey
from app.signing.members import listed
from app.signing.verify.presented import Gathered, Presented, Unavailable, issuer_id_of
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown

MAX_PROOFS: Final = 8

_OTHER_ALGORITHMS: Final = re.compile(r"RS\d{3}|PS\d{3}|ES\d{3}K?|ESP\d{3}|Ed448")
"""Asymmetric algorithms that a sound JWT may have and that are not checked here."""

_CONTEXT_CODES: Final = frozenset(
    {"unknown_context", "inline_context", "unsupported_context", "invalid_context"}
)
_UNSIGNED_CODES: Final = frozenset(
    {"unknown_term", "unknown_type", "relative_iri", "compact_iri", "states_nothing"}
)
_UNSUPPORTED: Final = (
    "Ask the issuer for a badge signed with eddsa-rdfc-2022 or as a VC-JWT with RS256, ES256 or EdDSA."
)


@dataclass(frozen=True, slots=True)
class ProofKey:
    """The key under which a proof was found good.

    `method` is the id by which the proof names it, if it does; `proof` says in words what was checked, and
    `unread` how many proofs beside it are of kinds that are not checked here.
    """

    key: PublicKey
    method: str | None
    proof: str
    unread: int = 0


def check_proof(
    presented: Presented, gathered: Gathered, unsecured: Unsecured | None = None
) -> tuple[Finding, ProofKey | None]:
    """Check the signature of `presented`; the key is returned when it has been found good.

    `unsecured` is the credential without its proof, where the caller has made canonical forms of it already.
    """
    try:
        if presented.form == "unsecured":
            raise failed("proof_missing", "The credential carries no proof: anybody can have written it.")
        if presented.form == "vc_jwt":
            found = _check_jwt(presented, gathered)
        else:
            found = _check_embedded(unsecured or without_proof(presented.credential), presented, gathered)
    except EndedError as ended:
        return ended.finding, None
    if found.unread:
        detail = (
            f"{found.proof} fits: nothing that it signs was changed. "
            f"Proofs that were not read: {found.unread}. What they say is not vouched for."
        )
        return Finding(Outcome.PASS, "proof_valid_others_unread", detail), found
    return Finding(Outcome.PASS, "proof_valid", f"{found.proof} fits: nothing was changed."), found


def without_proof(credential: Mapping[str, Any]) -> Unsecured:
    """Return what an embedded proof of `credential` is over."""
    return Unsecured({name: value for name, value in credential.items() if name != "proof"})


def check_issuer_key(issuer_id: str | None, found: ProofKey, gathered: Gathered) -> Finding:
    """Check that the key which made the proof is published by the issuer for making assertions."""
    document = _document(issuer_id, gathered)
    if document is None:
        if issuer_id is None or not issuer_id.startswith(("did:", "https:", "http:")):
            return failed(
                "key_not_bound", "The issuer's id is no address at which a key is published."
            ).finding
        return _unresolved(f"The keys of {issuer_id}", issuer_id, gathered).finding
    keys = dids.assertion_keys(document, gathered.now)
    by_name = found.method is not None and keys.get(found.method) == found.key
    by_value = found.method in (None, issuer_id) and found.key in keys.values()
    if by_name or by_value:
        return Finding(Outcome.PASS, "key_bound", f"{issuer_id} publishes the key for making assertions.")
    detail = (
        f"The signature is sound, but {issuer_id} does not publish its key: somebody else may have made it."
    )
    return failed("key_not_bound", detail, "Ask the issuer whether the key is theirs.").finding


def describe_json_ld(error: JsonLdError) -> Finding:
    """Return the finding for a document that JSON-LD would not read in one way only."""
    pointer, code = next(((fault.pointer, fault.code) for fault in error.faults), ("", error.code))
    detail = f"{error.detail} (At {pointer or 'the top'}.)"
    if isinstance(error, TooComplexError):
        return Finding(Outcome.UNKNOWN, "too_complex", detail)
    if code in _CONTEXT_CODES:
        return Finding(Outcome.FAIL, "context_not_supported", detail, error.hint)
    if code in _UNSIGNED_CODES:
        return Finding(Outcome.FAIL, "unsigned_data", f"{detail} No signature would cover it.", error.hint)
    return Finding(Outcome.FAIL, "json_ld_invalid", detail, error.hint)


def _check_embedded(unsecured: Unsecured, presented: Presented, gathered: Gathered) -> ProofKey:
    """Check every proof of a set: all that can be read must hold and be the issuer's; one must be there.

    Anybody can add a proof to a document, so that none may be passed over in silence.
    """
    proofs = listed(presented.credential["proof"])
    if not proofs:
        raise failed("proof_missing", "The list of proofs is empty: anybody can have written this.")
    if len(proofs) > MAX_PROOFS:
        raise failed("proof_invalid", f"There are more than {MAX_PROOFS} proofs.")
    suites = [data_integrity.cryptosuite_of(proof) for proof in proofs]
    if any(suite is not None and suite.form == "rdfc" for suite in suites):
        _canonize(unsecured)
    proof_set = _ProofSet(unsecured, proofs, gathered)
    keys, endings = [], []
    for position in range(len(proofs)):
        try:
            keys.append(proof_set.check(position))
        except EndedError as ended:
            endings.append(ended)
    if not keys:
        raise next((ended for ended in endings if ended.finding.outcome is Outcome.FAIL), endings[0])
    if len(proofs) > 1:
        _check_others(issuer_id_of(unsecured.document), keys, endings, gathered)
    return replace(keys[0], unread=len(endings))


def _check_others(
    issuer_id: str | None, keys: list[ProofKey], endings: list[EndedError], gathered: Gathered
) -> None:
    """Check that what stands beside a good proof is as good, or of a kind that is not checked here."""
    for ended in endings:
        if ended.finding.outcome is Outcome.FAIL:
            detail = f"Another of the proofs does not hold: {ended.finding.detail}"
            raise failed("proof_set_invalid", detail) from ended
    for key in keys:
        if check_issuer_key(issuer_id, key, gathered).outcome is Outcome.FAIL:
            raise failed("proof_set_invalid", f"{key.proof} fits, but it is not by a key of the issuer.")
    for ended in endings:
        if ended.finding.code != "proof_unsupported":
            raise ended


def _canonize(unsecured: Unsecured) -> None:
    try:
        unsecured.canonical("rdfc")
    except JsonLdError as error:
        raise EndedError(describe_json_ld(error)) from error


class _ProofSet:
    """The proofs of one document: each stands alone, or builds on others that must then hold as well."""

    def __init__(self, unsecured: Unsecured, proofs: list[Any], gathered: Gathered) -> None:
        self._unsecured = unsecured
        self._proofs = proofs
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
                "proof_unsupported", f"Proofs of the kind {kind} are not checked here.", _UNSUPPORTED
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
        key = _find_key(method, issuer_id_of(unsecured.document), self._gathered)
        try:
            if "expires" in proof and datetimes.parse(proof["expires"]) <= self._gathered.now:
                raise failed("proof_expired", f"The proof was good until {proof['expires']}.")
            data_integrity.verify_proof(unsecured, proof, key)
        except JsonLdError as error:
            raise EndedError(describe_json_ld(error)) from error
        except (InvalidSignatureError, InvalidPayloadError) as error:
            detail = f"{error.detail} The document was changed, or signed by another."
            raise failed("proof_invalid", detail) from error
        return key, method


def _check_jwt(presented: Presented, gathered: Gathered) -> ProofKey:
    token = presented.token or ""
    header = jws.peek(token).header
    try:
        jws.check_header(header)
        _check_algorithm(header["alg"])
        key, method = _jwt_key(header, presented, gathered)
        vc_jwt.check(token, key, gathered.now)
    except InvalidSignatureError as error:
        raise failed("proof_invalid", error.detail) from error
    except InvalidPayloadError as error:
        code = next((fault.code for fault in error.faults), "proof_invalid")
        details = " ".join([error.detail, *(fault.detail for fault in error.faults)])
        raise failed(code, details) from error
    return ProofKey(key, method, "The JWT's signature")


def _check_algorithm(algorithm: str) -> None:
    if algorithm in ALGORITHMS:
        return
    if _OTHER_ALGORITHMS.fullmatch(algorithm):
        raise unknown("proof_unsupported", f"A VC-JWT with {algorithm} is not checked here.", _UNSUPPORTED)
    raise failed("proof_invalid", f"The algorithm {algorithm[:20]!r} proves nothing.")


def _jwt_key(
    header: Mapping[str, Any], presented: Presented, gathered: Gathered
) -> tuple[PublicKey, str | None]:
    """Return the key that a JWT's header names, and its id unless only `jwk` spells it.

    A `jwk` proves nothing yet: `check_issuer_key` decides. In the form of VC-JOSE-COSE a `kid` that is no URL
    is one among the issuer's keys. Raises `InvalidPayloadError` for a `jwk` that checks no signatures.
    """
    embedded = read_jwk(header["jwk"]) if "jwk" in header else None
    issuer_id = issuer_id_of(presented.credential)
    method = header.get("kid")
    if method is None:
        if embedded is None:
            raise failed("key_missing", "The JWT's header names no key (kid or jwk).")
        return embedded, None
    if ":" not in method and header.get("typ") in jws.VC_JOSE_TYPES:
        method = f"{issuer_id}#{method}"
    try:
        named = _find_key(method, issuer_id, gathered)
    except EndedError as ended:
        if embedded is None or ended.finding.outcome is Outcome.FAIL:
            raise
        return embedded, method
    if embedded not in (None, named):
        raise failed("proof_invalid", "The keys that kid and jwk name are not the same.")
    return named, method


def _find_key(method: str, issuer_id: str | None, gathered: Gathered) -> PublicKey:
    """Return the key with the id `method`.

    Looked for in the issuer's document, then in the one of the id's own subject. A DID that spells its key
    may be named without a fragment. Where a document could not be had, a key that the id's fragment spells
    still tells whether the credential was changed.
    """
    if ":" not in method:
        raise failed("key_not_found", f"{method:.200} is no URL at which a key is published.")
    subject, _, fragment = method.partition("#")
    own = _document(subject, gathered)
    for document in (_document(issuer_id, gathered), own):
        key = dids.published_keys(document, gathered.now).get(method) if document else None
        if key is not None:
            return key
    if dids.spells_its_key(subject):
        if own is not None and method == subject:
            return next(iter(dids.published_keys(own).values()))
    elif own is None:
        try:
            return read_multikey(fragment)
        except InvalidPayloadError as error:
            raise _unresolved(f"The key {method:.200}", subject, gathered) from error
    raise failed("key_not_found", f"{subject:.200} does not publish the key {method:.200} now.")


def _document(identifier: str | None, gathered: Gathered) -> Mapping[str, Any] | None:
    """Return the document of a DID or an issuer's URL: the DID's own, or a gathered one with that id."""
    if identifier is None:
        return None
    if dids.spells_its_key(identifier):
        try:
            return dids.resolve(identifier)
        except InvalidPayloadError:
            return None
    document = gathered.did_documents.get(identifier)
    return document if isinstance(document, Mapping) and document.get("id") == identifier else None


def _unresolved(what: str, identifier: str, gathered: Gathered) -> EndedError:
    """Return the end of a check for which the document of `identifier` would have been needed."""
    document, detail = gathered.did_documents.get(identifier), f"{what} could not be looked up."
    if isinstance(document, Unavailable):
        return unknown("key_unresolved", f"{detail} {document.reason}", document.remedy)
    return unknown("key_unresolved", detail)
