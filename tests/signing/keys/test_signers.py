"""What every signer of this process does alike: deterministic, openable from its secret, closed about it."""

import copy
import pickle

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.errors import InvalidPayloadError
from app.signing import jws, multibase
from app.signing.keys import (
    LOCAL_SIGNERS,
    Algorithm,
    EcdsaSigner,
    LocalSigner,
    P256Signer,
    P384Signer,
    RsaSigner,
    open_local_signer,
    read_jwk,
)

SIGNERS = {algorithm: kind.generate() for algorithm, kind in LOCAL_SIGNERS.items()}
EACH = pytest.mark.parametrize(("algorithm", "signer"), SIGNERS.items(), ids=list(SIGNERS))
EACH_SIGNER = pytest.mark.parametrize("signer", SIGNERS.values(), ids=list(SIGNERS))


@EACH
def test_a_signer_has_the_algorithm_of_its_key(algorithm: Algorithm, signer: LocalSigner) -> None:
    assert signer.algorithm == algorithm
    assert algorithm in signer.public_key.algorithms


@EACH
def test_the_same_message_gives_the_same_bytes(algorithm: Algorithm, signer: LocalSigner) -> None:
    again = open_local_signer(algorithm, signer.secret)
    assert again.public_key == signer.public_key
    assert len({each.sign(b"message") for each in (signer, signer, again)}) == 1
    signer.public_key.verify(signer.sign(b"message"), b"message")


@EACH
def test_a_jws_names_the_algorithm_of_its_signer(algorithm: Algorithm, signer: LocalSigner) -> None:
    token = jws.encode({"kid": "k"}, b"{}", signer)
    assert jws.decode(token, signer.public_key).header == {"kid": "k", "alg": algorithm}
    other = pyjwt.decode_complete(token, pyjwt.PyJWK(signer.public_key.jwk), algorithms=[algorithm])
    assert other["payload"] == {}


@EACH_SIGNER
def test_two_new_keys_differ(signer: LocalSigner) -> None:
    assert type(signer).generate().public_key != signer.public_key


@EACH_SIGNER
def test_the_private_half_is_in_no_text_and_no_copy(signer: LocalSigner) -> None:
    shown = f"{signer!r} {signer} {signer.public_key!r}"
    assert signer.public_key.thumbprint in shown
    secret = signer.secret
    for spelling in (secret.hex(), repr(secret), multibase.encode_base64url(secret)[1:]):
        assert spelling not in shown
    for carry_off in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            carry_off(signer)


# RFC 6979, A.2.5 and A.2.6: the message "sample", each with the hash of its algorithm.
P256_SCALAR = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
P256_SIGNATURE = (
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
)
P384_SCALAR = (
    "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5"
)
P384_SIGNATURE = (
    "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46"
    "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"
)
VECTORS = [(P256Signer, P256_SCALAR, P256_SIGNATURE), (P384Signer, P384_SCALAR, P384_SIGNATURE)]


@pytest.mark.parametrize(("kind", "scalar", "signature"), VECTORS, ids=["P-256", "P-384"])
def test_the_signatures_of_rfc_6979_are_made(kind: type[EcdsaSigner], scalar: str, signature: str) -> None:
    assert kind.from_scalar(bytes.fromhex(scalar)).sign(b"sample") == bytes.fromhex(signature)


ORDER = {
    kind: kind.kind.curve.group_order.to_bytes(kind.kind.size, "big") for kind in (P256Signer, P384Signer)
}


@pytest.mark.parametrize("kind", [P256Signer, P384Signer])
def test_only_scalars_of_the_curve_are_keys(kind: type[EcdsaSigner]) -> None:
    size, order = kind.kind.size, kind.kind.curve.group_order
    tricks = [b"", b"\x01", bytes(size), order.to_bytes(size, "big"), bytes(size) + b"\x01"]
    for wrong in tricks:
        with pytest.raises(InvalidPayloadError, match="private scalar"):
            kind.from_scalar(wrong)


def test_only_rsa_keys_in_pkcs_8_are_rsa_keys() -> None:
    foreign = Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for wrong, why in ((b"", "PKCS #8"), (b"0", "PKCS #8"), (foreign, "RSA")):
        with pytest.raises(InvalidPayloadError, match=why):
            RsaSigner.from_pkcs8(wrong)


def test_a_new_rsa_key_is_as_strong_as_the_curves() -> None:
    key = read_jwk(SIGNERS["RS256"].public_key.jwk)
    assert len(SIGNERS["RS256"].sign(b"m")) * 8 == 3072
    assert key == SIGNERS["RS256"].public_key
