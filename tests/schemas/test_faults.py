"""What is wrong with a body, told in our words, each time with what to do."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, Field, ValidationError

from app.schemas.bodies import Body, ShortText
from app.schemas.faults import told


class Inner(Body):
    name: str


class Order(Body):
    text: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "ab"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    flag: bool = True
    word: Literal["open", "closed"] = "open"
    many: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)
    inner: Inner | None = None
    table: dict[str, int] | None = None
    at: AwareDatetime | None = None
    line: ShortText = "a"
    naive: datetime | None = None


@pytest.mark.parametrize(
    ("member", "value", "words", "hint"),
    [
        ("text", 1, "a number; it has to be a text", "quotation marks"),
        ("text", "a", "at least 2 characters", "Write more"),
        ("text", "abcde", "at most 4 characters", "Shorten"),
        ("text", "A1", "the form [a-z]+", "has that form"),
        ("number", "many", "a text; it has to be a whole number", "digits alone"),
        ("number", 1.5, "has to be a whole number", "digits alone"),
        ("number", 0, "at least 1", "a number that is at least 1"),
        ("number", 10, "at most 9", "a number that is at most 9"),
        ("share", 0, "more than 0", "more than 0"),
        ("share", 1, "less than 1", "less than 1"),
        ("share", [], "a list; it has to be a number", "without quotation marks"),
        ("flag", "maybe", "true or false", "Write true or false"),
        ("word", "opne", "'opne' is not known here", "Did you mean 'open'?"),
        ("word", None, "null is not known here", "open, closed"),
        ("many", "a", "it has to be a list", "square brackets"),
        ("many", [], "at least 1 elements", "Add"),
        ("many", ["a", "b", "c"], "at most 2 elements", "further requests"),
        ("inner", 1, "it has to be a mapping", "curly brackets"),
        ("inner", {}, "This is missing", "Add it"),
        ("table", 1, "it has to be a mapping", "curly brackets"),
        ("at", "yesterday", "an instant with its zone", "RFC 3339"),
        ("at", "2026-01-04T09:00:00", "an instant with its zone", "RFC 3339"),
        ("line", " ", "one line with something to read", "Change it"),
        ("txt", "a", "not known here", "Did you mean text?"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_to_do(member: str, value: Any, words: str, hint: str) -> None:  # noqa: ANN401 (whatever is sent)
    with pytest.raises(ValidationError) as refusal:
        Order.model_validate({member: value})
    [entry] = refusal.value.errors()
    detail, advice = told(entry)
    assert words in detail
    assert hint in advice
    assert "Input" not in detail
