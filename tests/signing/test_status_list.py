import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidPayloadError
from app.signing import multibase, status_list

LENGTH = status_list.MINIMUM_LENGTH


def encoded(data: bytes) -> str:
    return multibase.encode_base64url(gzip.compress(data, mtime=0))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, LENGTH - 1), max_size=200))
def test_exactly_the_indexes_that_were_set_read_as_set(indexes: set[int]) -> None:
    bits = status_list.decode(status_list.encode(indexes))
    near = {index + step for index in indexes for step in range(-8, 9)} & set(range(LENGTH))
    assert {index for index in near if status_list.bit(bits, index)} == indexes
    assert sum(each.bit_count() for each in bits) == len(indexes)


def test_index_zero_is_the_leftmost_bit() -> None:
    bits = status_list.decode(status_list.encode([0, 9]))
    assert bits[:2] == b"\x80\x40"


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 63)), st.sets(st.integers(0, 63)))
def test_what_was_cleared_is_the_first_that_is_set_before_and_not_after(
    before: set[int], after: set[int]
) -> None:
    lists = [status_list.decode(status_list.encode(each)) for each in (before, after)]
    assert status_list.cleared(lists[0], lists[1]) == min(before - after, default=None)


def test_the_same_bits_always_give_the_same_text() -> None:
    assert status_list.encode([5, 3]) == status_list.encode({3, 5})
    assert status_list.encode([]).startswith("uH4sI")


def test_the_standard_library_reads_the_list() -> None:
    data = multibase.decode_base64url(status_list.encode([7]))
    assert gzip.decompress(data) == b"\x01" + b"\x00" * (LENGTH // 8 - 1)


@pytest.mark.parametrize("length", [0, LENGTH - 8, LENGTH + 1, status_list.MAX_LENGTH + 8])
def test_a_list_of_a_length_outside_the_limits_is_not_made(length: int) -> None:
    with pytest.raises(InvalidPayloadError):
        status_list.encode([], length)


@pytest.mark.parametrize("index", [-1, LENGTH])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(InvalidPayloadError):
        status_list.encode([index])
    with pytest.raises(InvalidPayloadError):
        status_list.bit(bytes(LENGTH // 8), index)


def test_the_longest_list_that_is_taken() -> None:
    bits = status_list.decode(encoded(bytes(status_list.MAX_LENGTH // 8)))
    assert len(bits) * 8 == status_list.MAX_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H4sIAAAA",
        "zH4sI",
        "u",
        "uH4sI",
        "uH4sI====",
        multibase.encode_base64url(zlib.compress(bytes(LENGTH // 8))),
        encoded(bytes(LENGTH // 8 - 1)),
        encoded(bytes(status_list.MAX_LENGTH // 8 + 1)),
        multibase.encode_base64url(gzip.compress(bytes(LENGTH // 8), mtime=0) + b"\x00"),
        multibase.encode_base64url(gzip.compress(bytes(LENGTH // 8), mtime=0) * 2),
        multibase.encode_base64url(gzip.compress(bytes(LENGTH // 8), mtime=0)[:-1]),
        multibase.encode_base64url(gzip.compress(bytes(LENGTH // 8), mtime=0)[:-8] + b"\x00" * 8),
    ],
)
def test_what_is_not_one_whole_gzip_member_of_a_lawful_length_is_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        status_list.decode(text)


def test_a_bomb_is_not_inflated_beyond_the_cap() -> None:
    bomb = encoded(bytes(200_000_000))
    with pytest.raises(InvalidPayloadError, match="more than"):
        status_list.decode(bomb)


def test_the_credential_says_where_whose_what_and_how_long() -> None:
    template = status_list.StatusListTemplate(
        url="https://badges.example.org/status-lists/1",
        issuer="did:web:badges.example.org:issuers:acme",
        purpose="revocation",
        encoded_list=status_list.encode([]),
        valid_from=datetime(2016, 1, 1, tzinfo=UTC),
        valid_until=datetime(2016, 1, 2, tzinfo=UTC),
        ttl=60_000,
    )
    credential = status_list.build_credential(template)
    assert credential["issuer"] == template.issuer
    assert credential["validFrom"] == "2016-01-01T00:00:00Z"
    assert credential["validUntil"] == "2016-01-02T00:00:00Z"
    assert credential["credentialSubject"] == {
        "id": "https://badges.example.org/status-lists/1#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "ttl": 60_000,
        "encodedList": template.encoded_list,
    }
