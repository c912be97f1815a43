import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import strict_json
from app.errors import MalformedBodyError
from tests.effort import calls_of


def refusal(text: str | bytes) -> str:
    with pytest.raises(MalformedBodyError) as caught:
        strict_json.loads(text)
    return caught.value.detail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("true", True),
        ("0", 0),
        ("-9007199254740991", -(2**53) + 1),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ('"é"', "é"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
        (" \n[]\t", []),
    ],
)
def test_json_is_read(text: str | bytes, expected: object) -> None:
    assert strict_json.loads(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "the member name 'a' stands twice"),
        ('{"a": {"b": 1, "b": 1}}', "stands twice"),
        ('{"a": 1, "\\u0061": 2}', "stands twice"),
        ("NaN", "NaN is not a JSON number"),
        ("[Infinity]", "Infinity is not"),
        ("-Infinity", "-Infinity is not"),
        ("1e999", "too large"),
        ("-1e999", "too large"),
        ("9007199254740992", "beyond 2^53-1"),
        ("9" * 5000, "beyond 2^53-1"),
        ('"\\u0000"', "NUL"),
        ('{"\\u0000": 1}', "NUL"),
        ('"\\ud800"', "surrogate"),
        ('["\\udc00x"]', "surrogate"),
        (b"\xff", "not UTF-8"),
        ("\ufeff{}", "not JSON"),
        ("", "not JSON"),
        ("{} {}", "not JSON"),
        ("[1,]", "line 1, column"),
        ("{'a': 1}", "not JSON"),
        ("[" * 66 + "]" * 66, "64 levels"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_two_readers_could_read_apart_is_refused(text: str | bytes, words: str) -> None:
    assert words.lower() in refusal(text).lower()


def test_nesting_is_allowed_up_to_its_limit() -> None:
    assert strict_json.loads("[" * 64 + "]" * 64)


@pytest.mark.parametrize("inmost", ["", "1", '{"a": 1}', "[]", "{}"])
@pytest.mark.parametrize("depth", [62, 63, 64, 65])
def test_the_limit_is_the_same_whether_or_not_the_text_has_escapes(inmost: str, depth: int) -> None:
    def is_read(text: str) -> bool:
        try:
            strict_json.loads(text)
        except MalformedBodyError:
            return False
        return True

    nested = "[" * depth + inmost + "]" * depth
    assert is_read(f'{{"a": {nested}, "b": ""}}') is is_read(f'{{"a": {nested}, "b": "\\u0061"}}')


@pytest.mark.parametrize(
    ("text", "times", "may"),
    [
        ('{"id": "urn:a", "b": "urn:ab"}', 1, False),
        ('{"id": "urn:a", "b": "urn:a"}', 1, True),
        ('{"id": "urn:a", "urn:a": 1}', 1, True),
        ('{"id": "urn:a", "b": "urn:a"}', 2, False),
        ('{"id": "urn:a", "b": "\\u0075rn:a"}', 1, True),
        ('{"id": "urn:a", "b": "a\\/b"}', 1, True),
        ('{"id": "urn:a", "b": "a\\nb"}', 1, False),
    ],
)
def test_a_text_tells_how_often_it_has_a_string_unless_escapes_may_spell_it(
    text: str, times: int, may: object
) -> None:
    assert strict_json.may_repeat(text, "urn:a", times) is may


def test_text_of_other_readers_is_checked_alike() -> None:
    strict_json.check_text({"a": ["é", 1, None, {"b": True}]})
    with pytest.raises(MalformedBodyError):
        strict_json.check_text({"a": ["\x00"]})


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    )
)
def test_what_json_can_say_comes_back(document: object) -> None:
    assert strict_json.loads(json.dumps(document)) == document


@given(st.text() | st.binary())
def test_any_text_is_a_clean_value_or_refused(text: str | bytes) -> None:
    try:
        strict_json.check_text(strict_json.loads(text))
    except MalformedBodyError:
        return


def test_finding_a_name_that_stands_twice_compares_no_name_with_each() -> None:
    names = [f'"{number}": 1' for number in range(100_000)]
    text = f"{{{', '.join([*names, names[-1]])}}}"

    def refuse() -> None:
        with pytest.raises(MalformedBodyError, match="'99999' stands twice"):
            strict_json.loads(text)

    assert calls_of(refuse) < 10 * len(names)


def test_more_values_than_any_document_needs_are_not_even_read() -> None:
    with pytest.raises(MalformedBodyError, match="more than 200000 values"):
        strict_json.loads("[" + "1," * 200_000 + "1]")
