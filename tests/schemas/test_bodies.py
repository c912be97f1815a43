"""What all bodies share: names, texts and addresses that fit, and unknown members with a suggestion."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.bodies import MAX_UNKNOWN, Body, Day, Email, Instant, Key, ShortText, WebUrl
from app.signing.scalars import is_absolute_iri


class Colour(Body):
    """A body inside a body."""

    red: int


class Paint(Body):
    """A body with one inside."""

    colour: Colour
    gloss: bool = False


def refused(kind: Any, value: object) -> list[str]:  # noqa: ANN401 (an annotated type)
    """Return the codes of what is wrong; empty when nothing is."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return [entry["type"] for entry in error.errors()]
    return []


@pytest.mark.parametrize("text", ["A", "Zoë's Passport 2", "\U0001f9f5", "x" * 300, " padded "])
def test_a_short_text_is_a_line(text: str) -> None:
    assert refused(ShortText, text) == []


@pytest.mark.parametrize(
    "text", ["", " ", "\u00a0", "a\nb", "a\tb", "\x1b[31m", "a\x7f", "\x85", "x" * 301, 3]
)
def test_a_short_text_is_nothing_else(text: object) -> None:
    assert refused(ShortText, text)


def test_an_instant_is_kept_in_utc() -> None:
    read = TypeAdapter(Instant).validate_python("2016-02-10T10:00:00.5+01:00")
    assert (read, read.tzinfo) == (datetime(2016, 2, 10, 9, 0, 0, 500_000, UTC), UTC)


@pytest.mark.parametrize(
    "value",
    [
        5,
        "5",
        True,
        "2016-02-10",
        "2016-02-10T10:00:00",
        "2016-02-30T10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_an_instant_is_written_with_its_zone_and_lies_within_the_years_of_the_calendar(value: object) -> None:
    assert refused(Instant, value) == ["datetime_type"]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example.org",
        "http://127.0.0.1:8000/x?y=1#z",
        "https://exämple.org/é",
        "https://[::1]:8000/",
    ],
)
def test_a_web_address_is_absolute(url: str) -> None:
    assert refused(WebUrl, url) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example.org",
        "//a.example.org",
        "https://",
        "https:///x",
        "ftp://a.example.org",
        "javascript:alert(1)",
        "https://a.example.org:99999",
        "https://a.example.org:x",
        "https://[::1",
        "https://a.example.org/a b",
        "https://a.example.org/\n",
        "https://a.example.org/" + "x" * 2000,
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert refused(WebUrl, url)


@pytest.mark.parametrize("character", [*'<>"{}|^`\\ ', "\x00", "\x1f", "\x7f"])
def test_an_address_that_could_not_be_signed_is_refused(character: str) -> None:
    """Else a profile with it would keep every later credential from being issued."""
    url = f"https://a.example.org/{character}"
    assert refused(WebUrl, url)
    assert not is_absolute_iri(url)


@pytest.mark.parametrize("email", ["a@b", "a b@c.org", "@c.org", "a@c.", "a@@c.org", "a@c.org\n"])
def test_what_is_no_email_address_is_refused(email: str) -> None:
    assert refused(Email, email)
    assert refused(Email, "badges@community.example.org") == []


@pytest.mark.parametrize("key", ["a", "-ab", "Ab", "a_b", "a" * 64, "ab\n", "é1"])
def test_a_key_fits_into_an_address(key: str) -> None:
    assert refused(Key, key)
    assert refused(Key, "community-2") == []


def test_unknown_members_come_with_the_other_faults() -> None:
    with pytest.raises(ValidationError) as caught:
        Paint.model_validate({"color": {}, "colour": {"rad": 1}, "gloss": "very"})
    found = {entry["loc"]: entry for entry in caught.value.errors()}
    assert set(found) == {("color",), ("colour", "rad"), ("colour", "red"), ("gloss",)}
    assert found["color",]["ctx"] == {"hint": "Did you mean colour?"}
    assert found["colour", "rad"]["ctx"] == {"hint": "Did you mean red?"}
    assert found["colour", "rad"]["type"] == "unknown_member"


def test_many_unknown_members_are_not_all_listed() -> None:
    with pytest.raises(ValidationError) as caught:
        Colour.model_validate({"red": 1} | {f"x{number}": 1 for number in range(MAX_UNKNOWN + 5)})
    assert caught.value.error_count() == MAX_UNKNOWN


def test_what_is_no_object_is_told_so() -> None:
    assert refused(Colour, [1]) == ["model_type"]
    assert Colour.model_validate(Colour(red=1)) == Colour(red=1)


@pytest.mark.parametrize("value", ["3", "3.0", 3.0, True, "true", [3]])
def test_a_whole_number_is_no_text_and_nothing_else_that_looks_like_one(value: object) -> None:
    assert refused(Paint, {"colour": {"red": value}}) == ["int_type"]


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "1"])
def test_a_boolean_is_no_word_and_no_number(value: object) -> None:
    assert refused(Paint, {"colour": {"red": 3}, "gloss": value}) == ["bool_type"]


def test_no_body_reads_numbers_or_booleans_more_freely() -> None:
    """Also those that override what `Body` does, and fields that are called `type`."""
    lax = [
        f"{body.__name__}: {part}"
        for body in bodies_below(Body)
        for part in parts_of(body.__pydantic_core_schema__)
        if part.get("type") in ("int", "float", "bool") and not part.get("strict")
    ]
    assert lax == []


def bodies_below(body: type[Body]) -> Iterator[type[Body]]:
    for each in body.__subclasses__():
        yield each
        yield from bodies_below(each)


def parts_of(schema: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 (the parts of pydantic's schema)
    """Yield each mapping in a core schema whose `type` is the name of a type."""
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema
        for each in schema.values():
            yield from parts_of(each)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from parts_of(each)


@pytest.mark.parametrize("value", [0, "0", "86400", "2016-02-30", "2016-02-10T00:00:00Z", "10.02.2016", True])
def test_a_day_is_written_as_one(value: object) -> None:
    assert refused(Day, value) == ["date_type"]
    assert refused(Day, "2016-02-10") == []
