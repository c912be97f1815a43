"""Ids and secrets: their shape, their order and how much chance is in them."""

import re
import uuid
from collections.abc import Callable

import pytest

from app import identifiers


def test_ids_are_version_7_and_sort_by_the_time_of_their_making() -> None:
    made = [identifiers.new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {uuid.UUID(each).version for each in made} == {7}
    assert all(str(uuid.UUID(each)) == each for each in made)


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (identifiers.new_public_id, r"[0-9a-f]{32}"),
        (identifiers.new_salt, r"[0-9a-f]{32}"),
        (identifiers.new_token_secret, r"[A-Za-z0-9_-]{43}"),
        (identifiers.new_subject_urn, r"urn:uuid:[0-9a-f-]{36}"),
    ],
)
def test_what_must_not_be_guessed_is_random(make: Callable[[], str], form: str) -> None:
    made = {make() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(form, each) for each in made)


def test_a_subject_urn_tells_nothing_of_the_time() -> None:
    assert uuid.UUID(identifiers.new_subject_urn()).version == 4


def test_a_random_index_is_anywhere_below_its_limit() -> None:
    assert {identifiers.random_index(4) for _ in range(200)} == {0, 1, 2, 3}
