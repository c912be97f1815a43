"""Check 3: the signature, embedded or around the whole. Whose key it is, is check 4 (`keys`).

The two are apart on purpose: anybody can sign in somebody else's name with a key of their own.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import jws, vc_jwt
from app.signing.data_integrity import Unsecured
from app.signing.keys import ALGORITHMS, PublicKey, read_jwk
from app.signing.verify.keys import ProofKey, Speaker, find_key
from app.signing.verify.presented import Gathered, Presented, issuer_id_of
from app.signing.verify.proof_sets import UNSUPPORTED, check_embedded
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown

_OTHER_ALGORITHMS: Final = re.compile(r"RS\d{3}|PS\d{3}|ES\d{3}K?|ESP\d{3}|Ed448")
"""Asymmetric algorithms that a sound JWT may have and that are not checked here."""


def check_proof(
    presented: Presented, gathered: Gathered, unsecured: Unsecured | None = None
) -> tuple[Finding, ProofKey | None]:
    """Check the signature of `presented`; the key is returned when it has been found good.

    `unsecured` is the credential without its proof, where the caller has made canonical forms of it already.
    """
    speaker = issuer_of(presented.credential)
    if presented.token is not None:
        check = partial(vc_jwt.check, now=gathered.now, legacy=presented.legacy)
        return check_jwt(presented.token, speaker, check, gathered)
    return check_document(presented.credential, speaker, gathered, unsecured)


def check_document(
    document: Mapping[str, Any], speaker: Speaker, gathered: Gathered, unsecured: Unsecured | None = None
) -> tuple[Finding, ProofKey | None]:
    """Check the proofs in `document`, a credential or a presentation."""
    try:
        if "proof" not in document:
            raise failed("proof_missing", "There is no proof: anybody can have written this.")
        found = check_embedded(unsecured or without_proof(document), document["proof"], speaker, gathered)
    except EndedError as ended:
        return ended.finding, None
    if found.unread:
        detail = (
            f"{found.proof} fits: nothing that it signs was changed. "
            f"Proofs that were not read: {found.unread}. What they say is not vouched for."
        )
        return Finding(Outcome.PASS, "proof_valid_others_unread", detail), found
    return valid(found), found


def check_jwt(
    token: str, speaker: Speaker, check: Callable[[str, PublicKey], object], gathered: Gathered
) -> tuple[Finding, ProofKey | None]:
    """Check a JWT around a credential or a presentation; `check` is what reads it with the key."""
    try:
        found = _check_jwt(token, speaker, check, gathered)
    except EndedError as ended:
        return ended.finding, None
    return valid(found), found


def issuer_of(credential: Mapping[str, Any]) -> Speaker:
    """Return who should have signed `credential`."""
    return Speaker(issuer_id_of(credential), "assertionMethod")


def valid(found: ProofKey) -> Finding:
    """Return what is said of a proof that fits."""
    return Finding(Outcome.PASS, "proof_valid", f"{found.proof} fits: nothing was changed.")


def without_proof(credential: Mapping[str, Any]) -> Unsecured:
    """Return what an embedded proof of `credential` is over."""
    return Unsecured({name: value for name, value in credential.items() if name != "proof"})


def _check_jwt(
    token: str, speaker: Speaker, check: Callable[[str, PublicKey], object], gathered: Gathered
) -> ProofKey:
    header = jws.peek(token).header
    try:
        jws.check_header(header)
        _check_algorithm(header["alg"])
        key, method = _jwt_key(header, speaker, gathered)
        check(token, key)
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
        raise unknown("proof_unsupported", f"A VC-JWT with {algorithm} is not checked here.", UNSUPPORTED)
    raise failed("proof_invalid", f"The algorithm {algorithm[:20]!r} proves nothing.")


def _jwt_key(header: Mapping[str, Any], speaker: Speaker, gathered: Gathered) -> tuple[PublicKey, str | None]:
    """Return the key that a JWT's header names, and its id unless only `jwk` spells it.

    A `jwk` proves nothing yet: `check_key` decides. In the form of VC-JOSE-COSE a `kid` that is no URL is
    one among the keys of the speaker. Raises `InvalidPayloadError` for a `jwk` that checks no signatures.
    """
    embedded = read_jwk(header["jwk"]) if "jwk" in header else None
    method = header.get("kid")
    if method is None:
        if embedded is None:
            raise failed("key_missing", "The JWT's header names no key (kid or jwk).")
        return embedded, None
    if ":" not in method and header.get("typ") in jws.JOSE_COSE_TYPES:
        method = f"{speaker.id}#{method}"
    try:
        named = find_key(method, speaker.id, gathered)
    except EndedError as ended:
        if embedded is None or ended.finding.outcome is Outcome.FAIL:
            raise
        return embedded, method
    if embedded not in (None, named):
        raise failed("proof_invalid", "The keys that kid and jwk name are not the same.")
    return named, method
