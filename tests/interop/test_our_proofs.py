"""What other people's verifiers say about our proofs of every cryptosuite, derived ones and presentations."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.signing import dids, issue
from app.signing.data_integrity import DisclosureKeys, ProofOptions
from app.signing.keys import CurveKey, Ed25519Signer, P256Signer, P384Signer, Signer
from tests.interop.samples import NOW, credential
from tests.interop.verifiers import Answer, Verifiers

pytestmark = pytest.mark.interop

CREATED = datetime(2016, 3, 4, 12, 0, 1, tzinfo=UTC)
ED25519 = Ed25519Signer.from_seed(bytes(range(32)))
P256 = P256Signer.from_scalar(bytes(range(1, 33)))
P384 = P384Signer.from_scalar(bytes(range(1, 49)))
CASES: list[tuple[str, Signer]] = [
    ("eddsa-rdfc-2022", ED25519),
    ("eddsa-jcs-2022", ED25519),
    *((suite, signer) for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019") for signer in (P256, P384)),
]
EACH = pytest.mark.parametrize(
    ("suite", "signer"), CASES, ids=[f"{suite} {signer.public_key.jwk_type[1]}" for suite, signer in CASES]
)
CHALLENGE, DOMAIN = "uo7SDCVCLtzuV3JCqv8ZLQ", "wallet.example"
MANDATORY = [
    "/issuer",
    "/validFrom",
    "/validUntil",
    "/credentialSubject/id",
    "/credentialSubject/achievement/id",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
    "/credentialSubject/achievement/criteria",
]
"""What a credential has at least; with the rest of it the holder does as they like."""


def key_of(signer: Signer) -> CurveKey:
    assert isinstance(signer.public_key, CurveKey)
    return signer.public_key


def options(signer: Signer, **more: Any) -> ProofOptions:  # noqa: ANN401 (any option)
    did = dids.did_key(key_of(signer))
    return ProofOptions(dids.multikey_id(did, key_of(signer)), CREATED, **more)


def badge(signer: Signer, version: str = "2.0") -> dict[str, Any]:
    """Return a badge by the did:key of `signer`."""
    issuer = {"id": dids.did_key(key_of(signer)), "type": ["Profile"], "name": "Participation Network"}
    document = credential(issuer=issuer)
    del document["credentialStatus"]
    if version == "1.1":
        document["@context"][0] = "https://www.w3.org/2018/credentials/v1"
        document["issuanceDate"] = document.pop("validFrom")
        document["expirationDate"] = document.pop("validUntil")
    return document


def ask(verifiers: Verifiers, document: dict[str, Any], signer: Signer) -> Answer:
    did = dids.did_key(key_of(signer))
    return verifiers.verify_credential(document, {did: dids.resolve(did)}, NOW)


@EACH
@pytest.mark.parametrize("version", ["2.0", "1.1"])
def test_a_credential_verifies(verifiers: Verifiers, suite: str, signer: Signer, version: str) -> None:
    secured = issue.secure(badge(signer, version), signer, suite, options(signer))
    answer = ask(verifiers, secured, signer)
    assert (answer.verified, answer.error) == (True, None)
    assert not ask(verifiers, {**secured, "name": "Another"}, signer).verified


@EACH
def test_a_presentation_verifies_for_whom_it_was_made(
    verifiers: Verifiers, suite: str, signer: Signer
) -> None:
    holder = dids.did_key(key_of(signer))
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [
            issue.secure(badge(ED25519), ED25519, "eddsa-rdfc-2022", options(ED25519)),
            issue.secure(badge(P256), P256, "ecdsa-jcs-2019", options(P256)),
        ],
    }
    asked = options(signer, purpose="authentication", challenge=CHALLENGE, domain=DOMAIN)
    presentation = issue.secure(shown, signer, suite, asked)
    everybody = {dids.did_key(key_of(each)) for each in (signer, ED25519, P256)}
    documents = {did: dids.resolve(did) for did in everybody}
    answer = verifiers.verify_presentation(presentation, documents, NOW, challenge=CHALLENGE, domain=DOMAIN)
    assert (answer.verified, answer.error) == (True, None)
    for challenge, domain in (("another", DOMAIN), (CHALLENGE, "other.example")):
        refused = verifiers.verify_presentation(
            presentation, documents, NOW, challenge=challenge, domain=domain
        )
        assert not refused.verified


@pytest.mark.parametrize(
    "selective",
    [
        [],
        ["/name"],
        ["/evidence/0/name", "/credentialSubject/result"],
        ["/credentialSubject/achievement/alignment/1/targetName"],
        ["/credentialSubject/achievement/resultDescription/0", "/credentialSubject/achievement/tag/1"],
        [""],
    ],
)
@pytest.mark.parametrize("version", ["2.0", "1.1"])
def test_what_is_disclosed_verifies(verifiers: Verifiers, selective: list[str], version: str) -> None:
    mandatory = MANDATORY if version == "2.0" else ["/issuer", "/issuanceDate", *MANDATORY[3:]]
    base = issue.secure_selectively(
        badge(P256, version), P256, options(P256), mandatory, DisclosureKeys.generate()
    )
    derived = issue.derive(base, selective)
    answer = ask(verifiers, derived, P256)
    assert (answer.verified, answer.error) == (True, None)
    assert not ask(verifiers, {**derived, "validFrom": "2016-03-05T12:00:00Z"}, P256).verified
    assert not ask(verifiers, base, P256).verified


def test_an_older_verifier_of_wallets_agrees(verifiers: Verifiers) -> None:
    secured = issue.secure(badge(ED25519), ED25519, "eddsa-rdfc-2022", options(ED25519))
    answer = verifiers.check_credential(secured)
    assert (answer.verified, answer.error) == (True, None)
    assert not verifiers.check_credential({**secured, "name": "Another"}).verified
