import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing import multibase
from app.signing.keys import RsaKey
from tests.signing.others import rsa_private_key, rsa_signer

SIGNER = rsa_signer()
KEY = RsaKey.from_jwk(SIGNER.public_key.jwk)

# RFC 7515, A.2: an RS256 signature over the example's signing input.
RFC_7515_JWK = {
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
    "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQ"
    "OS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8"
    "q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
}
RFC_7515_INPUT = (
    b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    b"LmNvbS9pc19yb290Ijp0cnVlfQ"
)
RFC_7515_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb"
    "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383"
    "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy"
    "wlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)


def test_the_signature_of_rfc_7515_a_2_is_checked() -> None:
    key = RsaKey.from_jwk(RFC_7515_JWK)
    key.verify(multibase.decode_base64url("u" + RFC_7515_SIGNATURE), RFC_7515_INPUT)
    assert key.jwk == RFC_7515_JWK


def test_the_key_of_rfc_7638_has_its_thumbprint() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
        "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
        "1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = RsaKey.from_jwk({"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_what_the_key_signed_is_checked_and_nothing_else() -> None:
    signature = SIGNER.sign(b"m")
    KEY.verify(signature, b"m")
    pss = rsa_private_key(SIGNER).sign(b"m", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    longer = rsa_private_key(SIGNER).sign(b"m", padding.PKCS1v15(), hashes.SHA512())
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    for trick in (pss, longer, flipped, b"", signature[:-1], b"\x00" + signature, signature + b"\x00"):
        with pytest.raises(InvalidSignatureError):
            KEY.verify(trick, b"m")
    with pytest.raises(InvalidSignatureError):
        KEY.verify(signature, b"n")


def number(value: int, length: int = 256) -> str:
    return multibase.encode_base64url(value.to_bytes(length, "big"))[1:]


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "oct"},
        {"crv": "P-256"},
        {"d": "AQ"},
        {"p": "AQ"},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"alg": "RS512"},
        {"alg": "PS256"},
        {"alg": "RSA-OAEP"},
        {"n": None},
        {"n": ""},
        {"n": number(KEY.modulus, 385)},
        {"n": number(KEY.modulus - 1, 384)},
        {"n": number(2**2046 + 1)},
        {"n": number(2**8192 + 1, 1025)},
        {"e": "Aw"},
        {"e": "AA"},
        {"e": number(65538, 3)},
        {"e": number(2**32 + 1, 5)},
    ],
)
def test_a_jwk_that_may_not_check_signatures_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidPayloadError):
        RsaKey.from_jwk({**KEY.jwk, **change})
