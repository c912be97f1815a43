from typing import Any

import pytest

from app.domain.payloads import CODE, KEY, REFERENCE, VERSION, Faults, Payload, name_of, nearest, pointer_to
from app.errors import InvalidPayloadError


def payload(value: object) -> tuple[Payload, Faults]:
    faults = Faults()
    return Payload(value, "", faults), faults


def codes(faults: Faults) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults.found]


def test_pointers_escape_what_rfc_6901_asks_for() -> None:
    assert pointer_to("/a", "b/c~d") == "/a/b~1c~0d"
    assert pointer_to("", 0) == "/0"


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_what_is_no_mapping_is_one_fault_and_no_more(value: object) -> None:
    body, faults = payload(value)
    assert body.text("title") == ""
    assert body.one_of("kind", ("one", "two")) == "one"
    body.finish()
    assert codes(faults) == [("", "wrong_type")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing_key"),
        (1, "wrong_type"),
        ("", "wrong_value"),
        (" ", "wrong_value"),
        ("x" * 9, "too_long"),
    ],
)
def test_a_required_text_is_there_and_fits(value: object, code: str) -> None:
    body, faults = payload({"title": value})
    assert body.text("title", limit=8) == ""
    assert codes(faults) == [("/title", code)]


def test_a_pattern_holds_from_end_to_end() -> None:
    body, faults = payload({"key": "good-key", "bad": "good-key\n"})
    assert body.text("key", pattern=KEY) == "good-key"
    assert body.optional_text("bad", pattern=KEY) is None
    assert codes(faults) == [("/bad", "wrong_value")]


@pytest.mark.parametrize(
    ("document", "known", "key", "code"),
    [
        ({"key": "one"}, None, "one", None),
        ({"key": "one"}, "one", "one", None),
        ({}, "one", "one", None),
        ({}, None, "", "missing_key"),
        ({"key": "two"}, "one", "one", "wrong_value"),
        ({"key": 2}, None, "", "wrong_type"),
    ],
)
def test_the_key_in_the_document_and_the_one_in_the_address_agree(
    document: dict[str, Any], known: str | None, key: str, code: str | None
) -> None:
    body, faults = payload(document)
    assert body.key_of("key", known=known) == key
    assert [found for _, found in codes(faults)] == ([] if code is None else [code])


def test_lists_of_texts_are_read_once_each_and_one_text_is_a_list() -> None:
    body, faults = payload(
        {"many": ["a", "b", "a"], "one": "a", "wrong": ["a", 2], "long": ["a"] * 101, "bad": 3}
    )
    assert body.texts("many") == ("a", "b")
    assert body.texts("one") == ("a",)
    assert body.texts("none") == ()
    assert body.texts("wrong") == ("a",)
    assert body.texts("long") == ()
    assert body.texts("bad") == ()
    assert codes(faults) == [("/wrong/1", "wrong_type"), ("/long", "too_long"), ("/bad", "wrong_type")]


def test_words_come_from_a_list() -> None:
    body, faults = payload({"mode": "onlin", "other": "online"})
    modes = ("online", "in_person")
    assert body.one_of("mode", modes) == "online"
    assert body.one_of("mode", modes, default="in_person") == "in_person"
    assert body.one_of("other", modes) == "online"
    assert body.one_of("absent", modes, default="in_person") == "in_person"
    assert body.one_of("needed", modes) == "online"
    assert codes(faults) == [("/mode", "wrong_value"), ("/mode", "wrong_value"), ("/needed", "missing_key")]
    assert faults.found[0].hint == "Did you mean 'online'?"
    assert faults.found[2].hint == "Allowed: online, in_person."


@pytest.mark.parametrize(
    ("value", "read", "code"),
    [
        (1, 1, None),
        (9, 9, None),
        (0, None, "wrong_value"),
        (10, None, "wrong_value"),
        (1.5, None, "wrong_type"),
    ],
)
def test_integers_are_whole_and_within_bounds(value: object, read: int | None, code: str | None) -> None:
    body, faults = payload({"n": value})
    assert body.integer("n", 1, 9) == read
    assert [found for _, found in codes(faults)] == ([] if code is None else [code])


def test_a_boolean_is_neither_a_number_nor_a_word() -> None:
    body, faults = payload({"n": True, "yes": True, "no": False, "word": "true"})
    assert body.integer("n", 0, 9) is None
    assert body.integer("absent", 0, 9) is None
    assert [body.flag(name) for name in ("yes", "no", "word", "absent")] == [True, False, False, False]
    assert codes(faults) == [("/n", "wrong_type"), ("/word", "wrong_type")]


def test_instants_are_read_or_refused() -> None:
    body, faults = payload({"from": "2016-01-01", "bad": "soon"})
    assert body.instant("from", required=True) is not None
    assert body.instant("absent") is None
    assert body.instant("bad") is None
    assert body.instant("needed", required=True) is None
    assert codes(faults) == [("/bad", "wrong_value"), ("/needed", "missing_key")]


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://example.org/a?b#c", True),
        ("http://localhost:8000", True),
        ("ftp://example.org", False),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("https://", False),
        ("https://exa mple.org", False),
        ("https://[broken", False),
        ("https://a.example/{x}", False),
        ("https://a.example/<b>", False),
    ],
)
def test_web_addresses_are_absolute_and_of_the_web(url: str, *, fine: bool) -> None:
    body, faults = payload({"url": url})
    assert body.web_address("url") == (url if fine else None)
    assert body.web_address("absent") is None
    assert (faults.found == []) is fine


def test_mappings_and_lists_of_mappings_are_read_with_their_places() -> None:
    body, faults = payload({"one": {"a": 1}, "many": [{"a": 1}, 2], "bad": {}, "long": [{}] * 4})
    inner = body.payload("one")
    assert inner is not None
    assert inner.pointer == "/one"
    assert body.payload("absent") is None
    assert [each.pointer for each in body.payloads("many")] == ["/many/0", "/many/1"]
    assert body.payloads("absent") == []
    assert body.payloads("bad") == []
    assert body.payloads("long", limit=3) == []
    assert codes(faults) == [("/many/1", "wrong_type"), ("/bad", "wrong_type"), ("/long", "too_long")]


def test_keys_that_nobody_read_are_refused() -> None:
    body, faults = payload({"title": "T", "titel": "T", "let": 1, 3: 4})
    body.text("title")
    body.finish(optional=("let",))
    assert codes(faults) == [("/titel", "unknown_key"), ("/3", "unknown_key")]
    assert faults.found[0].hint == "Did you mean 'title'?"


def test_a_hostile_document_gets_a_hundred_faults_and_no_more() -> None:
    body, faults = payload({f"key-{number}": number for number in range(1000)})
    body.finish()
    body.fault("more", "one", "One.")
    assert len(faults.found) == 100
    assert faults.full


def test_all_faults_are_raised_at_once() -> None:
    faults = Faults()
    faults.raise_if_any(InvalidPayloadError, "Nothing.")
    faults.add("/a", "one", "One.")
    faults.add("/b", "two", "Two.", "Hint.")
    with pytest.raises(InvalidPayloadError, match="All of it") as caught:
        faults.raise_if_any(InvalidPayloadError, "All of it.")
    assert [(fault.pointer, fault.hint) for fault in caught.value.faults] == [("/a", None), ("/b", "Hint.")]


def test_values_are_named_in_words() -> None:
    values: list[object] = [None, True, 1, 1.5, "a", [], {}]
    assert [name_of(value) for value in values] == [
        "null",
        "true or false",
        "a number",
        "a number",
        "a text",
        "a list",
        "a mapping",
    ]
    assert nearest("zzz", ("one", "two")) == "Allowed: one, two."


@pytest.mark.parametrize("text", ["0.1", "1", "1.0.0", "10.20.30", "1.0.0-rc.1"])
def test_versions_of_reference_data_are_short(text: str) -> None:
    assert VERSION.fullmatch(text)
    assert REFERENCE.fullmatch(f"some-key@{text}")


@pytest.mark.parametrize("text", ["01", "1.", "1.0.0.0", "v1", "", "1.0\n"])
def test_other_versions_are_refused(text: str) -> None:
    assert not VERSION.fullmatch(text)
    assert not REFERENCE.fullmatch(f"some-key@{text}")
    assert not CODE.fullmatch("a/b")
