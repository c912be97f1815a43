from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lettering import ELLIPSIS, fit_line, fit_lines, force_lines, width


def box(size: float, count: int) -> Sequence[float] | None:
    """Return rooms of 200 for as many lines as a height of 100 holds."""
    return [200.0] * count if count * size <= 100 else None


def test_broad_letters_are_wider_than_narrow_ones_and_marks_take_no_room() -> None:
    assert width("m") > width("n") > width("i")
    assert width("领") == 1.0
    assert width("e\u0301") == width("e")
    assert width("Щ") > width("щ") > width("i")


def test_text_that_fits_keeps_the_largest_size() -> None:
    assert fit_line("Open", 100, (30, 20)).size == 30


def test_text_that_is_too_long_takes_a_smaller_size() -> None:
    assert fit_line("Working Open", 150, (30, 20)).size == 20


def test_text_too_long_for_the_smallest_size_is_cut_and_says_so() -> None:
    fitted = fit_line("Developing Specialization", 100, (30, 20))
    assert fitted.size == 20
    assert fitted.lines[0].endswith(ELLIPSIS)
    assert width(fitted.lines[0]) * 20 <= 100


def test_lines_break_between_words_and_come_out_even() -> None:
    assert fit_lines("one two three four", box, (25,)) is not None
    fitted = fit_lines("one two three four", box, (20,))
    assert fitted is not None
    assert fitted.lines == ("one two", "three four")


def test_wide_characters_may_end_a_line_anywhere() -> None:
    fitted = fit_lines("社区领导力护照面向所有人", box, (25,))
    assert fitted is not None
    assert fitted.lines == ("社区领导力护", "照面向所有人")


def test_wide_and_other_letters_mix_in_one_word() -> None:
    fitted = fit_lines("Web素养ab导师ab", lambda _, count: [110.0] * count if count < 4 else None, (25,))
    assert fitted is not None
    assert "".join(fitted.lines) == "Web素养ab导师ab"
    assert not any(line.endswith("a") for line in fitted.lines)


def test_a_word_longer_than_a_line_does_not_fit() -> None:
    assert fit_lines("Donaudampfschifffahrt", box, (30, 25)) is None


def test_a_word_longer_than_a_line_can_be_broken_by_force() -> None:
    fitted = force_lines("a Donaudampfschifffahrt", box, 25)
    assert fitted.lines == ("a", "Donaudampfsc", "hifffahrt")


def test_what_no_force_can_fit_is_cut() -> None:
    fitted = force_lines("Donaudampfschifffahrtsgesellschaft " * 5, box, 25)
    assert len(fitted.lines) == 4
    assert fitted.lines[-1].endswith(ELLIPSIS)


def test_a_mark_stays_with_its_letter() -> None:
    lines = force_lines("e\u0301" * 40, box, 50).lines
    assert all(not line.startswith("\u0301") for line in lines)


def test_nothing_fits_anywhere() -> None:
    fitted = fit_lines("", box, (25,))
    assert fitted is not None
    assert fitted.lines == ()


@given(st.text(max_size=200), st.sampled_from([12.0, 25.0, 50.0]))
def test_every_line_keeps_to_its_room(text: str, size: float) -> None:
    text = " ".join(text.split())
    fitted = fit_lines(text, box, (size,)) or force_lines(text, box, size)
    assert len(fitted.lines) * size <= 100
    assert all(width(line) * size <= 200 + 1e-6 for line in fitted.lines)


@pytest.mark.parametrize("text", ["one two three", "领导力 passport", "Füh rung", "e\u0301a b"])
def test_fitting_loses_no_letter(text: str) -> None:
    fitted = fit_lines(text, box, (20,))
    assert fitted is not None
    assert "".join(fitted.lines).replace(" ", "") == text.replace(" ", "")
