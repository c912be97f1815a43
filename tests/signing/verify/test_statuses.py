import json
from datetime import timedelta
from typing import Any

import pytest

from app.signing import data_integrity
from app.signing.verify import Unavailable
from tests.signing.badges import (
    CREATED,
    DID,
    INDEX,
    LIST,
    LIST_URL,
    NOW,
    SIGNER,
    STRANGER,
    Document,
    badge,
    codes,
    judge,
    list_bytes,
    list_document,
    outcomes,
    profile,
    sign,
    signed,
)

BADGE = signed(badge())


def by_hand(document: Document) -> bytes:
    """Sign a list that would not pass our own lint."""
    proof = data_integrity.create_proof(document, SIGNER, profile().verification_method, CREATED)
    return json.dumps({**document, "proof": proof}).encode()


def with_entry(**changes: Any) -> Document:  # noqa: ANN401 (any JSON)
    """Return a badge, proof unsupported but unbroken, whose status entry is changed."""
    entry = {**BADGE["credentialStatus"], **changes}
    return {**BADGE, "credentialStatus": entry, "proof": {"type": "BbsBlsSignature2020"}}


def status(credential: Document, **changes: Any) -> tuple[str, str]:  # noqa: ANN401 (as above)
    report = judge(credential, **changes)
    return codes(report)["status"], outcomes(report)["status"]


def test_a_set_bit_revokes() -> None:
    report = judge(BADGE, status_lists={LIST_URL: list_bytes((INDEX,))})
    assert codes(report)["status"] == "revoked"
    assert report.verdict == "not_verified"


def test_the_bits_beside_do_not() -> None:
    beside = list_bytes((INDEX - 1, INDEX + 1))
    assert judge(BADGE, status_lists={LIST_URL: beside}).verified


def test_a_list_as_jwt_serves_as_well() -> None:
    jwt = sign(list_document((INDEX,))).jwt.encode()
    assert status(BADGE, status_lists={LIST_URL: jwt}) == ("revoked", "fail")


def test_a_suspension_is_called_one() -> None:
    suspended = signed(badge(credentialStatus={**badge()["credentialStatus"], "statusPurpose": "suspension"}))
    lists = {LIST_URL: list_bytes((INDEX,), subject={"statusPurpose": "suspension"})}
    assert status(suspended, status_lists=lists) == ("suspended", "fail")


def test_a_list_may_serve_several_purposes() -> None:
    document = list_document((INDEX,), subject={"statusPurpose": ["refresh", "revocation"]})
    assert status(BADGE, status_lists={LIST_URL: by_hand(document)}) == ("revoked", "fail")


def test_a_list_without_dates_is_of_any_time() -> None:
    document = list_document()
    del document["validFrom"], document["validUntil"]
    assert status(BADGE, status_lists={LIST_URL: by_hand(document)}) == ("not_revoked", "pass")


def test_without_an_entry_there_is_nothing_to_look_up() -> None:
    document = badge()
    del document["credentialStatus"]
    report = judge(signed(document), status_lists={})
    assert (codes(report)["status"], outcomes(report)["status"]) == ("no_status", "not_applicable")
    assert report.verified


@pytest.mark.parametrize("lists", [{}, {LIST_URL: Unavailable("The host does not answer.")}])
def test_a_list_that_cannot_be_had_leaves_the_status_unknown(lists: dict[str, Unavailable]) -> None:
    report = judge(BADGE, status_lists=lists)
    assert (codes(report)["status"], outcomes(report)["status"]) == ("status_unreachable", "unknown")
    assert report.verdict == "undetermined"
    reason = lists[LIST_URL].reason if lists else "Nobody fetched it."
    assert report.checks[5].detail.endswith(reason)


OTHER_DID = "did:web:badges.example.org:issuers:other"
DISTRUSTED = [
    b"",
    b"{",
    b"not a list",
    json.dumps(list_document()).encode(),
    sign(badge()).document,
    LIST.replace(b'"ttl":60000', b'"ttl":60001'),
    by_hand(list_document(subject={"encodedList": "uH4sI"})),
    by_hand(list_document(subject={"statusPurpose": "suspension"})),
    by_hand(list_document(issuer=OTHER_DID)),
    sign(list_document(), DID, STRANGER).document,
    sign(list_document(issuer=OTHER_DID), OTHER_DID, STRANGER).document,
]


@pytest.mark.parametrize("data", DISTRUSTED)
def test_a_list_that_cannot_be_believed_leaves_the_status_unknown(data: bytes) -> None:
    report = judge(BADGE, status_lists={LIST_URL: data})
    assert (codes(report)["status"], outcomes(report)["status"]) == ("status_list_invalid", "unknown")
    assert report.verdict == "undetermined"


@pytest.mark.parametrize("shift", [timedelta(days=3), timedelta(days=-3)])
def test_a_list_of_another_day_leaves_the_status_unknown(shift: timedelta) -> None:
    assert status(BADGE, now=NOW + shift) == ("status_list_out_of_date", "unknown")


@pytest.mark.parametrize("index", [INDEX, f"{INDEX}", f"0{INDEX}"])
def test_an_index_may_be_a_number(index: object) -> None:
    assert status(with_entry(statusListIndex=index)) == ("not_revoked", "pass")


@pytest.mark.parametrize(
    "changes",
    [
        {"statusListIndex": "131072"},
        {"statusListIndex": 2**53 - 1},
        {"statusListIndex": -1},
        {"statusListIndex": "-1"},
        {"statusListIndex": "1e3"},
        {"statusListIndex": "\u0661"},
        {"statusListIndex": True},
        {"statusListIndex": 1.5},
        {"statusListIndex": None},
        {"statusListCredential": None},
        {"statusListCredential": [LIST_URL]},
    ],
)
def test_an_entry_that_points_at_no_bit_fails(changes: Document) -> None:
    assert status(with_entry(**changes)) == ("status_entry_invalid", "fail")


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "1EdTechRevocationList"},
        {"type": ["BitstringStatusListEntry"]},
        {"statusPurpose": "message"},
        {"statusPurpose": ["revocation"]},
        {"statusPurpose": None},
        {"statusSize": 2},
    ],
)
def test_an_entry_of_another_kind_is_not_decided(changes: Document) -> None:
    assert status(with_entry(**changes)) == ("status_unsupported", "unknown")


def test_of_several_entries_the_worst_counts() -> None:
    good, other = BADGE["credentialStatus"], {"type": "Other"}
    for entries, expected in [
        ([good, other], ("status_unsupported", "unknown")),
        ([other, good, 7], ("status_entry_invalid", "fail")),
        ([good] * 9, ("status_unsupported", "unknown")),
    ]:
        assert status({**with_entry(), "credentialStatus": entries}) == expected
