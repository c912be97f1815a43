"""RFC 8785: one text for one JSON value."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidPayloadError
from app.signing import jcs


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # RFC 8785, appendix B, those within the exact range of integers.
        (0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (4.5, "4.5"),
        (10.0, "10"),
        (-17, "-17"),
        (2**53 - 1, "9007199254740991"),
    ],
)
def test_numbers_are_written_as_ecmascript_does(number: float, text: str) -> None:
    assert jcs.canonize(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_comes_back(number: float) -> None:
    assert math.isclose(json.loads(jcs.canonize(number)), number, rel_tol=0.0)


def test_the_members_of_the_published_example_are_sorted_by_utf_16_units() -> None:
    # RFC 8785, 3.2.3: sorting of object properties.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    text = jcs.canonize(dict.fromkeys(names, None))
    assert list(json.loads(text)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_the_published_example_of_serialization_holds() -> None:
    # RFC 8785, 3.2.2: serialization of primitive data types.
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert jcs.canonize(value) == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\ud800": 1}, {1: 2}, (1, 2), b"x", {"a": {1}}],
)
def test_what_is_not_i_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidPayloadError):
        jcs.canonize(value)


def test_deep_nesting_is_refused() -> None:
    value: object = 1
    for _ in range(jcs.MAX_DEPTH):
        value = [value]
    assert jcs.canonize(value)
    with pytest.raises(InvalidPayloadError):
        jcs.canonize([value])
