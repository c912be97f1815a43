"""Secrets at rest: what opens, what does not, and that nothing shows."""

import base64
import os

import pytest

from app.encryption import Encryption, new_encryption_key, read_encryption_key
from app.errors import ConfigurationError

SECRET = b"the seed of a signing key"
PLACE = "signing_keys|sealed_seed|1"


@pytest.fixture
def encryption() -> Encryption:
    return read_encryption_key(new_encryption_key())


def test_what_was_sealed_opens_in_its_place(encryption: Encryption) -> None:
    sealed = encryption.seal(SECRET, PLACE)
    assert SECRET not in sealed
    assert sealed[0] == 1
    assert encryption.open(sealed, PLACE) == SECRET


def test_the_empty_secret_can_be_sealed(encryption: Encryption) -> None:
    assert encryption.open(encryption.seal(b"", PLACE), PLACE) == b""


def test_sealing_twice_gives_different_bytes(encryption: Encryption) -> None:
    assert encryption.seal(SECRET, PLACE) != encryption.seal(SECRET, PLACE)


def test_another_key_does_not_open_it(encryption: Encryption) -> None:
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY") as refused:
        read_encryption_key(new_encryption_key()).open(encryption.seal(SECRET, PLACE), PLACE)
    assert SECRET.decode() not in str(refused.value)


def test_in_another_place_it_does_not_open(encryption: Encryption) -> None:
    with pytest.raises(ConfigurationError):
        encryption.open(encryption.seal(SECRET, PLACE), "signing_keys|sealed_seed|2")


def test_cut_off_anywhere_it_does_not_open(encryption: Encryption) -> None:
    sealed = encryption.seal(SECRET, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(ConfigurationError):
            encryption.open(sealed[:length], PLACE)


def test_with_any_byte_changed_it_does_not_open(encryption: Encryption) -> None:
    sealed = encryption.seal(SECRET, PLACE)
    for position in range(len(sealed)):
        changed = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(ConfigurationError):
            encryption.open(changed, PLACE)


def test_a_later_version_is_not_read_as_this_one(encryption: Encryption) -> None:
    with pytest.raises(ConfigurationError):
        encryption.open(b"\x02" + encryption.seal(SECRET, PLACE)[1:], PLACE)


def test_the_key_does_not_show(encryption: Encryption) -> None:
    assert repr(encryption) == "Encryption()"
    assert encryption.key.hex() not in repr(encryption)


def test_a_key_is_read_in_both_alphabets_and_with_a_line_end() -> None:
    key = bytes([0xFB, 0xFF, 0xBF]) + os.urandom(29)
    assert read_encryption_key(base64.urlsafe_b64encode(key).decode() + "\n").key == key
    assert read_encryption_key(base64.b64encode(key).decode()).key == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "change-me",
        "not base64 at all!",
        "ключ",
        base64.b64encode(bytes(range(200, 231))).decode(),
        base64.b64encode(bytes(range(200, 233))).decode(),
        bytes(range(200, 232)).hex(),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(b"\xff" * 32).decode(),
        base64.b64encode(b"change-me-change-me-change-me-32").decode(),
        base64.b64encode(bytes(range(32))).decode(),
        base64.b64encode(bytes(range(200, 215)) * 2 + b"\xc8\xc8").decode(),
    ],
)
def test_a_key_that_nobody_drew_at_random_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="32 random bytes") as refused:
        read_encryption_key(text)
    assert not text or text not in str(refused.value)
    assert "generate-encryption-key" in (refused.value.hint or "")
