import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError
from app.signing import cbor

# RFC 8949, appendix A: the examples of the types that are read here.
EXAMPLES = [
    (0, "00"),
    (1, "01"),
    (10, "0a"),
    (23, "17"),
    (24, "1818"),
    (25, "1819"),
    (100, "1864"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("a", "6161"),
    ("IETF", "6449455446"),
    ("\u00fc", "62c3bc"),
    ("\u6c34", "63e6b0b4"),
    ([], "80"),
    ([1, 2, 3], "83010203"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
]


@pytest.mark.parametrize(("value", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_the_examples_of_the_standard_are_written_and_read(value: object, text: str) -> None:
    assert cbor.encode(value) == bytes.fromhex(text)
    assert cbor.decode(bytes.fromhex(text)) == value


VALUES = st.recursive(
    st.integers(0, 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 300), inner, max_size=4),
    max_leaves=5,
)


@given(VALUES)
def test_what_was_written_is_read_again(value: object) -> None:
    try:
        assert cbor.decode(cbor.encode(value)) == value
    except InvalidPayloadError:
        assert str(value).count("[") + str(value).count("{") > cbor.MAX_DEPTH


@given(st.binary(max_size=40))
def test_whatever_is_read_has_one_spelling(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except InvalidPayloadError:
        return
    assert cbor.encode(value) == data


@pytest.mark.parametrize(
    "text",
    [
        "",  # nothing
        "0000",  # more than one value
        "1817",  # a number in more bytes than it needs
        "190017",
        "18",  # cut off
        "4401",
        "8301",
        "9bffffffffffffffff",  # more items than there are bytes
        "bbffffffffffffffff",
        "5f420102ff",  # of no definite length
        "9fff",
        "1c",  # reserved
        "20",  # a negative number
        "c11a514b67b0",  # a tag
        "d84040",
        "f4",  # a simple value
        "fb3ff199999999999a",  # a float
        "61ff",  # no UTF-8
        "a2010201 04",  # a key twice
        "a203040102",  # keys in another order
        "a16161 01",  # a text as key
        "a18001",  # an array as key
        "818181818100",  # too deep
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidPayloadError):
        cbor.decode(bytes.fromhex(text))


@pytest.mark.parametrize("value", [True, None, 1.5, object(), -1, 2**64])
def test_other_values_are_not_written(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        cbor.encode(value)
