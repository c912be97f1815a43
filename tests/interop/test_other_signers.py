"""What we say about the signatures of `@digitalbazaar`'s cryptosuites, and about each character changed."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.signing.verify import Gathered, Report, read, verify
from tests.interop.samples import NOW, credential
from tests.interop.signers import Signers

pytestmark = pytest.mark.interop

SUITES = [
    ("eddsa-rdfc-2022", "Ed25519"),
    ("eddsa-jcs-2022", "Ed25519"),
    ("ecdsa-rdfc-2019", "P-256"),
    ("ecdsa-rdfc-2019", "P-384"),
    ("ecdsa-jcs-2019", "P-256"),
    ("ecdsa-jcs-2019", "P-384"),
    ("eddsa-2022", "Ed25519"),
    ("Ed25519Signature2020", "Ed25519"),
]
EACH_SUITE = pytest.mark.parametrize(("suite", "curve"), SUITES, ids=[" ".join(pair) for pair in SUITES])
Path = tuple[str | int, ...]


def badge(version: str) -> dict[str, Any]:
    document = credential()
    del document["credentialStatus"]
    if version == "1.1":
        document["@context"][0] = "https://www.w3.org/2018/credentials/v1"
        document["issuanceDate"] = document.pop("validFrom")
        document["expirationDate"] = document.pop("validUntil")
    return document


def judge(document: dict[str, Any]) -> Report:
    presented = read(json.dumps(document).encode())
    return verify(presented, Gathered(NOW, {}, {}, frozenset(), None))


@EACH_SUITE
@pytest.mark.parametrize("version", ["2.0", "1.1"])
def test_a_credential_that_others_signed_is_verified(
    signers: Signers, suite: str, curve: str, version: str
) -> None:
    report = judge(signers.sign(badge(version), suite, curve))
    assert report.verdict == "verified", report
    assert suite in report.checks[2].detail


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every string in `value` with its path."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    elif isinstance(value, str):
        yield path, value


def put(document: dict[str, Any], path: Path, text: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    owner: Any = changed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = text
    return changed


@EACH_SUITE
def test_no_changed_character_is_verified(signers: Signers, suite: str, curve: str) -> None:
    signed = signers.sign(badge("2.0"), suite, curve)
    every_character = ("proof", "proofValue")
    tried = 0
    for path, text in leaves(signed):
        middle = {0, len(text) // 2, len(text) - 1}
        for position in range(len(text)) if path == every_character else middle:
            other = chr(ord(text[position]) ^ 1)
            changed = put(signed, path, text[:position] + other + text[position + 1 :])
            assert not judge(changed).verified, (path, position)
            tried += 1
    assert tried > 200
