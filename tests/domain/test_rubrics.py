from typing import Any

import pytest

from app.domain.rubrics import read_rubric
from app.errors import InvalidPayloadError


def criterion(key: str, *levels: str, **fields: object) -> dict[str, Any]:
    return {
        "key": key,
        "title": key.title(),
        "levels": [{"key": level, "title": level.title()} for level in levels],
        **fields,
    }


def document(*criteria: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"key": "outcomes", "version": "1.0.0", "title": "Outcomes", "criteria": list(criteria), **fields}


GOOD = document(
    criterion("outcome", "started", "done", "kept"), criterion("learning", "told"), description="How far."
)


def faults_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as caught:
        read_rubric(body)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_levels_go_from_low_to_high() -> None:
    rubric = read_rubric(GOOD)
    outcome = rubric.find("outcome")
    assert rubric.ref == "outcomes@1.0.0"
    assert outcome is not None
    assert outcome.from_level("started") == ("started", "done", "kept")
    assert outcome.from_level("kept") == ("kept",)
    assert outcome.from_level("lost") == ()
    assert rubric.find("lost") is None


def test_the_canonical_form_is_read_back_unchanged() -> None:
    rubric = read_rubric(GOOD)
    assert read_rubric(rubric.to_document()) == rubric
    assert read_rubric(rubric.to_document()).digest == rubric.digest
    without_key = {name: value for name, value in GOOD.items() if name != "key"}
    assert read_rubric(without_key, key="outcomes") == rubric


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (document(), [("/criteria", "empty_group")]),
        (document(criterion("outcome")), [("/criteria/0/levels", "empty_group")]),
        (document(criterion("aa", "one"), criterion("aa", "one")), [("/criteria/1/key", "duplicate_key")]),
        (document(criterion("aa", "one", "two", "one")), [("/criteria/0/levels/2/key", "duplicate_key")]),
        (document(criterion("aa", "one", colour="red")), [("/criteria/0/colour", "unknown_key")]),
        (document(criterion("aa", "ONE")), [("/criteria/0/levels/0/key", "wrong_value")]),
        (document(criterion("aa", "one"), version="one"), [("/version", "wrong_value")]),
        (document(criterion("aa", "one"), extra=1), [("/extra", "unknown_key")]),
    ],
)
def test_faults_have_a_place(body: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert faults_of(body) == faults
