import pytest

from app.domain.vocabularies import Term, Vocabulary, read_vocabulary
from app.errors import InvalidPayloadError

TOPICS = Vocabulary(
    "topic",
    (
        Term("open-source", {"fr": "Logiciel libre", "en": "Open source"}, ("opensource", "free software")),
        Term("iot", {"de": "Internet der Dinge"}),
    ),
    "What people learn",
)


def faults_of(terms: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as refusal:
        read_vocabulary({"key": "topic", "terms": terms})
    return [(fault.pointer, fault.code) for fault in refusal.value.faults]


def test_a_vocabulary_is_read_as_it_was_written() -> None:
    assert read_vocabulary(TOPICS.to_document()) == TOPICS
    bare = {"kind": "Vocabulary", "terms": [{"key": "iot", "label": {"de": "Internet der Dinge"}}]}
    assert read_vocabulary(bare, key="topic") == Vocabulary("topic", (TOPICS.terms[1],))


@pytest.mark.parametrize("word", ["open-source", "OpenSource", "Free  Software"])
def test_a_term_is_found_by_any_of_its_spellings(word: str) -> None:
    assert TOPICS.find(word) is TOPICS.terms[0]
    assert TOPICS.find("libre") is None


def test_a_label_is_the_english_one_or_the_first() -> None:
    assert [term.text for term in TOPICS.terms] == ["Open source", "Internet der Dinge"]


def test_what_is_not_known_is_pointed_out_with_what_may_have_been_meant() -> None:
    [fault] = TOPICS.unknown(["iot", "opensource", "open-sauce"], "/topics")
    assert (fault.pointer, fault.code) == ("/topics", "unknown_term")
    assert fault.hint == "Did you mean 'open-source'?"


@pytest.mark.parametrize(
    ("terms", "faults"),
    [
        ([], [("/terms", "empty_group")]),
        (None, [("/terms", "empty_group")]),
        ("iot", [("/terms", "wrong_type")]),
        ([{"key": "a b", "label": {"en": "A"}}], [("/terms/0/key", "wrong_value")]),
        ([{"key": "a"}], [("/terms/0/label", "missing_key")]),
        ([{"key": "a", "label": {}}], [("/terms/0/label", "empty_group")]),
        ([{"key": "a", "label": "A"}], [("/terms/0/label", "wrong_type")]),
        ([{"key": "a", "label": {"English": "A"}}], [("/terms/0/label/English", "wrong_value")]),
        ([{"key": "a", "label": {"en": ""}}], [("/terms/0/label/en", "wrong_value")]),
        ([{"key": "a", "label": {"en": "A"}, "name": "A"}], [("/terms/0/name", "unknown_key")]),
    ],
)
def test_every_fault_of_a_vocabulary_is_found(terms: object, faults: list[tuple[str, str]]) -> None:
    assert faults_of(terms) == faults


def test_no_word_stands_for_two_terms() -> None:
    label = {"en": "A"}
    terms = [
        {"key": "a", "label": label, "aliases": ["b", "A", "c"]},
        {"key": "B", "label": label, "aliases": ["d", "C"]},
        {"key": "a", "label": label},
    ]
    assert faults_of(terms) == [
        ("/terms/1/key", "duplicate_key"),
        ("/terms/1/aliases", "duplicate_key"),
        ("/terms/2/key", "duplicate_key"),
    ]
