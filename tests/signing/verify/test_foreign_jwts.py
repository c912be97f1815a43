"""JWTs that PyJWT and joserfc sign with the algorithms that this service only checks."""

import hmac
import json
import warnings
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, RSAKey

from app.signing import dids, multibase
from app.signing.keys import EcdsaSigner, PublicKey, RsaSigner
from tests.signing.badges import DID, SIGNER, Document, badge, badge_1, codes, judge
from tests.signing.others import (
    OTHER_SIGNERS,
    P256,
    P384,
    ecdsa_private_key,
    rsa_private_key,
    rsa_signer,
)

SIGNERS = pytest.mark.parametrize("signer", OTHER_SIGNERS, ids=lambda signer: signer.algorithm)
OtherSigner = EcdsaSigner | RsaSigner


def pem(signer: OtherSigner) -> bytes:
    key = rsa_private_key(signer) if isinstance(signer, RsaSigner) else ecdsa_private_key(signer)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def by_pyjwt(signer: OtherSigner, claims: Document, header: Document, algorithm: str | None = None) -> str:
    return pyjwt.encode(claims, pem(signer).decode(), algorithm or signer.algorithm, headers=header)


def by_joserfc(signer: OtherSigner, claims: Document, header: Document) -> str:
    kind = RSAKey if isinstance(signer, RsaSigner) else ECKey
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of RS256, which is what Open Badges demands
        members = {"alg": signer.algorithm, **header}
        payload = json.dumps(claims).encode()
        return joserfc_jws.serialize_compact(
            members, payload, kind.import_key(pem(signer)), [signer.algorithm]
        )


def publishing(did: str, key: PublicKey) -> dict[str, Any]:
    """Return a document in which `did` publishes `key` with the fragment `key`, beside the list's own key."""
    document = dids.did_document(did, [SIGNER.public_key])
    entry = {"id": f"{did}#key", "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk}
    document["verificationMethod"].append(entry)
    document["assertionMethod"].append(entry["id"])
    return {did: document}


@SIGNERS
@pytest.mark.parametrize("write", [by_pyjwt, by_joserfc])
def test_a_jwt_of_a_published_key_is_verified(signer: OtherSigner, write: Any) -> None:  # noqa: ANN401 (two writers)
    token = write(signer, {**badge(), "iss": DID}, {"kid": f"{DID}#key", "typ": "JWT"})
    assert judge(token, did_documents=publishing(DID, signer.public_key)).verified


@SIGNERS
def test_a_jwt_that_carries_its_key_is_verified_if_the_issuer_publishes_it(signer: OtherSigner) -> None:
    token = by_pyjwt(signer, badge(), {"jwk": signer.public_key.jwk})
    assert judge(token, did_documents=publishing(DID, signer.public_key)).verified
    report = judge(token)
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_not_bound")


@SIGNERS
def test_a_did_jwk_issuer_needs_nothing_from_outside(signer: OtherSigner) -> None:
    jwk = json.dumps(signer.public_key.jwk, separators=(",", ":"))
    did = "did:jwk:" + multibase.encode_base64url(jwk.encode())[1:]
    document = badge(issuer={"id": did, "type": ["Profile"], "name": "Acme"})
    del document["credentialStatus"]
    for method in (f"{did}#0", did):
        assert judge(by_pyjwt(signer, document, {"kid": method}), did_documents={}).verified
    report = judge(by_pyjwt(signer, document, {"kid": f"{did}#1"}), did_documents={})
    assert codes(report)["proof"] == "key_not_found"


@pytest.mark.parametrize("signer", [P256, P384], ids=["P-256", "P-384"])
def test_a_did_key_issuer_on_any_curve_needs_nothing_from_outside(signer: EcdsaSigner) -> None:
    did = dids.did_key(signer.public_key)
    document = badge(issuer={"id": did, "type": ["Profile"], "name": "Acme"})
    del document["credentialStatus"]
    token = by_joserfc(signer, document, {"kid": dids.multikey_id(did, signer.public_key)})
    assert judge(token, did_documents={}).verified


@pytest.mark.parametrize(
    ("signer", "algorithm"), [(rsa_signer(), "RS384"), (rsa_signer(), "RS512"), (rsa_signer(), "PS256")]
)
def test_another_algorithm_of_the_same_key_is_not_decided(signer: RsaSigner, algorithm: str) -> None:
    token = by_pyjwt(signer, badge(), {"kid": f"{DID}#key"}, algorithm)
    report = judge(token, did_documents=publishing(DID, signer.public_key))
    assert codes(report)["proof"] == "proof_unsupported"
    assert report.verdict == "undetermined"


def test_the_algorithm_is_the_one_of_the_key_whatever_the_header_would_like() -> None:
    for signer in (P256, P384, rsa_signer()):
        token = by_pyjwt(signer, badge(), {"kid": f"{DID}#key"})
        for other in (P256, P384, rsa_signer()):
            report = judge(token, did_documents=publishing(DID, other.public_key))
            assert report.verified == (other == signer)


def test_a_public_key_as_hmac_secret_proves_nothing() -> None:
    _, payload, _ = by_pyjwt(P256, badge(), {"kid": f"{DID}#key"}).split(".")
    header = multibase.encode_base64url(json.dumps({"alg": "HS256", "kid": f"{DID}#key"}).encode())[1:]
    mac = hmac.digest(json.dumps(P256.public_key.jwk).encode(), f"{header}.{payload}".encode(), "sha256")
    token = f"{header}.{payload}.{multibase.encode_base64url(mac)[1:]}"
    report = judge(token, did_documents=publishing(DID, P256.public_key))
    assert codes(report)["proof"] == "proof_invalid"


def test_a_der_signature_is_no_signature_of_a_jwt() -> None:
    header, payload, _ = by_pyjwt(P256, badge(), {"kid": f"{DID}#key"}).split(".")
    der = ecdsa_private_key(P256).sign(f"{header}.{payload}".encode(), ECDSA(P256.public_key.hash))
    token = f"{header}.{payload}.{multibase.encode_base64url(der)[1:]}"
    report = judge(token, did_documents=publishing(DID, P256.public_key))
    assert codes(report)["proof"] == "proof_invalid"


# The form of VC-JOSE-COSE ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key_id", [f"{DID}#key", "key"])
def test_in_vc_jose_cose_a_key_id_may_be_relative_to_the_issuer(key_id: str) -> None:
    token = by_pyjwt(P256, badge(), {"kid": key_id, "typ": "vc+jwt", "cty": "vc"})
    assert judge(token, did_documents=publishing(DID, P256.public_key)).verified
    report = judge(by_pyjwt(P256, badge(), {"kid": "other", "typ": "vc+jwt"}), did_documents={})
    assert codes(report)["proof"] == "key_unresolved"


def test_in_the_form_of_open_badges_a_key_id_is_a_url() -> None:
    token = by_pyjwt(P256, badge(), {"kid": "key", "typ": "JWT"})
    report = judge(token, did_documents=publishing(DID, P256.public_key))
    assert codes(report)["proof"] == "key_not_found"


def test_the_period_of_the_signature_has_codes_of_its_own() -> None:
    token = by_pyjwt(P256, {**badge(), "exp": 1464782400}, {"kid": f"{DID}#key", "typ": "vc+jwt"})
    report = judge(token, did_documents=publishing(DID, P256.public_key))
    assert codes(report)["proof"] == "proof_expired"


# Data model 1.1 -------------------------------------------------------------------------------------------


@SIGNERS
def test_the_signature_over_data_model_1_is_checked(signer: OtherSigner) -> None:
    token = by_pyjwt(signer, {"iss": DID, "nbf": 1457092800, "vc": badge_1()}, {"kid": f"{DID}#key"})
    report = judge(token, did_documents=publishing(DID, signer.public_key))
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_bound")


def test_the_place_of_data_model_1_is_checked() -> None:
    token = by_pyjwt(P256, badge_1(), {"kid": f"{DID}#key"})
    report = judge(token, did_documents=publishing(DID, P256.public_key))
    assert codes(report)["proof"] == "jwt_vc_claim_missing"
