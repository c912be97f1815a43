"""Multibase: one spelling for each byte string, everything else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError
from app.signing import multibase

# The example values of the Internet-Draft "The Base58 Encoding Scheme", section 5.
BASE58_EXAMPLES = [
    (b"Hello World!", "z2NEpo7TZRRrLZSi2U"),
    (
        b"The quick brown fox jumps over the lazy dog.",
        "zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
    ),
    (bytes.fromhex("0000287fb4cd"), "z11233QC4"),
]


@pytest.mark.parametrize(("data", "text"), BASE58_EXAMPLES)
def test_the_published_base58_examples_hold(data: bytes, text: str) -> None:
    assert multibase.encode_base58btc(data) == text
    assert multibase.decode_base58btc(text) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", "u"), (b"f", "uZg"), (b"fo", "uZm8"), (b"foo", "uZm9v"), (b"\xfb\xff", "u-_8")],
)
def test_base64url_is_written_without_padding(data: bytes, text: str) -> None:
    assert multibase.encode_base64url(data) == text
    assert multibase.decode_base64url(text) == data


@given(st.binary(max_size=200))
def test_every_byte_string_comes_back(data: bytes) -> None:
    assert multibase.decode(multibase.encode_base58btc(data)) == data
    assert multibase.decode(multibase.encode_base64url(data)) == data


@given(st.text(alphabet="123ABCabcz0OIl_-=", max_size=12))
def test_what_is_accepted_has_one_spelling(characters: str) -> None:
    for prefix, encode in (("z", multibase.encode_base58btc), ("u", multibase.encode_base64url)):
        try:
            data = multibase.decode(prefix + characters)
        except InvalidPayloadError:
            continue
        assert encode(data) == prefix + characters


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2NEpo7TZRRrLZSi2U",  # no prefix
        "uZg",  # another base
        "z0",  # 0, O, I and l are no digits
        "zO",
        "z2NEp o7",
        "zé",
        "z" + "2" * 1025,
    ],
)
def test_other_text_is_not_base58btc(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        multibase.decode_base58btc(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Zg",  # no prefix
        "z2",  # another base
        "uZg==",  # padding
        "uZ",  # one character carries six bits, a byte has eight
        "uZh",  # the last four bits are spare and must be zero
        "uZm9v+/",  # the other base 64 alphabet
        "uZm9v\n",
        "uZmé",
    ],
)
def test_other_text_is_not_base64url(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        multibase.decode_base64url(text)


def test_nothing_is_written_in_base58btc_that_is_too_long_to_be_read() -> None:
    longest = b"\xff" * 749
    assert multibase.decode_base58btc(multibase.encode_base58btc(longest)) == longest
    with pytest.raises(InvalidPayloadError, match="1024 characters"):
        multibase.encode_base58btc(b"\xff" * 751)


def test_each_word_of_four_base_58_digits_is_written_and_read() -> None:
    edges = [58**power + step for power in range(12) for step in (-1, 0, 1)]
    for number in [*edges, *range(0, 58**4, 7919)]:
        data = number.to_bytes(9, "big").lstrip(b"\x00")
        assert multibase.decode_base58btc(multibase.encode_base58btc(data)) == data


@pytest.mark.parametrize("text", ["", "mZg", "f00", "2NEpo7TZRRrLZSi2U"])
def test_other_bases_are_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        multibase.decode(text)
