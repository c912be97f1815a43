"""What we say about the signatures of `@digitalbazaar`'s cryptosuites, and about each character changed."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.signing import dids, issue, vc_jwt
from app.signing.data_integrity import DisclosureKeys
from app.signing.verify import (
    Asked,
    Gathered,
    Report,
    read,
    read_presentation,
    verify,
    verify_presentation,
)
from tests.interop.samples import CHALLENGE, DOMAIN, MANDATORY, NOW, P256, credential, options
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


@pytest.mark.parametrize("edition", ["", "-3.0.1", "-3.0.2", "-3.0.3"])
def test_a_badge_under_any_edition_of_the_context_is_verified(signers: Signers, edition: str) -> None:
    document = badge("1.1")
    context = f"https://purl.imsglobal.org/spec/ob/v3p0/context{edition}.json"
    document["@context"] = [document["@context"][0], context]
    for name in ("inLanguage", "version"):  # terms of the last edition alone
        del document["credentialSubject"]["achievement"][name]
    report = judge(signers.sign(document, "Ed25519Signature2020", "Ed25519"))
    assert report.verdict == "verified", report


@pytest.mark.parametrize("selective", [[], ["/name", "/evidence"], ["/credentialSubject/achievement"]])
def test_what_others_disclose_selectively_is_verified(signers: Signers, selective: list[str]) -> None:
    """They point at values as JSON-LD compacts them, where an array of one is none: not at /evidence/0."""
    base = signers.sign(badge("2.0"), "ecdsa-sd-2023", "P-256", MANDATORY)
    assert not judge(base).verified
    theirs, ours = signers.derive(base, selective), issue.derive(base, selective)
    assert ours == theirs
    report = judge(theirs)
    assert report.verdict == "verified", report
    assert not judge({**theirs, "validFrom": "2016-03-05T12:00:00Z"}).verified


def test_others_disclose_selectively_what_we_signed(signers: Signers) -> None:
    document = badge("2.0")
    document["issuer"]["id"] = dids.did_key(P256.public_key)
    base = issue.secure_selectively(document, P256, options(P256), MANDATORY, DisclosureKeys.generate())
    derived = signers.derive(base, ["/evidence"])
    assert derived == issue.derive(base, ["/evidence"])
    assert judge(derived).verified


@pytest.mark.parametrize(("suite", "curve"), [*SUITES[:6]], ids=[" ".join(pair) for pair in SUITES[:6]])
def test_a_presentation_of_others_is_verified(signers: Signers, suite: str, curve: str) -> None:
    credentials = [signers.sign(badge(version), suite, curve) for version in ("2.0", "1.1")]
    presentation = signers.present(credentials, suite, curve, (CHALLENGE, DOMAIN), NOW)
    gathered = Gathered(NOW, {}, {}, frozenset(), None)
    report = verify_presentation(read_presentation(presentation), gathered, Asked(CHALLENGE, DOMAIN))
    assert report.verified, report
    assert len(report.credentials) == 2
    for asked in (Asked("another", DOMAIN), Asked(CHALLENGE, "other.example")):
        assert not verify_presentation(read_presentation(presentation), gathered, asked).verified


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES384"])
@pytest.mark.parametrize("header", [{"typ": "vc+jwt", "cty": "vc"}, {"typ": "JWT"}])
def test_a_jwt_of_others_is_verified(signers: Signers, algorithm: str, header: dict[str, str]) -> None:
    token = signers.sign_jwt(badge("2.0"), algorithm, header)
    for data in (token.encode(), json.dumps(vc_jwt.envelop(token)).encode()):
        report = verify(read(data), Gathered(NOW, {}, {}, frozenset(), None))
        assert report.verified, report


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
