"""Status entries of other writers: each rule, and where it was broken."""

import pytest

from app.signing.status_entries import entry_faults

ENTRY = {
    "id": "https://vc.example/status/3#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": "https://vc.example/status/3",
}


@pytest.mark.parametrize(
    "status",
    [
        ENTRY,
        [ENTRY, ENTRY | {"statusPurpose": "suspension", "statusListIndex": "0"}],
        ENTRY | {"type": "StatusList2021Entry"},
        ENTRY | {"statusSize": 2, "statusPurpose": "message", "statusMessage": []},
        {"type": "1EdTechRevocationList", "id": "https://vc.example/revoked"},
        {name: value for name, value in ENTRY.items() if name != "id"},
    ],
)
def test_sound_entries_and_those_of_other_types_are_left_alone(status: object) -> None:
    assert entry_faults({"credentialStatus": status}) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statusPurpose", None),
        ("statusPurpose", ""),
        ("statusListIndex", None),
        ("statusListIndex", 94567),
        ("statusListIndex", "094567"),
        ("statusListCredential", None),
        ("statusListCredential", "status/3"),
        ("statusSize", 0),
        ("statusSize", True),
        ("statusSize", 33),
        ("id", "https://vc.example/status/3"),
    ],
)
def test_a_member_that_breaks_a_rule_is_pointed_at(name: str, value: object) -> None:
    [fault] = entry_faults({"credentialStatus": ENTRY | {name: value}})
    assert (fault.pointer, fault.code) == (f"/credentialStatus/{name}", "status_entry_malformed")
    [fault] = entry_faults({"credentialStatus": [ENTRY, ENTRY | {name: value}]})
    assert fault.pointer == f"/credentialStatus/1/{name}"


def test_nothing_in_place_of_an_entry_is_pointed_at() -> None:
    assert entry_faults({}) == ()
    nothing: list[object] = [None, []]
    for status in nothing:
        [fault] = entry_faults({"credentialStatus": status})
        assert (fault.pointer, fault.hint) == ("/credentialStatus", "Leave the member out.")
