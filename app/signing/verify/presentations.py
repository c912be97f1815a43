"""Verifiable presentations in numbered steps, pure like `verify` (docs/verifying.md, Presentations).

`read_presentation` the value, gather what `presentation_needs` names, `verify_presentation`: the report says
of each check how it ended, and holds a report of its own for each credential that is shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, Literal

from app.errors import UnreadableCredentialError
from app.signing import jws, vc_jwt, vp_jwt
from app.signing.data_integrity import Unsecured
from app.signing.lint import PRESENTATION, is_version_1, kind_of
from app.signing.members import listed, objects
from app.signing.verify.credentials import verify
from app.signing.verify.documents import find_fault
from app.signing.verify.keys import ProofKey, Speaker, check_key
from app.signing.verify.presented import Gathered, Needs, Presented, needs, open_credential, opened
from app.signing.verify.proofs import check_document, check_jwt, without_proof
from app.signing.verify.reports import (
    NOT_REACHED,
    NOT_REACHED_EITHER,
    Check,
    Finding,
    Outcome,
    Report,
    Step,
    Verdict,
    numbered,
    verdict_of,
)

MAX_CREDENTIALS: Final = 16

_ENVELOPE: Final = "EnvelopedVerifiablePresentation"
_MODEL: Final = "VCDM 2.0, Verifiable Presentations"

STEPS: Final = (
    Step("parse", "Read the presentation", f"{_MODEL}; Enveloped Verifiable Presentations"),
    Step("conformance", "Follow the rules of the data model", f"{_MODEL}; Contexts"),
    Step("proof", "Check the signature", "VC Data Integrity 1.0, 4.2 and 4.3; VC-JOSE-COSE 1.0, 3.1.2"),
    Step("holder_key", "Bind the key to the holder", "VC Data Integrity 1.0, 4.2 (authentication)"),
    Step("challenge", "Compare challenge and domain", "VC Data Integrity 1.0, 4.2; RFC 7519, 4.1.3"),
    Step("credentials", "Check each credential", "VCDM 2.0, Verification"),
)
"""The checks in the order in which they are made and numbered."""


_JUDGEMENTS: Final[Sequence[tuple[Verdict, Outcome, str, str]]] = (
    ("not_verified", Outcome.FAIL, "credential_not_verified", "A credential does not hold"),
    ("undetermined", Outcome.UNKNOWN, "credential_undecided", "A credential could not be decided"),
)


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation as it was handed in: nothing in it has been checked.

    `token` is the JWT it came in, if it did, and `legacy` says that it was called `application/jwt`.
    """

    document: dict[str, Any]
    form: Literal["data_integrity", "vp_jwt", "unsecured"]
    credentials: tuple[Presented, ...]
    token: str | None = None
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What the verifier has asked the holder to sign; None was not asked for."""

    challenge: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class PresentationReport:
    """The verdict on one presentation, its checks, and a report on each credential in it."""

    verdict: Verdict
    checks: tuple[Check, ...]
    presentation: dict[str, Any]
    holder: str | None
    form: str
    credentials: tuple[Report, ...]

    @property
    def verified(self) -> bool:
        """Whether every check that applies has passed."""
        return self.verdict == "verified"


def read_presentation(value: object) -> Presentation:
    """Return the presentation that `value`, parsed JSON, holds: an object, an envelope, or a JWT as text.

    Raises `MalformedBodyError` or `UnreadableCredentialError` when there is none, or when a credential in it
    cannot be read.
    """
    if isinstance(value, str):
        return _read_jwt(value, legacy=False)
    if not isinstance(value, dict):
        raise UnreadableCredentialError("A presentation is neither an object nor a JWT.")
    if _ENVELOPE in listed(value.get("type")):
        token, legacy = opened(value, "vp")
        return _read_jwt(token, legacy=legacy)
    return Presentation(value, "data_integrity" if "proof" in value else "unsecured", _credentials_of(value))


def presentation_needs(presentation: Presentation) -> Needs:
    """Return what should be gathered before `verify_presentation` can decide."""
    if presentation.token is None:
        named = [proof.get("verificationMethod") for proof in objects(presentation.document.get("proof"))]
    else:
        named = [jws.peek(presentation.token).header.get("kid")]
    methods = [method for method in named if isinstance(method, str)]
    each = [needs(presented) for presented in presentation.credentials]
    issuers = [want.issuer_id for want in each if want.issuer_id is not None]
    return Needs(
        vp_jwt.holder_of(presentation.document),
        _unique(methods, *(want.verification_method_ids for want in each)),
        _unique(*(want.status_list_urls for want in each)),
        _unique(issuers, *(want.endorser_ids for want in each)),
        schema_urls=_unique(*(want.schema_urls for want in each)),
    )


def verify_presentation(presentation: Presentation, gathered: Gathered, asked: Asked) -> PresentationReport:
    """Return the report on `presentation` at the instant `gathered.now`.

    A challenge or domain that was asked for must be the one that was signed. Never raises for what it was
    given.
    """
    holder = vp_jwt.holder_of(presentation.document)
    speaker = Speaker(holder, "authentication")
    unsecured = without_proof(presentation.document)
    reports = tuple(verify(credential, gathered) for credential in presentation.credentials)
    findings = {
        "parse": Finding(Outcome.PASS, "parsed", f"The presentation shows credentials: {len(reports)}."),
        "conformance": _check_conformance(presentation, unsecured),
        "credentials": _judge(reports),
    }
    findings["proof"], key = _check_proof(presentation, speaker, unsecured, gathered)
    findings |= {"holder_key": NOT_REACHED, "challenge": NOT_REACHED_EITHER}
    if key is not None:
        findings["holder_key"] = check_key(speaker, key, gathered)
        findings["challenge"] = _check_challenge(presentation, asked)
    checks = numbered(STEPS, findings)
    return PresentationReport(
        verdict_of(checks), checks, presentation.document, holder, presentation.form, reports
    )


def _read_jwt(token: str, *, legacy: bool) -> Presentation:
    document = vp_jwt.presentation_of(vc_jwt.claims(jws.peek(token).payload))
    return Presentation(document, "vp_jwt", _credentials_of(document), token, legacy)


def _credentials_of(document: Mapping[str, Any]) -> tuple[Presented, ...]:
    shown = listed(document.get("verifiableCredential"))
    if len(shown) > MAX_CREDENTIALS:
        raise UnreadableCredentialError(f"The presentation shows more than {MAX_CREDENTIALS} credentials.")
    return tuple(open_credential(value) for value in shown)


def _unique(*ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(ids)))


def _check_conformance(presentation: Presentation, unsecured: Unsecured) -> Finding:
    """Check 2. In a JWT of data model 1.1 the credentials may be JWTs, which are not JSON-LD."""
    document = presentation.document
    if kind_of(document) != PRESENTATION:
        return Finding(Outcome.FAIL, "not_conformant", "/type: This is no VerifiablePresentation.")
    if presentation.token is not None and is_version_1(document):
        shown = objects(document.get("verifiableCredential"))
        unsecured = Unsecured({**unsecured.document, "verifiableCredential": shown})
    fault = find_fault(document, unsecured)
    return fault or Finding(Outcome.PASS, "conforms", "The document keeps the rules of a presentation.")


def _check_proof(
    presentation: Presentation, speaker: Speaker, unsecured: Unsecured, gathered: Gathered
) -> tuple[Finding, ProofKey | None]:
    if presentation.token is None:
        return check_document(presentation.document, speaker, gathered, unsecured)
    check = partial(vp_jwt.check, now=gathered.now, legacy=presentation.legacy)
    return check_jwt(presentation.token, speaker, check, gathered)


def _check_challenge(presentation: Presentation, asked: Asked) -> Finding:
    """Check 5: every proof repeats what was asked for, so that none can be used a second time elsewhere."""
    if asked.challenge is None and asked.domain is None:
        detail = "Nobody asked for a challenge or a domain: this may have been shown to others before."
        return Finding(Outcome.NOT_APPLICABLE, "challenge_not_asked", detail)
    for challenge, domains in _answers(presentation):
        if asked.challenge not in (None, challenge):
            return Finding(
                Outcome.FAIL, "challenge_differs", "The challenge is not the one that was asked for."
            )
        if asked.domain is not None and asked.domain not in domains:
            return Finding(Outcome.FAIL, "domain_differs", "The domain is not the one that was asked for.")
    return Finding(Outcome.PASS, "challenge_matches", "The holder signed what was asked for.")


def _answers(presentation: Presentation) -> Iterator[tuple[object, list[Any]]]:
    """Yield challenge and domains of each proof, or of the JWT."""
    if presentation.token is not None:
        claims = vc_jwt.claims(jws.peek(presentation.token).payload)
        yield claims.get(vp_jwt.CHALLENGE), listed(claims.get(vp_jwt.DOMAIN))
        return
    for proof in objects(presentation.document.get("proof")):
        yield proof.get("challenge"), listed(proof.get("domain"))


def _judge(reports: Sequence[Report]) -> Finding:
    """Check 6: what is shown is as good as the worst of it."""
    if not reports:
        return Finding(Outcome.NOT_APPLICABLE, "no_credentials", "The presentation shows no credential.")
    verdicts = [report.verdict for report in reports]
    for verdict, outcome, code, detail in _JUDGEMENTS:
        if verdict in verdicts:
            return Finding(outcome, code, f"{detail}: number {verdicts.index(verdict) + 1}.")
    return Finding(Outcome.PASS, "credentials_verified", f"Credentials that are verified: {len(reports)}.")
