import base64
import json
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from app.errors import InvalidSignatureError, UnreadableCredentialError
from app.signing import jws
from app.signing.keys import Ed25519Signer

SIGNER = Ed25519Signer.from_seed(b"\x07" * 32)
KEY = SIGNER.public_key
PAYLOAD = b'{"a":"\xc3\xa9"}'


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hand_made(header: bytes | dict[str, Any], payload: bytes = PAYLOAD) -> str:
    """Sign whatever is handed in, correctly, so that only the header can be at fault."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = f"{b64(raw)}.{b64(payload)}"
    return f"{signing_input}.{b64(SIGNER.sign(signing_input.encode()))}"


def test_what_is_encoded_decodes() -> None:
    token = jws.encode({"kid": "k", "typ": "JWT"}, PAYLOAD, SIGNER)
    assert jws.decode(token, KEY) == jws.Jws({"kid": "k", "typ": "JWT", "alg": "EdDSA"}, PAYLOAD)


def test_the_header_holds_nothing_that_was_not_asked_for() -> None:
    assert jws.peek(jws.encode({"kid": "k"}, PAYLOAD, SIGNER)).header == {"kid": "k", "alg": "EdDSA"}


def test_pyjwt_and_joserfc_accept_the_token() -> None:
    token = jws.encode({"kid": "k", "typ": "JWT"}, PAYLOAD, SIGNER)
    assert pyjwt.PyJWS().decode(token, pyjwt.PyJWK(KEY.jwk), algorithms=["EdDSA"]) == PAYLOAD
    with pytest.warns(SecurityWarning, match="RFC 9864"):
        checked = joserfc_jws.deserialize_compact(token, OKPKey.import_key({**KEY.jwk}), ["EdDSA"])
    assert checked.payload == PAYLOAD


def test_the_name_of_rfc_9864_is_read_too() -> None:
    token = joserfc_jws.serialize_compact(
        {"alg": "Ed25519"},
        PAYLOAD,
        OKPKey.import_key({**KEY.jwk, "d": b64(SIGNER.secret)}),
        ["Ed25519"],
    )
    assert jws.decode(token, KEY).payload == PAYLOAD


def test_the_example_of_rfc_8037_decodes() -> None:
    signer = Ed25519Signer.from_seed(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    )
    token = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6"
        "dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    assert jws.decode(token, signer.public_key).payload == b"Example of Ed25519 signing"
    assert jws.encode({}, b"Example of Ed25519 signing", signer) == token


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": None},
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": "eddsa"},
        {"alg": ["EdDSA"]},
        {"alg": "EdDSA", "crit": ["exp"], "exp": 1},
        {"alg": "EdDSA", "crit": []},
        {"alg": "EdDSA", "b64": False},
        {"alg": "EdDSA", "b64": True},
        {"alg": "EdDSA", "jku": "https://evil.example/jwks"},
        {"alg": "EdDSA", "x5u": "https://evil.example/x"},
        {"alg": "EdDSA", "x5c": []},
        {"alg": "EdDSA", "cty": "vc"},
        {"alg": "EdDSA", "zip": "DEF"},
        {"alg": "EdDSA", "kid": ""},
        {"alg": "EdDSA", "kid": 7},
        {"alg": "EdDSA", "kid": "k" * 2049},
        {"alg": "EdDSA", "jwk": "key"},
    ],
)
def test_a_correctly_signed_header_that_breaks_a_rule_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignatureError):
        jws.decode(hand_made(header), KEY)


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","alg":"EdDSA"}',
        b'{"alg":"EdDSA","alg":"none"}',
        b'\xef\xbb\xbf{"alg":"EdDSA"}',
        '{"alg":"EdDSA"}'.encode("utf-16"),
        b'{"alg":"EdDSA","kid":"\\ud800"}',
        b'{"alg":"EdDSA","kid":NaN}',
        b'["EdDSA"]',
        b'"EdDSA"',
        b"EdDSA",
        b"[" * 100_000,
    ],
)
def test_a_header_that_is_no_plain_json_object_is_refused(header: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        jws.decode(hand_made(header), KEY)


GOOD = hand_made({"alg": "EdDSA"})
HEADER_PART, PAYLOAD_PART, SIGNATURE_PART = GOOD.split(".")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        f"{HEADER_PART}.{PAYLOAD_PART}",
        f"{HEADER_PART}.{PAYLOAD_PART}.",
        f"{HEADER_PART}..{SIGNATURE_PART}",
        f".{PAYLOAD_PART}.{SIGNATURE_PART}",
        f"{GOOD}.",
        f"{GOOD}.{SIGNATURE_PART}",
        f"{GOOD}=",
        f"{GOOD}==",
        f"{GOOD}\n",
        f" {GOOD}",
        GOOD.replace(".", ". ", 1),
        f"{HEADER_PART}={'.' + PAYLOAD_PART}.{SIGNATURE_PART}",
        f"{HEADER_PART}.{PAYLOAD_PART}.{SIGNATURE_PART[:-1]}",
        f"{HEADER_PART}.{PAYLOAD_PART}.{SIGNATURE_PART}A+/A",
        f"{HEADER_PART}.{PAYLOAD_PART}.\N{KELVIN SIGN}{SIGNATURE_PART[1:]}",
        "A" * 1_000_001,
    ],
)
def test_a_text_that_is_no_compact_jws_is_refused(token: str) -> None:
    with pytest.raises((UnreadableCredentialError, InvalidSignatureError)):
        jws.decode(token, KEY)


def test_spare_bits_that_are_not_zero_are_a_second_spelling_and_refused() -> None:
    last = SIGNATURE_PART[-1]
    twin = chr(ord(last) + 1)
    assert base64.urlsafe_b64decode(SIGNATURE_PART + "==") == base64.urlsafe_b64decode(
        SIGNATURE_PART[:-1] + twin + "==",
    )
    with pytest.raises(UnreadableCredentialError, match="spare bits"):
        jws.decode(GOOD[:-1] + twin, KEY)


def test_a_token_under_another_key_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        jws.decode(GOOD, Ed25519Signer.generate().public_key)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("AQgw-_.09"))
def test_a_token_with_one_other_character_is_refused(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        with pytest.raises((UnreadableCredentialError, InvalidSignatureError)):
            jws.decode(changed, KEY)


def test_the_writer_cannot_be_used_to_read() -> None:
    delegate = jws._Delegate(SIGNER)  # noqa: SLF001 (PyJWT's view is private to the module)
    with pytest.raises(NotImplementedError):
        delegate.verify(b"", b"", b"")
    with pytest.raises(NotImplementedError):
        delegate.to_jwk(b"")
    with pytest.raises(NotImplementedError):
        delegate.from_jwk(b"")
