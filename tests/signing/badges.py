"""Documents and keys from which the tests of signing start."""

import copy
import json
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import JsonLdError
from app.signing import dids, issue, status_list
from app.signing.baking import PNG_SIGNATURE
from app.signing.data_integrity import EDDSA_RDFC, ProofOptions, create_proof
from app.signing.jsonld import canonize
from app.signing.keys import Ed25519Signer, Signer
from app.signing.verify import Gathered, Report, Unavailable, read, verify

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "open-badges-3"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the published Open Badges 3.0 data are not here")

NOW = datetime(2016, 6, 1, 12, tzinfo=UTC)
CREATED = datetime(2016, 3, 4, 12, 30, 15, 250_000, tzinfo=UTC)
SIGNER = Ed25519Signer.from_seed(bytes(range(32)))
STRANGER = Ed25519Signer.from_seed(bytes(range(32, 64)))
DID = "did:web:badges.example.org:issuers:acme"
LIST_URL = "https://badges.example.org/status-lists/1"
INDEX = 70_000
EMAIL = "amina@example.org"

Document = dict[str, Any]


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, width: int = 1, height: int = 1) -> bytes:
    """Return a PNG of one grey pixel, whatever it says of its size, with `chunks` before its end."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    return PNG_SIGNATURE + header + pixels + b"".join(chunks) + chunk(b"IEND")


PNG = png()


def profile(did: str = DID, signer: Ed25519Signer = SIGNER) -> issue.SigningProfile:
    key = signer.public_key
    return issue.SigningProfile(dids.multikey_id(did, key), dids.jwk_key_id(did, key), CREATED)


def eddsa_proof(
    document: Mapping[str, Any], signer: Signer, method: str, created: datetime = CREATED
) -> Document:
    """Return the eddsa-rdfc-2022 proof of `document`."""
    return create_proof(document, signer, EDDSA_RDFC, ProofOptions(method, created))


def badge(**changes: object) -> Document:
    """Return a small unsigned badge of `DID`, with status bit `INDEX` of `LIST_URL`."""
    document: Document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "https://badges.example.org/credentials/7f",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": DID, "type": ["Profile"], "name": "Acme"},
        "validFrom": "2016-03-04T12:00:00Z",
        "validUntil": "2020-03-04T12:00:00Z",
        "name": "Community Leadership Passport",
        "credentialSubject": {
            "id": "urn:uuid:2e0a2f52-6f2c-4d6c-9a9e-1f6f4dd9a0c1",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$6f34a4e9ec68b49b4be8ad1f7ec0a9d5c6f3a3a2ac97b9e5b0a9b7e4f5e9f2b8",
                    "identityType": "emailAddress",
                    "salt": "salt",
                },
            ],
            "achievement": {
                "id": "https://badges.example.org/achievements/community-leadership/1",
                "type": ["Achievement"],
                "name": "Community Leadership Passport",
                "description": "Leads a community in the open: “ouvertement”, 公開で.",
                "criteria": {"narrative": "Five blocks, each with evidence."},
            },
        },
        "credentialStatus": {
            "id": f"{LIST_URL}#{INDEX}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(INDEX),
            "statusListCredential": LIST_URL,
        },
    }
    return {**document, **changes}


def badge_1() -> Document:
    """Return `badge()` as data model 1.1 writes it, without a status."""
    document = badge()
    document["@context"][0] = "https://www.w3.org/2018/credentials/v1"
    document["issuanceDate"] = document.pop("validFrom")
    document["expirationDate"] = document.pop("validUntil")
    del document["credentialStatus"]
    return document


BADGE_URL = "https://badges.example.org/achievements/community-leadership/1"
ALIGNMENT = {
    "type": ["Alignment"],
    "targetName": "Working Open",
    "targetUrl": "https://badges.example.org/frameworks/pl/1#working-open",
    "targetCode": "working-open",
    "targetFramework": "Participation Leadership Framework",
    "targetType": "CFItem",
}
IMAGE = {"id": f"{BADGE_URL}/image.png", "type": "Image", "caption": "A passport"}
OTHER_IDENTIFIER = {"type": "IdentifierEntry", "identifier": "A-7", "identifierType": "ext:ledger"}
ISSUER_DETAILS = {
    "url": "https://badges.example.org",
    "image": IMAGE,
    "address": {
        "type": ["Address"],
        "addressCountryCode": "TG",
        "geo": {"type": "GeoCoordinates", "latitude": 6.13, "longitude": 1.22},
    },
    "otherIdentifier": [OTHER_IDENTIFIER],
    "parentOrg": {"id": "https://parent.example.org/#me", "type": ["Profile"], "dateOfBirth": "1998-01-22"},
}
OUTCOME = {
    "id": f"{BADGE_URL}#outcome",
    "type": ["ResultDescription"],
    "name": "Project outcome",
    "resultType": "RubricCriterionLevel",
    "allowedValue": ["started", "achieved"],
    "requiredLevel": f"{BADGE_URL}#achieved",
    "rubricCriterionLevel": [
        {
            "id": f"{BADGE_URL}#achieved",
            "type": ["RubricCriterionLevel"],
            "name": "Achieved",
            "alignment": [ALIGNMENT],
        },
    ],
}
FINISHED = {
    "id": f"{BADGE_URL}#finished",
    "type": ["ResultDescription"],
    "name": "Finished",
    "resultType": "Status",
}
ACHIEVEMENT_DETAILS = {
    "achievementType": "ext:LeadershipPassport",
    "alignment": [ALIGNMENT],
    "image": IMAGE,
    "inLanguage": "en",
    "otherIdentifier": [OTHER_IDENTIFIER],
    "related": [{"id": f"{BADGE_URL}0", "type": ["Related"], "inLanguage": "fr", "version": "0"}],
    "resultDescription": [OUTCOME, FINISHED],
    "tag": ["leadership"],
}
RESULTS = [
    {
        "type": ["Result"],
        "resultDescription": f"{BADGE_URL}#outcome",
        "achievedLevel": f"{BADGE_URL}#achieved",
        "alignment": [ALIGNMENT],
    },
    {"type": ["Result"], "resultDescription": f"{BADGE_URL}#finished", "status": "Completed"},
]


def rich_badge() -> Document:
    """Return an unsigned badge with an object of every class that Open Badges puts into one."""
    document = badge(
        description="For those who lead in the open.",
        awardedDate="2016-03-04T12:00:00Z",
        image=IMAGE,
        evidence=[
            {"id": "https://badges.example.org/evidence/1", "type": ["Evidence"], "name": "A workshop"},
        ],
    )
    document["issuer"] |= ISSUER_DETAILS
    document["credentialSubject"] |= {
        "activityStartDate": "2016-01-01T00:00:00Z",
        "creditsEarned": 1.5,
        "source": {"id": "https://source.example.org/", "type": ["Profile"]},
        "result": RESULTS,
    }
    document["credentialSubject"]["achievement"] |= ACHIEVEMENT_DETAILS
    return copy.deepcopy(document)


def list_document(indexes: tuple[int, ...] = (), **changes: Any) -> Document:  # noqa: ANN401 (any JSON)
    """Return the unsigned status list of `DID` at `LIST_URL`."""
    template = status_list.StatusListTemplate(
        url=LIST_URL,
        issuer=DID,
        purpose="revocation",
        encoded_list=status_list.encode(indexes),
        valid_from=datetime(2016, 5, 31, tzinfo=UTC),
        valid_until=datetime(2016, 6, 2, tzinfo=UTC),
        ttl=60_000,
    )
    document = status_list.build_credential(template)
    subject = changes.pop("subject", {})
    document["credentialSubject"] |= subject
    return {**document, **changes}


def sign(document: Mapping[str, Any], did: str = DID, signer: Ed25519Signer = SIGNER) -> issue.Secured:
    return issue.sign(issue.prepare(document), signer, profile(did, signer))


def signed(document: Mapping[str, Any], did: str = DID, signer: Ed25519Signer = SIGNER) -> Document:
    value: Document = json.loads(sign(document, did, signer).document)
    return value


def list_bytes(indexes: tuple[int, ...] = (), **changes: Any) -> bytes:  # noqa: ANN401 (any JSON)
    """Return the signed status list of `DID`."""
    return sign(list_document(indexes, **changes)).document


LIST = list_bytes()
DOCUMENTS: dict[str, Document | Unavailable] = {DID: dids.did_document(DID, [SIGNER.public_key])}


def gathered(**changes: Any) -> Gathered:  # noqa: ANN401 (each member has a type of its own)
    """Return all that a verification of `badge()` at `NOW` needs."""
    given: dict[str, Any] = {
        "now": NOW,
        "did_documents": DOCUMENTS,
        "status_lists": {LIST_URL: LIST},
        "trusted_issuers": frozenset({DID}),
        "recipient": None,
    }
    return Gathered(**{**given, **changes})


def judge(credential: Document | str | bytes, **changes: Any) -> Report:  # noqa: ANN401 (as above)
    """Return the report on a credential: a document, a JWT or the bytes of either."""
    if isinstance(credential, dict):
        credential = json.dumps(credential)
    data = credential.encode() if isinstance(credential, str) else credential
    return verify(read(data), gathered(**changes))


def codes(report: Report) -> dict[str, str]:
    """Return the code of each check by the check's id."""
    return {check.id: check.code for check in report.checks}


def outcomes(report: Report) -> dict[str, str]:
    return {check.id: check.outcome.value for check in report.checks}


def says_the_same(credential: Document, signed_one: Document) -> bool:
    """Whether the RDF, which is what the signature covers, is unchanged."""
    unsigned, original = ({**document, "proof": ...} for document in (credential, signed_one))
    del unsigned["proof"], original["proof"]
    try:
        return canonize(unsigned) == canonize(original) and credential.get("proof") == signed_one["proof"]
    except JsonLdError:
        return False
