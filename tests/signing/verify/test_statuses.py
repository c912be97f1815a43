import json
from datetime import timedelta
from typing import Any

import pytest

from app.signing import dids, jws, status_list
from app.signing.data_integrity import EDDSA_RDFC, ProofOptions, create_proof
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
    eddsa_proof,
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
    proof = eddsa_proof(document, SIGNER, profile().verification_method)
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


def test_a_list_that_was_found_good_is_good_for_its_bytes_and_its_key_alone() -> None:
    genuine, rotated = list_bytes((3,)), {DID: dids.did_document(DID, [STRANGER.public_key])}
    assert status(BADGE, status_lists={LIST_URL: genuine}) == ("not_revoked", "pass")
    assert status(BADGE, status_lists={LIST_URL: genuine}) == ("not_revoked", "pass")
    changed = {LIST_URL: json.dumps({**json.loads(genuine), "name": "Changed"}).encode()}
    assert status(BADGE, status_lists=changed) == ("status_list_invalid", "unknown")
    stranger = signed(badge(), signer=STRANGER)
    assert status(stranger, status_lists={LIST_URL: genuine}, did_documents=rotated) == (
        "status_list_invalid",
        "unknown",
    )
    assert status(BADGE, status_lists={LIST_URL: genuine}, now=NOW + timedelta(days=3)) == (
        "status_list_out_of_date",
        "unknown",
    )


def test_a_proof_that_ends_is_looked_at_each_time() -> None:
    document = list_document()
    options = ProofOptions(profile().verification_method, CREATED, expires=NOW + timedelta(minutes=1))
    proof = create_proof(document, SIGNER, EDDSA_RDFC, options)
    lists = {LIST_URL: json.dumps({**document, "proof": proof}).encode()}
    assert status(BADGE, status_lists=lists) == ("not_revoked", "pass")
    later = NOW + timedelta(minutes=2)
    assert status(BADGE, status_lists=lists, now=later) == ("status_list_invalid", "unknown")


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


def test_a_purpose_in_a_list_of_one_is_that_purpose() -> None:
    entry = {**badge()["credentialStatus"], "statusPurpose": ["revocation"]}
    credential = json.loads(by_hand(badge(credentialStatus=entry)))
    assert status(credential, status_lists={LIST_URL: list_bytes((INDEX,))}) == ("revoked", "fail")
    assert status(credential, status_lists={LIST_URL: list_bytes()}) == ("not_revoked", "pass")


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
        {"type": "CredentialStatusList2017"},
        {"type": ["BitstringStatusListEntry"]},
        {"statusPurpose": "message"},
        {"statusPurpose": ["revocation", "suspension"]},
        {"statusPurpose": None},
        {"statusPurpose": "message", "statusMessage": ["0x0"]},
        {"statusSize": 0},
        {"statusSize": 33},
        {"statusSize": True},
        {"statusSize": "2"},
        {"type": "StatusList2021Entry", "statusSize": 2},
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


# Entries of several bits ---------------------------------------------------------------------------------


def wide(bits: dict[int, str], size: int, **entry: Any) -> tuple[str, str]:  # noqa: ANN401 (any JSON)
    """Judge entry 5 of a list in which the entries of `bits` hold those bits."""
    indexes = [
        index * size + place for index, text in bits.items() for place, bit in enumerate(text) if bit == "1"
    ]
    encoded = status_list.encode(indexes, status_list.MINIMUM_LENGTH * size)
    document = list_document(
        subject={"encodedList": encoded, "statusPurpose": entry.get("statusPurpose", "revocation")}
    )
    changed = with_entry(statusListIndex="5", statusSize=size, **entry)
    return status(changed, status_lists={LIST_URL: by_hand(document)})


@pytest.mark.parametrize("text", ["01", "10", "11"])
def test_any_bit_of_a_wide_entry_revokes(text: str) -> None:
    assert wide({5: text}, 2) == ("revoked", "fail")
    assert wide({5: text}, 2, statusPurpose="suspension") == ("suspended", "fail")


def test_the_bits_of_the_entries_beside_do_not() -> None:
    assert wide({4: "11", 6: "11"}, 2) == ("not_revoked", "pass")
    assert wide({4: "11111", 6: "11111"}, 5) == ("not_revoked", "pass")


def test_a_list_of_wide_entries_needs_as_many_of_them() -> None:
    assert status(with_entry(statusSize=2, statusListIndex="5")) == ("status_list_invalid", "unknown")


MESSAGES = [{"status": "0x1", "message": "pending"}, {"status": "0x2", "message": "under appeal"}]


@pytest.mark.parametrize(("text", "shown"), [("10", "under appeal"), ("01", "pending"), ("11", "0x3")])
def test_a_message_is_shown_and_left_to_the_reader(text: str, shown: str) -> None:
    entry = {"statusPurpose": "message", "statusMessage": MESSAGES}
    assert wide({5: text}, 2, **entry) == ("status_message", "unknown")
    places = [10 + place for place, bit in enumerate(text) if bit == "1"]
    subject = {"encodedList": status_list.encode(places, 2 * 131_072), "statusPurpose": "message"}
    credential = with_entry(statusListIndex="5", statusSize=2, **entry)
    report = judge(credential, status_lists={LIST_URL: by_hand(list_document(subject=subject))})
    assert shown in report.checks[5].detail


# Status List 2021 ----------------------------------------------------------------------------------------


def list_2021(*indexes: int, **subject: Any) -> bytes:  # noqa: ANN401 (any JSON)
    document = list_document(indexes)
    document["@context"] = [
        "https://www.w3.org/2018/credentials/v1",
        "https://w3id.org/vc/status-list/2021/v1",
        "https://w3id.org/security/data-integrity/v2",
    ]
    document["type"] = ["VerifiableCredential", "StatusList2021Credential"]
    inner = document["credentialSubject"]
    del inner["ttl"]
    encoded = inner["encodedList"].removeprefix("u")
    document["credentialSubject"] = {**inner, "type": "StatusList2021", "encodedList": encoded, **subject}
    document["issuanceDate"] = document.pop("validFrom")
    document["expirationDate"] = document.pop("validUntil")
    return by_hand(document)


def as_jwt_of_2(data: bytes) -> bytes:
    """Return the list as VC-JWT of data model 2.0, whose own context its terms contradict in JSON-LD."""
    document = json.loads(data)
    document["@context"] = ["https://www.w3.org/ns/credentials/v2", *document["@context"][1:2]]
    for member in ("proof", "issuanceDate", "expirationDate"):
        del document[member]
    return jws.encode({"kid": profile().jwt_key_id}, json.dumps(document).encode(), SIGNER).encode()


ENTRY_2021 = {"type": "StatusList2021Entry"}


def test_a_list_of_2021_is_read() -> None:
    for indexes, expected in [((), ("not_revoked", "pass")), ((INDEX,), ("revoked", "fail"))]:
        data = list_2021(*indexes)
        for each in (data, as_jwt_of_2(data)):
            assert status(with_entry(**ENTRY_2021), status_lists={LIST_URL: each}) == expected


def test_a_list_of_2021_may_be_in_the_plain_alphabet_of_base64() -> None:
    encoded = json.loads(list_2021(INDEX, 9, 77))["credentialSubject"]["encodedList"]
    plain = encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4)
    data = list_2021(encodedList=plain)
    assert status(with_entry(**ENTRY_2021), status_lists={LIST_URL: data}) == ("revoked", "fail")


def test_a_list_of_2021_keeps_the_same_rules() -> None:
    for data in (LIST, list_2021(encodedList="H4sI"), list_2021(statusPurpose="suspension")):
        lists = {LIST_URL: data}
        assert status(with_entry(**ENTRY_2021), status_lists=lists) == ("status_list_invalid", "unknown")
    old = {LIST_URL: list_2021()}
    assert status(BADGE, status_lists=old) == ("status_list_invalid", "unknown")
    late = NOW + timedelta(days=3)
    expected = ("status_list_out_of_date", "unknown")
    assert status(with_entry(**ENTRY_2021), status_lists=old, now=late) == expected
