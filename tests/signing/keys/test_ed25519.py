import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys import Ed25519Key, Ed25519Signer, Signer

# RFC 8032, 7.1, TEST 2; RFC 8037, A.1 to A.3 share the key of TEST 1.
SEED_2 = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC_2 = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE_2 = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)
SEED_1 = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
JWK_1 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
THUMBPRINT_1 = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

PRIME = 2**255 - 19
EDWARDS_D = -121665 * pow(121666, -1, PRIME) % PRIME


def add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = left, right
    product = EDWARDS_D * x1 * x2 * y1 * y2 % PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME) % PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME) % PRIME
    return x, y


def decompress(encoded: bytes) -> tuple[int, int]:
    number = int.from_bytes(encoded, "little")
    y, sign = number % 2**255, number >> 255
    square = (y * y - 1) * pow(EDWARDS_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert x * x % PRIME == square
    return (PRIME - x if x % 2 != sign else x), y


def order_divides_eight(encoded: bytes) -> bool:
    point = decompress(encoded)
    for _ in range(3):
        point = add(point, point)
    return point == (0, 1)


ORDER_EIGHT = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL_ORDER = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    ORDER_EIGHT,
    ORDER_EIGHT[:-2] + "85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def test_the_signature_of_rfc_8032_test_2_is_made_and_checked() -> None:
    signer = Ed25519Signer.from_seed(SEED_2)
    assert signer.public_key.raw == PUBLIC_2
    assert signer.sign(b"\x72") == SIGNATURE_2
    signer.public_key.verify(SIGNATURE_2, b"\x72")


def test_jwk_and_thumbprint_are_those_of_rfc_8037() -> None:
    key = Ed25519Signer.from_seed(SEED_1).public_key
    assert key.jwk == JWK_1
    assert key.thumbprint == THUMBPRINT_1
    assert Ed25519Key.from_jwk(JWK_1) == key


def test_the_multikey_starts_with_z6mk_and_reads_back() -> None:
    key = Ed25519Signer.generate().public_key
    assert key.multikey.startswith("z6Mk")
    assert Ed25519Key.from_multikey(key.multikey) == key


def test_a_local_signer_is_a_signer() -> None:
    signer: Signer = Ed25519Signer.generate()
    assert signer.algorithm == "EdDSA"
    assert signer.public_key.algorithms == {"EdDSA", "Ed25519"}


def test_a_generated_key_is_rebuilt_from_its_seed() -> None:
    signer = Ed25519Signer.generate()
    assert Ed25519Signer.from_seed(signer.secret).public_key == signer.public_key


@given(position=st.integers(0, 511), message=st.binary(max_size=64))
def test_a_signature_with_one_flipped_bit_is_refused(position: int, message: bytes) -> None:
    signer = Ed25519Signer.from_seed(SEED_2)
    signature = bytearray(signer.sign(message))
    signature[position // 8] ^= 1 << position % 8
    with pytest.raises(InvalidSignatureError):
        signer.public_key.verify(bytes(signature), message)


@pytest.mark.parametrize("signature", [b"", b"\x00" * 63, b"\x00" * 64, SIGNATURE_2 + b"\x00"])
def test_a_signature_of_the_wrong_length_or_value_is_refused(signature: bytes) -> None:
    with pytest.raises(InvalidSignatureError):
        Ed25519Key(PUBLIC_2).verify(signature, b"\x72")


@pytest.mark.parametrize("encoded", SMALL_ORDER)
def test_the_eight_points_of_small_order_are_refused(encoded: str) -> None:
    raw = bytes.fromhex(encoded)
    assert order_divides_eight(raw)
    with pytest.raises(InvalidPayloadError, match="small order"):
        Ed25519Key(raw)


def test_an_ordinary_point_has_no_small_order() -> None:
    assert not order_divides_eight(PUBLIC_2)


@pytest.mark.parametrize("raw", [b"", b"\x01" * 31, b"\x01" * 33])
def test_a_key_of_another_length_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidPayloadError, match="32 bytes"):
        Ed25519Key(raw)


@pytest.mark.parametrize("raw", ["ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "ff", "ff" * 32])
def test_a_second_spelling_of_a_point_is_refused(raw: str) -> None:
    with pytest.raises(InvalidPayloadError, match="canonical"):
        Ed25519Key(bytes.fromhex(raw))


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidPayloadError):
        Ed25519Signer.from_seed(b"\x00" * 31)


@pytest.mark.parametrize(
    "text",
    ["", "z", "u7QE", "z6Mk0OIl", multibase.encode_base58btc(b"\x12\x00" + b"\x01" * 33), "Z6Mkabc"],
)
def test_a_text_that_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        Ed25519Key.from_multikey(text)


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"crv": "X25519"},
        {"d": "secret"},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "ES256"},
        {"alg": ["EdDSA"]},
        {"x": None},
        {"x": JWK_1["x"] + "="},
        {"x": "AQAB"},
        {"x": 7},
    ],
)
def test_a_jwk_that_may_not_check_signatures_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidPayloadError):
        Ed25519Key.from_jwk({**JWK_1, **change})


def test_a_jwk_may_say_what_it_is_for() -> None:
    jwk = {**JWK_1, "use": "sig", "key_ops": ["verify"], "alg": "EdDSA", "kid": "k"}
    assert Ed25519Key.from_jwk(jwk).thumbprint == THUMBPRINT_1


def test_a_second_library_call_agrees_with_the_signer() -> None:
    signer = Ed25519Signer.generate()
    signature = Ed25519PrivateKey.from_private_bytes(signer.secret).sign(b"message")
    assert signature == signer.sign(b"message")
