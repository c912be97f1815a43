from typing import Any

import pytest
from starlette.testclient import TestClient

from app.domain.actors import Role
from tests.clients import Caller, Json, World
from tests.ledgers import CONTENT, FRAMEWORK, PASSPORT, RUBRIC

NOUNS = {
    "frameworks": FRAMEWORK,
    "rubrics": RUBRIC,
    "passports": PASSPORT,
    "content": CONTENT,
    "vocabularies": {"terms": [{"key": "iot", "label": {"en": "Internet of Things"}}]},
    "hubs": {"name": "Internet of Things"},
}
UNVERSIONED = ("content", "vocabularies", "hubs")
YAML = {"Content-Type": "application/yaml"}


def path_of(noun: str, key: str = "new-one") -> str:
    return f"/v1/{noun}/{key}"


def put(client: TestClient, caller: Caller, path: str, body: Json, **headers: str) -> Json:
    """Return the answer itself, for what stands in its headers."""
    return client.put(path, json=body, headers={"Authorization": f"Bearer {caller.token}", **headers})


@pytest.mark.parametrize("noun", NOUNS)
def test_a_draft_is_created_read_and_put_again(world: World, noun: str) -> None:
    author = world.caller(Role.AUTHOR)
    first = put(world.client, author, path_of(noun), NOUNS[noun])
    assert first.status_code == 201
    assert first.json()["key"] == "new-one"
    again = put(world.client, author, path_of(noun), NOUNS[noun])
    assert (again.status_code, again.headers["ETag"]) == (200, first.headers["ETag"])
    assert again.json() == first.json() == author.get(path_of(noun))
    assert "new-one" in [draft["key"] for draft in author.get(f"/v1/{noun}")]


def test_the_draft_of_a_passport_is_what_was_put(world: World) -> None:
    world.admin.send("PUT", path_of("passports"), 201, json=PASSPORT)
    assert world.admin.get(path_of("passports"))["document"] == PASSPORT | {"key": "new-one"}


def test_preconditions_keep_two_authors_from_overwriting_each_other(world: World) -> None:
    path, changed = path_of("rubrics"), RUBRIC | {"title": "Changed"}
    first = put(world.client, world.admin, path, RUBRIC, **{"If-None-Match": "*"})
    assert first.status_code == 201
    refused = put(world.client, world.admin, path, changed, **{"If-None-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    mine = put(world.client, world.admin, path, changed, **{"If-Match": first.headers["ETag"]})
    assert (mine.status_code, mine.headers["ETag"] != first.headers["ETag"]) == (200, True)
    late = put(world.client, world.admin, path, RUBRIC, **{"If-Match": first.headers["ETag"]})
    assert late.status_code == 412
    assert mine.headers["ETag"] in late.json()["detail"]
    assert "Read it again" in late.json()["hint"]


def test_publishing_is_safe_to_repeat(world: World) -> None:
    path, auth = path_of("rubrics"), {"Authorization": f"Bearer {world.admin.token}"}
    world.admin.send("PUT", path, 201, json=RUBRIC)
    first = world.client.post(f"{path}/versions", headers=auth)
    assert (first.status_code, first.headers["Location"]) == (201, f"{path}/versions/1.0.0")
    assert world.admin.post(f"{path}/versions", expect=200) == first.json()
    assert world.admin.get(first.headers["Location"]) == first.json()
    world.admin.send("PUT", path, 200, json=RUBRIC | {"title": "Changed"})
    problem = world.admin.refused("POST", f"{path}/versions", 409, "version_exists")
    assert problem["hint"] == "Give the changed draft a new version number."
    assert world.admin.get(first.headers["Location"])["document"]["title"] == RUBRIC["title"]


def test_a_draft_that_breaks_rules_is_refused_with_its_lines(world: World) -> None:
    body = b"title: T\nversion: '1'\nitems:\n  - code: a\n    label: A\n  - code: a\n    labell: B\n"
    problem = world.admin.refused(
        "PUT", path_of("frameworks"), 422, "invalid_payload", content=body, headers=YAML
    )
    found = {error["pointer"]: error["line"] for error in problem["errors"]}
    assert found["/items/1/code"] == 6
    assert found["/items/1/labell"] == 7
    assert found["/items/1/label"] == 6  # what is missing is told at the thing that lacks it


def test_yaml_that_is_not_one_plain_document_is_refused(world: World) -> None:
    path = path_of("frameworks")
    for body in (b"title: [", b"a: &x [1]\nb: *x\n", b"a: 1\na: 2\n"):
        world.admin.refused("PUT", path, 400, "malformed_body", content=body, headers=YAML)
    for body in (b"- a list\n", b""):
        world.admin.refused("PUT", path, 422, "invalid_payload", content=body, headers=YAML)


def test_a_passport_that_cannot_be_published_is_told_everything(world: World) -> None:
    rule: Any = {"key": "root", "all_of": [{"key": "s", "content": {"keys": ["no-such-content"]}}]}
    world.admin.send("PUT", path_of("passports"), 201, json=PASSPORT | {"rule": rule, "sections": {}})
    problem = world.admin.refused("POST", f"{path_of('passports')}/versions", 422, "lint_failed")
    pointers = [error["pointer"] for error in problem["errors"]]
    assert len(pointers) >= 2
    assert "/rule/all_of/0/content/keys" in pointers
    assert all({"pointer", "code", "detail"} <= error.keys() for error in problem["errors"])


@pytest.mark.parametrize("noun", NOUNS)
def test_a_list_comes_in_pages(world: World, noun: str) -> None:
    for number in range(3):
        world.admin.send("PUT", path_of(noun, f"new-{number}"), 201, json=NOUNS[noun])
    seen, url = [], f"/v1/{noun}?limit=2"
    while url:
        answer = world.client.get(url, headers={"Authorization": f"Bearer {world.admin.token}"})
        assert len(answer.json()) <= 2
        seen += [draft["key"] for draft in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert seen[-3:] == ["new-0", "new-1", "new-2"]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("noun", NOUNS)
def test_what_another_issuer_made_does_not_exist(world: World, noun: str) -> None:
    world.admin.send("PUT", path_of(noun), 201, json=NOUNS[noun])
    stranger = world.another_issuer()
    stranger.refused("GET", path_of(noun), 404, "not_found")
    assert "new-one" not in [draft["key"] for draft in stranger.get(f"/v1/{noun}")]
    if noun not in UNVERSIONED:
        stranger.refused("POST", f"{path_of(noun)}/versions", 404, "not_found")


@pytest.mark.parametrize("noun", NOUNS)
def test_reading_writing_and_publishing_need_their_scopes(world: World, noun: str) -> None:
    world.nobody.refused("GET", f"/v1/{noun}", 401, "not_authenticated")
    world.reviewer.refused("PUT", path_of(noun), 403, "insufficient_scope", json=NOUNS[noun])
    if noun not in UNVERSIONED:
        world.reviewer.refused("POST", f"{path_of(noun)}/versions", 403, "insufficient_scope")


def test_a_key_that_is_none_is_refused(world: World) -> None:
    for key in ("A", "a", "under_score", "-x", "x" * 64):
        world.admin.refused("PUT", path_of("rubrics", key), 422, "invalid_payload", json=RUBRIC)


def test_what_is_not_published_is_not_found(world: World) -> None:
    world.admin.send("PUT", path_of("rubrics"), 201, json=RUBRIC)
    world.admin.refused("GET", f"{path_of('rubrics')}/versions/1.0.0", 404, "not_found")
    world.admin.refused("POST", "/v1/rubrics/no-such/versions", 404, "not_found")
