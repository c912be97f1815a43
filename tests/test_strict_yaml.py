import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import strict_json, strict_yaml
from app.errors import MalformedBodyError


def value(text: str | bytes) -> object:
    return strict_yaml.loads(text).value


def refusal(text: str | bytes) -> str:
    with pytest.raises(MalformedBodyError) as caught:
        strict_yaml.loads(text)
    return caught.value.detail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("~", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("12:30:45", "12:30:45"),
        ("2016-01-22", "2016-01-22"),
        ("2016-01-22T09:00:00Z", "2016-01-22T09:00:00Z"),
        ("1.0.0", "1.0.0"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("0.1", 0.1),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ("'null'", "null"),
        ("<<", "<<"),
        ("=", "="),
        ("[]", []),
        ("{}", {}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">-\n  folded\n  line\n", "folded line"),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("---\na: 1\n...\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        ("a: b&c", {"a": "b&c"}),
        ("'<<': 1", {"<<": 1}),
        ("a:\n- 1\n- b:\n    - c\n", {"a": [1, {"b": ["c"]}]}),
        ("a:", {"a": None}),
    ],
)
def test_scalars_follow_the_core_schema(text: str | bytes, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_a_version_is_text_as_written() -> None:
    assert value("version: 0.1") == {"version": "0.1"}
    assert value("version: 1.10") == {"version": "1.10"}
    assert value("version: 2") == {"version": "2"}
    assert value("version: '1.0'") == {"version": "1.0"}
    assert value("version: null") == {"version": None}
    assert value("version: [1.0]") == {"version": [1.0]}
    assert value("a: {version: 0.1, other: 0.1}") == {"a": {"version": "0.1", "other": 0.1}}


def test_every_value_has_the_line_of_its_key() -> None:
    text = (
        "# a comment\nkey: one\nrule:\n  all_of:\n    - key: two\n\n"
        "    - {key: three,\n       n: 3}\na/b~c: 4\n"
    )
    lines = strict_yaml.loads(text).lines
    assert lines == {
        "": 2,
        "/key": 2,
        "/rule": 3,
        "/rule/all_of": 4,
        "/rule/all_of/0": 5,
        "/rule/all_of/0/key": 5,
        "/rule/all_of/1": 7,
        "/rule/all_of/1/key": 7,
        "/rule/all_of/1/n": 8,
        "/a~1b~0c": 9,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", "Line 3 of the body holds the key 'a' a second time"),
        ("a: {b: 1, b: 2}", "the key 'b' a second time"),
        ("a: &x 1\nb: 2", "Line 1 of the body holds the anchor x"),
        ("a: *x", "alias"),
        ("a: &x [1]\nb: *x", "the anchor x"),
        ("- &x a\n- *x", "the anchor x"),
        ("*x : 1", "alias"),
        ("&x a: 1", "the anchor x"),
        ("a: !!str 1", "the tag tag:yaml.org,2002:str"),
        ("a: !!python/object/apply:os.system [ls]", "the tag"),
        ("!!set {a, b}", "the tag"),
        ("!mine a: 1", "the tag !mine"),
        ("%TAG ! tag:example.org,2016:\n---\na: 1", "a %TAG directive"),
        ("<<: {a: 1}", "a merge key"),
        ("[a, b]: 1", "a key that is a list or a mapping"),
        ("? {a: 1}\n: 2", "a key that is a list or a mapping"),
        ("1: a", "the key '1', which is no text; quote it"),
        ("true: a", "the key 'true'"),
        ("~: a", "the key '~'"),
        ("a: 1\n---\nb: 2", "Line 2 of the body holds a second document"),
        ("", "no YAML document"),
        ("# only a comment", "no YAML document"),
        ("a: .inf", "which is not a number JSON has"),
        ("a: -.INF", "which is not a number JSON has"),
        ("a: .nan", "which is not a number JSON has"),
        ("a: 1e999", "too large"),
        ("a: 9007199254740992", "beyond 2^53-1"),
        ("a: -9007199254740992", "beyond 2^53-1"),
        ("a: " + "9" * 5000, "beyond 2^53-1"),
        ("a: 0x" + "f" * 5000, "beyond 2^53-1"),
        ("a: 0xffffffffffffff", "beyond 2^53-1"),
        ("a: [1", "not YAML"),
        ("a: b: c", "at line 1, column 5"),
        ("a: \tb\n\tc: 1", "not YAML"),
        ("a: @b", "not YAML"),
        ('a: "\\U00110000"', "not a character"),
        ('a: "\\Uffffffff"', "not a character"),
        ('a: "\\ud800"', "surrogate"),
        ('a: "\\0"', "NUL"),
        ("a: \x00", "not a character"),
        ("a: \x07", "not a character"),
        (b"a: \xff", "not UTF-8"),
        ("[" * 70 + "]" * 70, "64 levels"),
        ("%YAML 3.0\n---\na", "not YAML"),
    ],
)
def test_what_is_not_plain_data_is_refused(text: str | bytes, words: str) -> None:
    assert words in refusal(text)


def test_integers_are_exact_up_to_the_edge() -> None:
    assert value("9007199254740991") == strict_json.MAX_INTEGER
    assert value("-9007199254740991") == -strict_json.MAX_INTEGER
    assert value("0x1fffffffffffff") == strict_json.MAX_INTEGER


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    layers = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30))
    assert "the anchor l0" in refusal(f"l0: &l0 [x]\n{layers}")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(
            codec="utf-8",
            exclude_characters="\x00\x7f\x85\u2028\u2029\ufeff",
            exclude_categories=["Cc", "Cs"],
        )
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcxyz"), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_json_that_yaml_can_read_means_the_same(document: object) -> None:
    text = json.dumps(document, ensure_ascii=False)
    assert same(value(text), strict_json.loads(text))


def same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other)
    return one == other and type(one) is type(other)


@given(st.text() | st.binary())
def test_any_text_is_a_clean_value_or_refused(text: str | bytes) -> None:
    try:
        strict_json.check_text(value(text))
    except MalformedBodyError:
        return


# Several documents, and everything that is wrong with them -----------------------------------------


def test_all_documents_are_read_with_their_lines() -> None:
    reading = strict_yaml.read_all("a: 1\n---\nb:\n  c: 2\n")
    assert [document.value for document in reading.documents] == [{"a": 1}, {"b": {"c": 2}}]
    assert reading.documents[1].lines["/b/c"] == 4
    assert reading.refusals == ()


def test_reading_goes_on_behind_what_is_refused() -> None:
    text = (
        "a: &x 1\na: 2\nb: *x\n*x : 3\n[c]: 4\n<<: 5\n1: 6\nd: .inf\ne: 1e999\nf: 9007199254740993\ng: !t 7\n"
    )
    reading = strict_yaml.read_all(text)
    assert [refusal.line for refusal in reading.refusals] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    (document,) = reading.documents
    assert (document.value["a"], document.value["b"], document.value["g"]) == (1, None, 7)


def test_a_document_ends_at_what_cannot_be_read() -> None:
    reading = strict_yaml.read_all("a: 1\n---\nb: [\n")
    assert [document.value for document in reading.documents] == [{"a": 1}]
    assert [refusal.line for refusal in reading.refusals] == [4]
    for text in ("a: '\x00'", "- " * 200, 'a: "\\uD800"'):
        assert len(strict_yaml.read_all(text).refusals) == 1
    many = "\n".join("a: 1" for _ in range(strict_yaml.MAX_REFUSALS + 50))
    assert len(strict_yaml.read_all(many).refusals) == strict_yaml.MAX_REFUSALS


def test_what_cannot_be_read_hides_no_other_document() -> None:
    text = "a: [\n---\nb:\n\tc: 1\n%YAML 1.2\n---\nd: \x07\n---\ne: *x\nf: *x\n--- {g: 1}\n"
    reading = strict_yaml.read_all(text)
    assert [document.value for document in reading.documents] == [{"e": None, "f": None}, {"g": 1}]
    assert [(refusal.line, refusal.syntax) for refusal in reading.refusals] == [
        (2, True),
        (4, True),
        (7, True),
        (9, False),
        (10, False),
    ]
    assert reading.documents[0].lines == {"": 9, "/e": 9, "/f": 10}
    assert reading.documents[1].lines["/g"] == 11
    assert "at line 4, column 1" in reading.refusals[1].detail
    assert "Indent with spaces" in str(reading.refusals[1].hint)
    assert "line 7 holds" in reading.refusals[2].detail


def test_what_is_refused_twice_on_a_line_is_told_once() -> None:
    assert len(strict_yaml.read_all("a: [*x, *x, *y]").refusals) == 2


# Writing --------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.sampled_from(
    [
        "0o17",
        "0x1F",
        "1e5",
        ".5",
        "1.",
        "~",
        "no",
        "2016-01-22",
        "1.10",
        "<<",
        "=",
        "a: b",
        "# c",
        " x ",
        "-",
        "012",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_back_as_it_is(value: object) -> None:
    assert strict_yaml.loads(strict_yaml.dumps(value)).value == value


def test_a_version_is_written_so_that_it_stays_text() -> None:
    assert strict_yaml.dumps({"version": "1.10", "items": ["a", {"b": 1}]}) == (
        "version: '1.10'\nitems:\n  - a\n  - b: 1\n"
    )
