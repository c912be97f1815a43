"""Examples of what everybody may read, for the description of the API; an ellipsis marks what was cut."""

from typing import Any

_ORIGIN = "https://passports.example.org"
_ISSUER = "did:web:passports.example.org:issuers:community"
_KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
_METHOD = {"id": f"{_ISSUER}#{_KEY}", "type": "Multikey", "controller": _ISSUER, "publicKeyMultibase": _KEY}
_CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
_PROFILE = {
    "id": _ISSUER,
    "type": ["Profile"],
    "name": "Open Community",
    "url": "https://community.example.org",
}
_ACHIEVEMENT: dict[str, Any] = {
    "id": f"{_ORIGIN}/achievements/community-leadership/1.0.0",
    "type": ["Achievement"],
    "achievementType": "Certificate",
    "name": "Community Leadership Passport",
    "description": "For people who lead in their community.",
    "criteria": {"narrative": "One session under every building block, …"},
}
_PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-02-20T10:00:00Z",
    "verificationMethod": _METHOD["id"],
    "proofPurpose": "assertionMethod",
    "proofValue": "z3FXQjecWufY46…",
}
_LIST = f"{_ORIGIN}/status-lists/9a1b5c2d3e4f60718293a4b5c6d7e8f9"
_CREDENTIAL: dict[str, Any] = {
    "@context": _CONTEXTS,
    "id": f"{_ORIGIN}/credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
    "type": ["VerifiableCredential", "AchievementCredential"],
    "name": "Community Leadership Passport",
    "issuer": _PROFILE,
    "validFrom": "2026-02-20T10:00:00Z",
    "credentialSubject": {
        "id": "urn:uuid:5f0c7b1e-2f0a-4c55-9e6e-0d4b8a3c2f11",
        "type": ["AchievementSubject"],
        "achievement": _ACHIEVEMENT,
    },
    "credentialStatus": {
        "id": f"{_LIST}#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": _LIST,
    },
    "proof": _PROOF,
}
_STATUS_LIST: dict[str, Any] = {
    "@context": _CONTEXTS[:1],
    "id": _LIST,
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": _ISSUER,
    "validFrom": "2026-02-20T10:00:00Z",
    "validUntil": "2026-02-21T10:00:00Z",
    "credentialSubject": {
        "id": f"{_LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA",
        "ttl": 60000,
    },
    "proof": _PROOF,
}
_FRAMEWORK: dict[str, Any] = {
    "key": "participation-leadership",
    "version": "0.1",
    "title": "Participation Leadership Framework",
    "items": [{"code": "working-open", "kind": "block", "label": "Working Open"}],
}
_JWK: dict[str, Any] = {
    "crv": "Ed25519",
    "kty": "OKP",
    "x": "eyaLP6TI6bIcEp_8IVjzNDf7aYFPIA69lrrj1SMFKlw",
    "kid": "yiDVfTHL3_FEmQUKkrF98eyGNaYVO60WgUY-yW9jdlM",
    "alg": "EdDSA",
    "use": "sig",
}
_DID_DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    "id": _ISSUER,
    "verificationMethod": [_METHOD],
    "assertionMethod": [_METHOD["id"]],
}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "/health/live": {"status": "alive"},
    "/health/ready": {"status": "ready"},
    "/credentials/{id}": _CREDENTIAL,
    "/credentials/{id}.json": _CREDENTIAL,
    "/achievements/{key}/{version}": {"@context": _CONTEXTS} | _ACHIEVEMENT,
    "/achievements/{key}/{version}/criteria": {"@context": _CONTEXTS} | _ACHIEVEMENT,
    "/issuers/{key}": {"@context": _CONTEXTS} | _PROFILE | {"verificationMethod": [_METHOD]},
    "/issuers/{key}/did.json": _DID_DOCUMENT,
    "/issuers/{key}/keys/{kid}": _JWK,
    "/frameworks/{key}/{version}": _FRAMEWORK,
    **{
        f"/schemas/{name}.json": {
            "$id": f"https://passports.example.org/schemas/{name}.json",
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name.title(),
            "type": "object",
        }
        for name in ("passport", "series")
    },
    "/status-lists/{id}": _STATUS_LIST,
}
"""What each public address answers as JSON."""

_JWT = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJkaWQ6d2ViOnBhc3Nwb3J0cyJ9.c2lnbmF0dXJl"

TEXTS: dict[str, str] = {
    "application/vc+jwt": _JWT,
    "application/jwt": _JWT,
    "text/plain": _JWT,
    "text/html": '<!doctype html><html lang="en">…</html>',
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">…</svg>',
    "image/png": "The bytes of a PNG.",
}
"""What other media types look like."""
