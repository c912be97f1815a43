import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys import EcdsaKey, EcdsaSigner, P256Key, P384Key, Signer
from tests.signing.others import P256, P384, ecdsa_private_key, ecdsa_signer

BOTH = pytest.mark.parametrize("signer", [P256, P384], ids=["P-256", "P-384"])

# RFC 7515, A.3: an ES256 signature over the example's signing input.
RFC_7515_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_7515_INPUT = (
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    b"LmNvbS9pc19yb290Ijp0cnVlfQ"
)
RFC_7515_SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"


def test_the_signature_of_rfc_7515_a_3_is_checked() -> None:
    key = P256Key.from_jwk(RFC_7515_JWK)
    key.verify(multibase.decode_base64url("u" + RFC_7515_SIGNATURE), RFC_7515_INPUT)
    assert key.jwk == RFC_7515_JWK


@BOTH
def test_a_local_key_is_a_signer_of_its_algorithm(signer: EcdsaSigner) -> None:
    each: Signer = signer
    assert signer.public_key.algorithms == {each.algorithm}
    each.public_key.verify(each.sign(b"message"), b"message")


@pytest.mark.parametrize(("signer", "prefix", "length"), [(P256, "zDna", 35), (P384, "z82L", 51)])
def test_the_multikey_of_each_curve_has_its_prefix_and_reads_back(
    signer: EcdsaSigner, prefix: str, length: int
) -> None:
    key = signer.public_key
    assert key.multikey.startswith(prefix)
    assert len(multibase.decode_base58btc(key.multikey)) == length
    assert type(key).from_multikey(key.multikey) == key
    assert type(key).from_jwk(key.jwk) == key


@pytest.mark.parametrize("secret", range(1, 12))
def test_points_of_either_sign_survive_both_spellings(secret: int) -> None:
    for kind in (P256Key, P384Key):
        key = ecdsa_signer(kind, secret).public_key
        assert kind.from_jwk(key.jwk) == key


@BOTH
@given(position=st.integers(0, 511), message=st.binary(max_size=64))
def test_a_signature_with_one_flipped_bit_is_refused(
    signer: EcdsaSigner, position: int, message: bytes
) -> None:
    signature = bytearray(signer.sign(message))
    signature[position // 8] ^= 1 << position % 8
    with pytest.raises(InvalidSignatureError):
        signer.public_key.verify(bytes(signature), message)


@BOTH
def test_numbers_of_a_signature_stay_within_the_order(signer: EcdsaSigner) -> None:
    key = signer.public_key
    signature = signer.sign(b"m")
    half = key.size
    order = key.curve.group_order
    zero, beyond = bytes(half), order.to_bytes(half, "big")
    again = int.from_bytes(signature[half:], "big") + order
    tricks = [zero + signature[half:], signature[:half] + zero, zero + zero, beyond + signature[half:]]
    tricks.append(signature[:half] + beyond)
    if again < 2 ** (8 * half):  # r and s come back modulo the order: a second spelling
        tricks.append(signature[:half] + again.to_bytes(half, "big"))
    for trick in tricks:
        with pytest.raises(InvalidSignatureError, match="order"):
            key.verify(trick, b"m")


@BOTH
def test_only_the_plain_form_of_a_signature_is_read(signer: EcdsaSigner) -> None:
    der = ecdsa_private_key(signer).sign(b"m", ec.ECDSA(signer.public_key.hash))
    plain = signer.sign(b"m")
    for other in (der, plain[:-1], plain + b"\x00", b"\x00" + plain, b""):
        with pytest.raises(InvalidSignatureError, match="bytes, not"):
            signer.public_key.verify(other, b"m")


@BOTH
def test_another_message_or_key_is_refused(signer: EcdsaSigner) -> None:
    other = ecdsa_signer(type(signer.public_key), 7)
    for key, message in [(signer.public_key, b"n"), (other.public_key, b"m")]:
        with pytest.raises(InvalidSignatureError, match="not made"):
            key.verify(signer.sign(b"m"), message)


@BOTH
def test_bytes_that_are_no_compressed_point_are_refused(signer: EcdsaSigner) -> None:
    kind, raw = type(signer.public_key), signer.public_key.raw
    not_on_the_curve = next(
        candidate
        for x in range(1, 40)
        if not _is_point(kind, candidate := b"\x02" + x.to_bytes(kind.size, "big"))
    )
    tricks = [b"", raw[:-1], raw + b"\x00", b"\x04" + raw[1:], b"\x00" + raw[1:], b"\x00", not_on_the_curve]
    for trick in [*tricks, b"\x02" + b"\xff" * kind.size]:
        with pytest.raises(InvalidPayloadError):
            kind(trick)


def _is_point(kind: type[EcdsaKey], raw: bytes) -> bool:
    try:
        kind(raw)
    except InvalidPayloadError:
        return False
    return True


GOOD = P256.public_key.jwk


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "OKP"},
        {"crv": "P-384"},
        {"d": "secret"},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"alg": "ES384"},
        {"alg": "ECDH-ES"},
        {"alg": None},
        {"x": None},
        {"x": GOOD["x"][:-2]},
        {"y": "AA" + GOOD["y"]},
        {"y": GOOD["x"]},
        {"y": ecdsa_signer(P256Key, 3).public_key.jwk["y"]},
    ],
)
def test_a_jwk_that_may_not_check_signatures_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidPayloadError):
        P256Key.from_jwk({**GOOD, **change})


def test_a_jwk_may_say_what_it_is_for() -> None:
    said = {**GOOD, "use": "sig", "key_ops": ["verify"], "alg": "ES256", "kid": "k"}
    assert P256Key.from_jwk(said) == P256.public_key


def test_a_multikey_of_the_other_curve_is_refused() -> None:
    with pytest.raises(InvalidPayloadError, match="P-256"):
        P256Key.from_multikey(P384.public_key.multikey)
