from typing import Any

import pytest

from app.signing import recipients

# The worked example of Open Badges 3.0: "a@example.com" with the salt "Kosher".
EXAMPLE = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"


def identity(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": EXAMPLE,
        "identityType": "emailAddress",
        "salt": "Kosher",
        **changes,
    }


def test_the_salt_follows_the_value() -> None:
    assert recipients.identity_hash("a@example.com", "Kosher") == EXAMPLE


@pytest.mark.parametrize("value", ["a@example.com", "A@Example.com", "  a@example.com\n"])
def test_an_address_is_found_in_any_spelling(value: str) -> None:
    assert recipients.matches(identity(), value)


@pytest.mark.parametrize(
    "stated",
    [
        EXAMPLE[:7] + EXAMPLE[7:].upper(),
        recipients.identity_hash("a@example.com", "Kosher", "md5"),
    ],
)
def test_upper_case_digits_and_md5_are_read(stated: str) -> None:
    assert recipients.matches(identity(identityHash=stated), "a@example.com")


def test_a_badge_that_hashed_the_address_as_written_still_matches_it() -> None:
    stated = recipients.identity_hash("A@Example.com", "Kosher")
    assert recipients.matches(identity(identityHash=stated), "A@Example.com")
    assert not recipients.matches(identity(identityHash=stated), "a@example.com")


def test_without_a_salt_the_value_alone_is_hashed() -> None:
    plain = identity(identityHash=recipients.identity_hash("a@example.com", ""))
    del plain["salt"]
    assert recipients.matches(plain, "a@example.com")


def test_an_identity_in_clear_is_compared_as_it_is() -> None:
    assert recipients.matches(identity(hashed=False, identityHash="A@example.com "), "a@example.com")
    assert recipients.matches(identity(hashed=False, identityType="userName", identityHash="Ann"), "Ann")
    assert not recipients.matches(identity(hashed=False, identityType="userName", identityHash="Ann"), "ann")


@pytest.mark.parametrize(
    "changes",
    [
        {"identityHash": EXAMPLE[7:]},
        {"identityHash": EXAMPLE[:-1] + "8"},
        {"identityHash": "sha1$" + "0" * 40},
        {"identityHash": None},
        {"salt": "kosher"},
        {"salt": 7},
        {"hashed": "true"},
        {"hashed": None},
        {"hashed": False},
        {"identityType": "userName", "identityHash": recipients.identity_hash("A@example.com", "Kosher")},
    ],
)
def test_another_or_malformed_identity_matches_nobody(changes: dict[str, Any]) -> None:
    assert not recipients.matches(identity(**changes), "a@example.com")
