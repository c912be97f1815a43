from typing import Any

import pytest

from app.domain.reviews import read_review
from app.domain.rubrics import read_rubric
from app.schemas.reviews import REVIEW_EXAMPLE
from tests.clients import World
from tests.ledgers import ACCEPTED, PROJECT, RUBRIC


@pytest.fixture
def path(world: World) -> str:
    row = world.amina.post(f"{world.enrolment}/evidence", PROJECT)
    return f"/v1/evidence/{row['id']}/reviews"


def test_a_review_is_kept_once_and_listed(world: World, path: str) -> None:
    created = world.reviewer.post(path, ACCEPTED)
    assert world.reviewer.post(path, ACCEPTED, expect=200) == created
    assert world.amina.get(path) == [created]
    assert created == ACCEPTED | {
        "id": created["id"],
        "evidence": path.split("/")[3],
        "revision": 1,
        "reviewer": "reviewer",
        "comment": None,
        "alignments": [],
        "created_at": "2016-03-01T09:00:00Z",
    }


def test_another_decision_of_the_same_reviewer_is_a_conflict(world: World, path: str) -> None:
    world.reviewer.post(path, ACCEPTED)
    body = {"decision": "rejected", "comment": "On second thought."}
    world.reviewer.refused("POST", path, 409, "already_exists", json=body)


def test_what_is_decided_is_not_decided_again(world: World, path: str) -> None:
    world.reviewer.post(path, ACCEPTED)
    world.admin.refused("POST", path, 409, "wrong_state", json=ACCEPTED)


def test_who_submitted_it_does_not_review_it(world: World) -> None:
    row = world.admin.post(f"{world.enrolment}/evidence", PROJECT)
    path = f"/v1/evidence/{row['id']}/reviews"
    world.admin.refused("POST", path, 409, "conflict_of_interest", json=ACCEPTED)


def test_learners_and_systems_do_not_review(world: World, path: str) -> None:
    for caller in (world.amina, world.lms):
        caller.refused("POST", path, 403, "insufficient_scope", json=ACCEPTED)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "returned"}, "/comment"),
        ({"decision": "accepted", "level": []}, "/level"),
        (ACCEPTED | {"levels": [{"rubric": "none", "criterion": "a1", "level": "b1"}]}, "/levels/0/rubric"),
    ],
)
def test_a_review_that_breaks_a_rule_is_refused(
    world: World, path: str, body: dict[str, Any], pointer: str
) -> None:
    problem = world.reviewer.refused("POST", path, 422, "invalid_payload", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    "body", [b'{"decision": "accepted", "decision": "rejected"}', b'{"comment": "\\u0000"}', b"{"]
)
def test_a_body_that_cannot_be_read_is_refused(world: World, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    world.reviewer.refused("POST", path, 400, "malformed_body", content=body, headers=headers)


def test_the_documented_review_is_a_review() -> None:
    rubric = read_rubric(RUBRIC, key="project-outcomes")
    assert read_review(REVIEW_EXAMPLE, {rubric.key: rubric}).to_document() == REVIEW_EXAMPLE
