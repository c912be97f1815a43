"""What other people's verifiers say about our proofs of every cryptosuite, derived ones and presentations."""

from typing import Any

import pytest

from app.signing import dids, issue
from app.signing.data_integrity import DisclosureKeys
from app.signing.keys import Signer
from tests.interop.samples import (
    CHALLENGE,
    DOMAIN,
    MANDATORY,
    NOW,
    P256,
    P384,
    credential,
    key_of,
    options,
)
from tests.interop.samples import SIGNER as ED25519
from tests.interop.verifiers import Answer, Verifiers

pytestmark = pytest.mark.interop

CASES: list[tuple[str, Signer]] = [
    ("eddsa-rdfc-2022", ED25519),
    ("eddsa-jcs-2022", ED25519),
    *((suite, signer) for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019") for signer in (P256, P384)),
]
EACH = pytest.mark.parametrize(
    ("suite", "signer"), CASES, ids=[f"{suite} {signer.public_key.jwk_type[1]}" for suite, signer in CASES]
)


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
