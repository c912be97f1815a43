"""The published set of Open Badges 3.0 examples, of data model 2.0 and 1.1."""

import json
from datetime import UTC, datetime

import pytest

from app.signing import jws
from app.signing.keys import read_multikey
from app.signing.verify import Gathered, needs, read, verify
from tests.signing.badges import DATA, Document, codes, needs_data

FIXTURES = DATA / "fixtures"
ONE = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
PUBLISHED = {
    "https://example.com/issuers/876543": [
        ONE,
        "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x",
        "z6MknNHHrBzPytzu6CUBP9Lg7fg4KSBjzimc2Frh693YbMiv",
    ],
    "https://1edtech.edu/issuers/565049": [ONE, "z6Mknyb2Gb4NxzW3xSr9ChTtdQZ1zs77piQ3r9SaJ9vMzmrs"],
    "https://example.edu/issuers/565049": [ONE],
}

# The keys in the headers of the two JWTs, which their issuers are taken to publish: a `jwk` alone binds none.
PUBLISHED_RSA = {
    "https://1edtech.edu/issuers/565049": "simple-jwt.svg",
    "https://example.edu/issuers/565049": "simple-jwt_v1.png",
}

# The expected outcome of the set, and where another is ours: why.
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "simple.json": ("verified", {}),
    "simple.1ob": ("verified", {}),
    "simple-json.png": ("verified", {}),
    "simple-jwt.svg": ("verified", {}),
    "simple_v1.json": ("verified", {}),
    "simple-jwt_v1.png": ("verified", {}),
    "simple-eddsa-2022.json": ("verified", {}),
    "simple-context-version.json": ("verified", {}),
    "bit-string-list/testlist": ("verified", {}),
    "bit-string-list/credential-status-revoked.json": ("not_verified", {"status": "revoked"}),
    "simple-err-context.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-credential-subject-result-type.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-credential-subject-type.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-evidence-type.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-expired.json": ("not_verified", {"proof": "proof_valid", "validity": "expired"}),
    "simple-err-issuer-type.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-issuer.json": ("not_verified", {"conformance": "not_conformant"}),
    "simple-err-proof-method-no-scheme.json": ("not_verified", {"proof": "key_not_found"}),
    "simple-err-proof-method.json": ("not_verified", {"proof": "key_not_found"}),
    "simple-err-proof-value.json": ("not_verified", {"proof": "proof_invalid"}),
    "simple-err-type.json": ("not_verified", {"conformance": "unsigned_data"}),
    "simple-noproof.json": ("not_verified", {"proof": "proof_missing"}),
    # valid in the set: its issuer is a urn:uuid, so nothing ties the did:key that signed it to the issuer
    "simple-did-key-method.json": ("not_verified", {"proof": "proof_valid", "issuer_key": "key_not_bound"}),
    # invalid in the set for a schema that answers 404: here for endorsements that ended in 2020
    "complete.json": ("not_verified", {"proof": "proof_valid", "endorsements": "endorsement_invalid"}),
    "credential-status-revoked.json": (
        "not_verified",
        {"status": "revoked", "refresh": "refresh_unreachable"},
    ),
}


def profile(issuer: str, keys: list[str]) -> Document:
    methods: list[Document] = [
        {"id": f"{issuer}#{key}", "type": "Multikey", "controller": issuer, "publicKeyMultibase": key}
        for key in keys
    ]
    if issuer in PUBLISHED_RSA:
        token = read((FIXTURES / PUBLISHED_RSA[issuer]).read_bytes()).token or ""
        jwk = jws.peek(token).header["jwk"]
        entry = {"id": f"{issuer}#rsa", "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": jwk}
        methods = [*methods, entry]
    return {
        "id": issuer,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


@needs_data
@pytest.mark.parametrize("name", EXPECTED)
def test_a_published_example_ends_as_expected(name: str) -> None:
    presented = read((FIXTURES / name).read_bytes())
    status_list = (FIXTURES / "bit-string-list/testlist").read_bytes()
    lists = dict.fromkeys(needs(presented).status_list_urls, status_list)
    if name == "credential-status-revoked.json":
        revoked = {"revokedCredential": [{"id": presented.credential["id"]}]}
        lists = dict.fromkeys(lists, json.dumps(revoked).encode())
    report = verify(
        presented,
        Gathered(
            now=datetime(2025, 1, 1, tzinfo=UTC),
            did_documents={issuer: profile(issuer, keys) for issuer, keys in PUBLISHED.items()},
            status_lists=lists,
            trusted_issuers=frozenset(),
            recipient=None,
        ),
    )
    verdict, expected = EXPECTED[name]
    assert (report.verdict, {step: codes(report)[step] for step in expected}) == (verdict, expected)


@needs_data
def test_every_example_is_in_the_table() -> None:
    files = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*") if path.is_file()}
    assert files == EXPECTED.keys()
    assert all(read_multikey(key) for keys in PUBLISHED.values() for key in keys)
