"""A credential with all that this service writes into one, and its key."""

from datetime import UTC, datetime
from typing import Any

from app.signing import dids
from app.signing.data_integrity import ProofOptions
from app.signing.keys import CurveKey, Ed25519Signer, P256Signer, P384Signer, Signer

SIGNER = Ed25519Signer.from_seed(bytes(range(32)))
DID = "did:web:passports.example.org:issuers:participation"
P256 = P256Signer.from_scalar(bytes(range(1, 33)))
P384 = P384Signer.from_scalar(bytes(range(1, 49)))
NOW = datetime(2016, 4, 1, 12, tzinfo=UTC)
CREATED = datetime(2016, 3, 4, 12, 0, 1, tzinfo=UTC)
LIST_URL = "https://passports.example.org/status-lists/0"
INDEX = 4711

DID_DOCUMENTS = {DID: dids.did_document(DID, [SIGNER.public_key])}

CHALLENGE, DOMAIN = "uo7SDCVCLtzuV3JCqv8ZLQ", "wallet.example"
MANDATORY = [
    "/issuer",
    "/validFrom",
    "/validUntil",
    "/credentialSubject/id",
    "/credentialSubject/achievement/id",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
    "/credentialSubject/achievement/criteria",
]
"""What a credential has at least; with the rest of it the holder does as they like."""


def key_of(signer: Signer) -> CurveKey:
    assert isinstance(signer.public_key, CurveKey)
    return signer.public_key


def options(signer: Signer, **more: Any) -> ProofOptions:  # noqa: ANN401 (any option)
    did = dids.did_key(key_of(signer))
    return ProofOptions(dids.multikey_id(did, key_of(signer)), CREATED, **more)


def achievement() -> dict[str, Any]:
    """Return an achievement that is aligned with two items of a framework."""
    url = "https://passports.example.org/achievements/community-leadership/1.0.0"
    framework = "https://passports.example.org/frameworks/participation-leadership/0.1"
    return {
        "id": url,
        "type": ["Achievement"],
        "name": "Community Leadership Passport",
        "description": "Leads a community in the open — “ouvertement”, 公開で.",
        "achievementType": "Badge",
        "version": "1.0.0",
        "inLanguage": "en",
        "tag": ["leadership", "working open"],
        "criteria": {"id": f"{url}/criteria", "narrative": "Five *blocks*, each with evidence."},
        "image": {"id": f"{url}/image.png", "type": "Image", "caption": "A passport"},
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": name,
                "targetUrl": f"{framework}#{code}",
                "targetCode": code,
                "targetFramework": "Participation Leadership Framework",
                "targetType": "CFItem",
            }
            for code, name in [
                ("working-open", "Working Open"),
                ("personal-leadership", "Personal Leadership"),
            ]
        ],
        "resultDescription": [
            {
                "id": f"{url}#outcome",
                "type": ["ResultDescription"],
                "name": "Project outcome",
                "resultType": "RubricCriterionLevel",
                "rubricCriterionLevel": [
                    {
                        "id": f"{url}#achieved",
                        "type": ["RubricCriterionLevel"],
                        "name": "Achieved",
                        "level": "2",
                    }
                ],
            }
        ],
    }


def credential(**changes: object) -> dict[str, Any]:
    """Return an unsigned OpenBadgeCredential whose status is bit `INDEX` of the list at `LIST_URL`."""
    badge = achievement()
    document: dict[str, Any] = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "https://passports.example.org/credentials/0f6c1ad2b4e84c1f9a7dd1a3c5e7f901",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": DID, "type": ["Profile"], "name": "Participation Network"},
        "validFrom": "2016-03-04T12:00:00Z",
        "validUntil": "2026-03-04T12:00:00Z",
        "name": badge["name"],
        "credentialSubject": {
            "id": "urn:uuid:2e0a2f52-6f2c-4d6c-9a9e-1f6f4dd9a0c1",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": f"sha256${'ab' * 32}",
                    "identityType": "emailAddress",
                    "salt": "0123456789abcdef",
                }
            ],
            "achievement": badge,
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": f"{badge['id']}#outcome",
                    "achievedLevel": f"{badge['id']}#achieved",
                    "status": "Completed",
                }
            ],
        },
        "evidence": [
            {
                "id": "https://passports.example.org/evidence/1",
                "type": ["Evidence"],
                "name": "A workshop for twelve people",
                "narrative": "Held in Lomé in January.",
                "genre": "attendance",
            }
        ],
        "credentialStatus": {
            "id": f"{LIST_URL}#{INDEX}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(INDEX),
            "statusListCredential": LIST_URL,
        },
    }
    return {**document, **changes}
