import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys import (
    ALGORITHMS,
    CurveKey,
    Ed25519Signer,
    P521Signer,
    PublicKey,
    Signer,
    read_jwk,
    read_multikey,
    read_spki,
)
from tests.signing.others import OTHER_SIGNERS

SIGNERS: list[Signer] = [Ed25519Signer.from_seed(bytes(range(32))), *OTHER_SIGNERS, P521Signer.generate()]
KEYS = [signer.public_key for signer in SIGNERS]


def test_there_are_six_names_of_five_algorithms() -> None:
    assert {"EdDSA", "Ed25519", "ES256", "ES384", "ES512", "RS256"} == ALGORITHMS


@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
def test_every_key_reads_back_from_each_of_its_spellings(key: PublicKey) -> None:
    assert read_jwk(key.jwk) == key
    assert read_jwk({**key.jwk, "use": "sig", "key_ops": ["verify"]}).thumbprint == key.thumbprint
    if isinstance(key, CurveKey):
        assert read_multikey(key.multikey) == key


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
def test_a_signature_fits_the_key_that_made_it_and_no_other(signer: Signer) -> None:
    signature = signer.sign(b"message")
    for key in KEYS:
        if key == signer.public_key:
            key.verify(signature, b"message")
            continue
        with pytest.raises(InvalidSignatureError):
            key.verify(signature, b"message")


def test_the_algorithms_of_the_keys_have_nothing_in_common() -> None:
    assert sum(len(key.algorithms) for key in KEYS) == len(ALGORITHMS)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "EC"},
        {"kty": ["EC"], "crv": "P-256"},
        {"kty": "OKP", "crv": {"a": 1}},
        {"kty": "RSA", "crv": None, "n": "AQ", "e": "AQAB"},
    ],
)
def test_a_jwk_of_another_type_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(InvalidPayloadError):
        read_jwk(jwk)


@pytest.mark.parametrize(
    "text", ["", "z", "z1", "zzzz", "u7QE", multibase.encode_base58btc(b"\xe7\x01" + b"\x02" * 33)]
)
def test_a_multikey_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        read_multikey(text)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.algorithm)
def test_a_key_reads_back_from_its_subject_public_key_info(signer: Signer) -> None:
    jwk = jwt.PyJWK({**signer.public_key.jwk, "alg": signer.algorithm}).key
    assert read_spki(jwk.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) == signer.public_key


def test_other_keys_in_der_are_refused() -> None:
    other = ec.generate_private_key(ec.SECP256K1()).public_key()
    for der in (b"", b"0", other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(InvalidPayloadError):
            read_spki(der)
