import json
from typing import Any

import pytest

from app.signing.verify import Unavailable, needs, read
from tests.signing.badges import (
    DID,
    SIGNER,
    Document,
    badge,
    codes,
    eddsa_proof,
    judge,
    outcomes,
    profile,
)

URL = "https://badges.example.org/revocations"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def with_list(**entry: object) -> Document:
    """Return a badge whose status stands on a list of 1EdTech's kind."""
    plain = badge()
    status = {"id": URL, "type": "1EdTechRevocationList"} | entry
    document = plain | {"@context": [*plain["@context"], EXTENSIONS], "credentialStatus": status}
    return document | {"proof": [eddsa_proof(document, SIGNER, profile().verification_method)]}


BADGE = with_list()
ID = BADGE["id"]


def status(listed: object, credential: Document = BADGE) -> tuple[str, str]:
    data = listed if isinstance(listed, bytes | Unavailable) else json.dumps(listed).encode()
    report = judge(credential, status_lists={URL: data})
    return codes(report)["status"], outcomes(report)["status"]


def a_list(*entries: object, **members: object) -> Document:
    return {"id": URL, "issuer": DID, "revokedCredential": list(entries), **members}


def test_the_list_is_among_what_a_verification_needs() -> None:
    assert needs(read(json.dumps(BADGE).encode())).status_list_urls == (URL,)


@pytest.mark.parametrize(
    "entry", [{"id": ID}, {"id": ID, "revoked": True}, {"id": ID, "revocationReason": "Lost."}]
)
def test_what_the_list_names_is_revoked(entry: Document) -> None:
    assert status(a_list({"id": "urn:x:other"}, entry)) == ("revoked", "fail")


def test_the_reason_on_the_list_is_shown() -> None:
    data = json.dumps(a_list({"id": ID, "revocationReason": "Lost."})).encode()
    report = judge(BADGE, status_lists={URL: data})
    assert [check.detail for check in report.checks if check.code == "revoked"] == [
        "The issuer's revocation list names the credential. Its reason: Lost."
    ]


@pytest.mark.parametrize(
    "listed",
    [
        a_list(),
        a_list({"id": "urn:x:other"}),
        a_list({"id": ID, "revoked": False}),
        {"revokedCredential": {"id": "urn:x:other"}},
        a_list(issuer={"id": DID, "type": ["Profile"]}),
        {},
    ],
)
def test_what_it_does_not_name_is_not(listed: Document) -> None:
    assert status(listed) == ("not_revoked", "pass")
    assert judge(BADGE, status_lists={URL: json.dumps(listed).encode()}).verified


@pytest.mark.parametrize(
    "listed",
    [
        b"not JSON",
        b'{"id": 1, "id": 2}',
        [],
        {"revokedCredential": ["urn:x:a"]},
        a_list(id="https://elsewhere.example.org"),
        a_list(issuer="did:web:elsewhere.example.org"),
        a_list(issuer=7),
    ],
)
def test_a_list_that_is_none_or_of_others_says_nothing(listed: Any) -> None:  # noqa: ANN401 (any JSON)
    assert status(listed) == ("status_list_invalid", "unknown")


def test_a_list_that_is_not_there_leaves_the_status_open() -> None:
    missing = Unavailable("The host is silent.", "Try again in a minute.")
    report = judge(BADGE, status_lists={URL: missing})
    assert report.verdict == "undetermined"
    [found] = [check for check in report.checks if check.id == "status"]
    assert (found.code, found.remedy) == ("status_unreachable", "Try again in a minute.")
    assert codes(judge(BADGE, status_lists={}))["status"] == "status_unreachable"


def test_an_entry_without_an_address_points_at_nothing() -> None:
    nameless = {**BADGE, "credentialStatus": {"type": "1EdTechRevocationList"}}
    unproven = {**nameless, "proof": {"type": "BbsBlsSignature2020"}}
    assert status({}, unproven) == ("status_entry_invalid", "fail")
