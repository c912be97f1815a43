"""The three credentials that everybody signs and verifies: 0.7, 5 and 15 KB of JSON, unsigned."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from app.signing.dids import did_key, multikey_id
from app.signing.issue import SigningProfile, prepare, sign
from app.signing.keys import Ed25519Signer

Document = dict[str, Any]

SEED: Final = bytes(range(32))
SIGNER: Final = Ed25519Signer.from_seed(SEED)
DID: Final = did_key(SIGNER.public_key)
KEY_ID: Final = multikey_id(DID, SIGNER.public_key)
CREATED: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
PROFILE: Final = SigningProfile(KEY_ID, KEY_ID, CREATED)

_ORIGIN: Final = "https://badges.example.org"
_ACHIEVEMENT: Final = f"{_ORIGIN}/achievements/community-leadership/1.0.0"
_BLOCKS: Final = (
    ("BUILD", "Building", "Make things with others, and let them be taken further."),
    ("OPEN", "Working Open", "Share early, invite changes and decide where everybody can read it."),
    ("EMPOWER", "Empowering Others", "Hand over what one can do, so that it lasts without oneself."),
    ("PLAN", "Planning for Impact", "Know whom the work is for, and how one will see that it helped."),
    ("SELF", "Understanding Oneself", "Tell one's own story, strengths and limits, and act on them."),
    ("MISSION", "Understanding the Mission", "Connect what one does with what the community stands for."),
)


def small() -> Document:
    """Return a badge with what the standard asks for and no more."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"{_ORIGIN}/credentials/7f3a",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": DID, "type": ["Profile"], "name": "Open Community"},
        "validFrom": "2026-01-15T12:00:00Z",
        "name": "Community Leadership Passport",
        "credentialSubject": {
            "id": "urn:uuid:2e0a2f52-6f2c-4d6c-9a9e-1f6f4dd9a0c1",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": _ACHIEVEMENT,
                "type": ["Achievement"],
                "name": "Community Leadership Passport",
                "description": "Leads a community in the open.",
                "criteria": {"narrative": "Six blocks, each with evidence."},
            },
        },
    }


def typical() -> Document:
    """Return a badge as this service issues it: alignments, result descriptions, results, evidence."""
    return _grown(alignments=6, results=1, evidence=3)


def large() -> Document:
    """Return a badge of a long programme."""
    return _grown(alignments=12, results=8, evidence=9)


def by_size() -> dict[str, Document]:
    """Return the three documents by the size that names them."""
    return {"0.7 KB": small(), "5 KB": typical(), "15 KB": large()}


def signed(document: Document) -> bytes:
    """Return the document with an eddsa-rdfc-2022 proof by the key that its issuer's did:key spells."""
    return sign(prepare(document), SIGNER, PROFILE).document


def kilobytes(document: Document) -> float:
    """Return the size of the document in KB of 1,000 bytes."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()) / 1000


def _grown(alignments: int, results: int, evidence: int) -> Document:
    document = small()
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    document["awardedDate"] = document["validFrom"]
    document["validUntil"] = "2036-01-15T12:00:00Z"
    achievement["alignment"] = [_alignment(number) for number in range(alignments)]
    achievement["resultDescription"] = [_description(number) for number in range(results)]
    achievement["criteria"] = {"id": f"{_ACHIEVEMENT}/criteria", "narrative": _narrative(results)}
    subject["result"] = [_result(number) for number in range(results)]
    document["evidence"] = [_evidence(number) for number in range(evidence)]
    return document


def _alignment(number: int) -> Document:
    code, name, words = _BLOCKS[number % len(_BLOCKS)]
    return {
        "type": ["Alignment"],
        "targetCode": f"{code}-{number}",
        "targetName": name,
        "targetDescription": words,
        "targetFramework": "Participation Leadership Framework",
        "targetType": "ext:LeadershipBuildingBlock",
        "targetUrl": f"{_ORIGIN}/frameworks/participation-leadership/1.0.0#{code}-{number}",
    }


def _description(number: int) -> Document:
    return {
        "id": f"{_ACHIEVEMENT}#result-{number}",
        "type": ["ResultDescription"],
        "name": f"Outcome {number + 1} of a project",
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{_ACHIEVEMENT}#result-{number}-achieved",
        "rubricCriterionLevel": [
            {
                "id": f"{_ACHIEVEMENT}#result-{number}-{level.lower()}",
                "type": ["RubricCriterionLevel"],
                "name": level,
                "level": str(order),
                "description": f"What was planned has {words}.",
            }
            for order, (level, words) in enumerate(
                (("Begun", "been begun"), ("Achieved", "been done and is in use"))
            )
        ],
    }


def _result(number: int) -> Document:
    return {
        "type": ["Result"],
        "resultDescription": f"{_ACHIEVEMENT}#result-{number}",
        "achievedLevel": f"{_ACHIEVEMENT}#result-{number}-achieved",
    }


def _evidence(number: int) -> Document:
    return {
        "id": f"{_ORIGIN}/evidence/{number}",
        "type": ["Evidence"],
        "name": f"Community project {number + 1}",
        "description": "Eleven volunteers, four Saturdays, 63 things repaired instead of thrown away.",
        "genre": "Experience",
    }


def _narrative(parts: int) -> str:
    words = "One session under each of six building blocks, a project with others, and a log of it all."
    return "\n\n".join(f"{number + 1}. {words}" for number in range(parts))
