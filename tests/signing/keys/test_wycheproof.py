"""Wycheproof's signatures: nothing invalid is accepted, and what else is refused has its reason here."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidPayloadError, InvalidSignatureError
from app.signing.keys import read_spki

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = {
    "ed25519_test": 210,
    "ecdsa_secp256r1_sha256_p1363_test": 262,
    "ecdsa_secp384r1_sha384_p1363_test": 280,
    "rsa_signature_2048_sha256_test": 259,
    "rsa_signature_3072_sha256_test": 259,
}

SMALL_EXPONENT = "An RSA key has an odd exponent from 65537 to 2^32."
REFUSED_ALTHOUGH_VALID = {
    ("rsa_signature_2048_sha256_test", 258): SMALL_EXPONENT,
    ("rsa_signature_2048_sha256_test", 259): SMALL_EXPONENT,
    ("rsa_signature_3072_sha256_test", 259): SMALL_EXPONENT,
}
"""Keys with the exponent 3: no issuer of today has one, and sloppy checks of padding made them forgeable."""


def refusal(spki: str, test: dict[str, Any]) -> str | None:
    """Return why a signature is refused, None when it is not."""
    try:
        read_spki(bytes.fromhex(spki)).verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
    except (InvalidPayloadError, InvalidSignatureError) as error:
        return error.detail
    return None


@pytest.mark.parametrize("name", FILES)
def test_no_invalid_signature_is_accepted_and_no_valid_one_refused_without_a_reason(name: str) -> None:
    suite = json.loads((VECTORS / f"wycheproof/{name}.json").read_text())
    judged = [
        (test, refusal(group["publicKeyDer"], test))
        for group in suite["testGroups"]
        for test in group["tests"]
    ]
    assert len(judged) == suite["numberOfTests"] == FILES[name]
    accepted = {test["tcId"] for test, reason in judged if reason is None}
    assert {test["tcId"] for test, _ in judged if test["result"] == "invalid"} & accepted == set()
    refused = {
        (name, test["tcId"]): reason for test, reason in judged if test["result"] == "valid" and reason
    }
    assert refused == {key: reason for key, reason in REFUSED_ALTHOUGH_VALID.items() if key[0] == name}


def test_the_vectors_are_those_that_were_published() -> None:
    said = dict(re.findall(r"`(\w+\.json)` \| `([0-9a-f]{64})`", (VECTORS / "README.md").read_text()))
    assert said.keys() == {f"{name}.json" for name in FILES}
    for name, digest in said.items():
        assert hashlib.sha256((VECTORS / "wycheproof" / name).read_bytes()).hexdigest() == digest
