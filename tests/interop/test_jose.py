"""What `jose`, the JWT library of most JavaScript verifiers, says about our VC-JWT."""

import base64
from datetime import UTC, datetime

import pytest

from app.signing import dids, vc_jwt, vp_jwt
from app.signing.keys import Ed25519Signer, RsaSigner, Signer
from tests.interop.samples import CHALLENGE, DID, DOMAIN, NOW, P256, P384, SIGNER, credential
from tests.interop.verifiers import Verifiers

pytestmark = pytest.mark.interop

RSA = RsaSigner.generate()
KEY_ID = dids.jwk_key_id(DID, SIGNER.public_key)


def test_a_vc_jwt_verifies_and_says_what_the_credential_says(verifiers: Verifiers) -> None:
    document = credential()
    answer = verifiers.verify_jwt(vc_jwt.create(document, SIGNER, KEY_ID), SIGNER.public_key.jwk, NOW)
    assert (answer.verified, answer.error) == (True, None)
    assert answer.details["header"] == {"alg": "EdDSA", "kid": KEY_ID, "typ": "JWT"}
    claims = {
        "iss": DID,
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
        "nbf": 1457092800,
        "exp": 1772625600,
    }
    assert answer.details["payload"] == document | claims


@pytest.mark.parametrize("second", ["2016-03-04T11:59:59Z", "2026-03-04T12:00:01Z"])
def test_a_vc_jwt_out_of_its_period_is_refused(verifiers: Verifiers, second: str) -> None:
    token = vc_jwt.create(credential(), SIGNER, KEY_ID)
    now = datetime.fromisoformat(second).astimezone(UTC)
    assert not verifiers.verify_jwt(token, SIGNER.public_key.jwk, now).verified


def test_a_vc_jwt_does_not_verify_with_another_key(verifiers: Verifiers) -> None:
    token = vc_jwt.create(credential(), SIGNER, KEY_ID)
    other = Ed25519Signer.from_seed(bytes(32))
    answer = verifiers.verify_jwt(token, other.public_key.jwk, NOW)
    assert (answer.verified, answer.error) == (False, "signature verification failed")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_byte_in_any_part_is_refused(verifiers: Verifiers, part: int) -> None:
    parts = vc_jwt.create(credential(), SIGNER, KEY_ID).split(".")
    padded = parts[part] + "=" * (-len(parts[part]) % 4)
    raw = bytearray(base64.urlsafe_b64decode(padded))
    raw[len(raw) // 2] ^= 1
    parts[part] = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert not verifiers.verify_jwt(".".join(parts), SIGNER.public_key.jwk, NOW).verified


@pytest.mark.parametrize("signer", [SIGNER, P256, P384, RSA], ids=lambda signer: signer.algorithm)
def test_both_forms_verify_with_every_algorithm(verifiers: Verifiers, signer: Signer) -> None:
    forms = {"JWT": vc_jwt.create, "vc+jwt": vc_jwt.create_jose}
    for kind, create in forms.items():
        answer = verifiers.verify_jwt(create(credential(), signer, KEY_ID), signer.public_key.jwk, NOW, kind)
        assert (answer.verified, answer.error) == (True, None)
        assert answer.details["header"]["alg"] == signer.algorithm
        assert credential().items() <= answer.details["payload"].items()


def test_a_presentation_verifies(verifiers: Verifiers) -> None:
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [vc_jwt.envelop(vc_jwt.create_jose(credential(), SIGNER, KEY_ID))],
    }
    token = vp_jwt.create(shown, P256, KEY_ID, challenge=CHALLENGE, domain=DOMAIN)
    answer = verifiers.verify_jwt(token, P256.public_key.jwk, NOW, "vp+jwt")
    assert answer.details["payload"] == {**shown, "nonce": CHALLENGE, "aud": DOMAIN}
