"""Check 4 and what it rests on: which key an id names, and whether it is the one of who speaks.

A DID that spells its key is its own document; any other document was gathered, or is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from app.errors import InvalidPayloadError
from app.signing import dids
from app.signing.dids import Purpose
from app.signing.keys import PublicKey, read_multikey
from app.signing.verify.presented import Gathered, Unavailable
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown

_AIMS: Final[Mapping[Purpose, str]] = {
    "assertionMethod": "making assertions",
    "authentication": "authentication",
}
_LOOKED_UP: Final = ("did:key:", "did:jwk:", "did:web:")
_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)


@dataclass(frozen=True, slots=True)
class ProofKey:
    """The key under which a proof was found good.

    `method` is the id by which the proof names it, if it does; `proof` says in words what was checked.
    `others` are the keys of the proofs beside it, and `unread` counts those that are of kinds not checked.
    """

    key: PublicKey
    method: str | None
    proof: str
    others: tuple["ProofKey", ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is said to have signed, the issuer or the holder, and what for."""

    id: str | None
    purpose: Purpose


def check_key(speaker: Speaker, found: ProofKey, gathered: Gathered) -> Finding:
    """Check that every key which made a proof is published by `speaker` for its purpose.

    A holder that is not named is whoever the key belongs to (VCDM 2.0, Verifiable Presentations).
    """
    findings = []
    for key in (found, *found.others):
        anonymous = speaker.id is None and speaker.purpose == "authentication" and key.method is not None
        owner = str(key.method).partition("#")[0] if anonymous else speaker.id
        findings.append(_check_one(owner, key, gathered, speaker.purpose))
    return min(findings, key=lambda finding: _WORST_FIRST.index(finding.outcome))


def _check_one(owner: str | None, found: ProofKey, gathered: Gathered, purpose: Purpose) -> Finding:
    keys = keys_of(owner, gathered, purpose)
    if keys is None:
        if owner is None or not owner.startswith(("did:", "https:", "http:")):
            detail = "The id of the issuer or holder is no address at which a key is published."
            return failed("key_not_bound", detail).finding
        return unresolved(f"The keys of {owner}", owner, gathered).finding
    by_name = found.method is not None and keys.get(found.method) == found.key
    by_value = found.method in (None, owner) and found.key in keys.values()
    aim = _AIMS[purpose]
    if by_name or by_value or _is_served_by(owner, found, gathered):
        return Finding(Outcome.PASS, "key_bound", f"{owner} publishes the key for {aim}.")
    detail = (
        f"{found.proof} is sound, but {owner} does not publish its key for {aim}: "
        "somebody else may have made it."
    )
    return failed("key_not_bound", detail, "Ask whether the key is theirs.").finding


def _is_served_by(owner: str | None, found: ProofKey, gathered: Gathered) -> bool:
    """Tell whether the key is one that `owner`, a web address, serves by itself under the same origin.

    Open Badges 3.0, 8.2: a `kid` is the URL of a JWK. It counts only where the owner's profile publishes no
    keys: one that does has said which are its own.
    """
    document = document_of(owner, gathered)
    if owner is None or document is None or found.method is None or "verificationMethod" in document:
        return False
    places = [urlsplit(url) for url in (owner, found.method)]
    if any(place.scheme != "https" for place in places) or places[0].netloc != places[1].netloc:
        return False
    served = document_of(found.method, gathered)
    return served is not None and dids.published_keys(served).get(found.method) == found.key


def find_key(method: str, owner: str | None, gathered: Gathered) -> PublicKey:
    """Return the key with the id `method`.

    Looked for in the document of `owner`, the issuer or holder, then in the one of the id's own subject. A
    DID that spells its key may be named without a fragment. Where a document could not be had, a key that
    the id's fragment spells still tells whether the credential was changed.
    """
    if ":" not in method:
        raise failed("key_not_found", f"{method:.200} is no URL at which a key is published.")
    subject, _, fragment = method.partition("#")
    own = keys_of(subject, gathered)
    for keys in (keys_of(owner, gathered), own) if owner != subject else (own,):
        key = keys.get(method) if keys else None
        if key is not None:
            return key
    if dids.spells_its_key(subject):
        if own is not None and method == subject:
            return next(iter(own.values()))
    elif own is None:
        try:
            return read_multikey(fragment)
        except InvalidPayloadError as error:
            raise unresolved(f"The key {method:.200}", subject, gathered) from error
    raise failed("key_not_found", f"{subject:.200} does not publish the key {method:.200} now.")


def keys_of(
    identifier: str | None, gathered: Gathered, purpose: Purpose | None = None
) -> Mapping[str, PublicKey] | None:
    """Return the keys that a DID or an issuer's URL publishes now, by their ids: all, or those for `purpose`.

    None when its document was not to be had.
    """
    if identifier is not None and dids.spells_its_key(identifier):
        try:
            return dids.spelt_keys(identifier)
        except InvalidPayloadError:
            return None
    document = document_of(identifier, gathered)
    if document is None:
        return None
    if purpose is None:
        return dids.published_keys(document, gathered.now)
    return dids.purpose_keys(document, purpose, gathered.now)


def document_of(identifier: str | None, gathered: Gathered) -> Mapping[str, Any] | None:
    """Return the document with that id, a DID or an issuer's URL, that was gathered."""
    if identifier is None:
        return None
    document = gathered.did_documents.get(identifier)
    return document if isinstance(document, Mapping) and document.get("id") == identifier else None


def unresolved(what: str, identifier: str, gathered: Gathered) -> EndedError:
    """Return the end of a check for which the document of `identifier` would have been needed."""
    document, detail = gathered.did_documents.get(identifier), f"{what} could not be looked up."
    if isinstance(document, Unavailable):
        return unknown("key_unresolved", f"{detail} {document.reason}", document.remedy)
    if identifier.startswith("did:") and not identifier.startswith(_LOOKED_UP):
        remedy = "Give it to a verifier that knows such DIDs, or ask the issuer for did:web or did:key."
        return unknown("key_unresolved", f"{detail} DIDs of this method are not looked up here.", remedy)
    return unknown("key_unresolved", detail)
