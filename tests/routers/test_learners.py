import pytest

from tests.clients import World

BEN = {"namespace": "https://lms.example.org", "external_id": "ben-02", "display_name": "Ben"}


def test_a_learner_is_created_found_and_read(world: World) -> None:
    created = world.lms.post("/v1/learners", BEN | {"email": "ben@example.org"})
    assert world.lms.post("/v1/learners", BEN, expect=200) == created
    assert world.lms.get(f"/v1/learners/{created['id']}") == created
    assert world.lms.get("/v1/learners?external_id=ben-02") == [created]
    assert created == BEN | {
        "id": created["id"],
        "email": "ben@example.org",
        "did": None,
        "created_at": "2016-03-01T09:00:00Z",
        "updated_at": "2016-03-01T09:00:00Z",
    }


def test_the_answer_says_where_the_learner_is(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.lms.token}"}
    answer = world.client.post("/v1/learners", json=BEN, headers=headers)
    assert answer.headers["Location"] == f"/v1/learners/{answer.json()['id']}"


def test_a_learner_that_differs_is_a_conflict_with_a_way_out(world: World) -> None:
    created = world.lms.post("/v1/learners", BEN)
    changed = BEN | {"display_name": "Benjamin"}
    problem = world.lms.refused("POST", "/v1/learners", 409, "already_exists", json=changed)
    assert problem["hint"] == f"To change the learner, send PATCH /v1/learners/{created['id']}."
    assert [error["pointer"] for error in problem["errors"]] == ["/display_name"]


def test_a_change_leaves_the_rest(world: World) -> None:
    created = world.lms.post("/v1/learners", BEN | {"email": "ben@example.org"})
    path = f"/v1/learners/{created['id']}"
    did = "did:web:ben.example.org"
    assert world.lms.patch(path, {"did": did}) == created | {"did": did}
    assert world.lms.patch(path, {"email": None})["email"] is None


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("did", "https://ben.example.org", "string_pattern_mismatch"),
        ("did", "did:web:", "string_pattern_mismatch"),
        ("email", "ben", "string_pattern_mismatch"),
        ("display_name", "", "string_too_short"),
        ("display_name", None, "string_type"),
        ("external_id", "other", "unknown_member"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused(
    world: World, member: str, value: str | None, code: str
) -> None:
    path = f"/v1/learners/{world.ledger.learner.id}"
    problem = world.lms.refused("PATCH", path, 422, "invalid_payload", json={member: value})
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(f"/{member}", code)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"namespace": "a", "namespace": "b"}', 400, "malformed_body"),
        (b'{"namespace": "a\\u0000b", "external_id": "x", "display_name": "X"}', 400, "malformed_body"),
        (b'{"namespace": "a\\tb", "external_id": "x", "display_name": "X"}', 422, "invalid_payload"),
        (b'{"name_space": "a", "external_id": "x", "display_name": "X"}', 422, "invalid_payload"),
        (b"[]", 422, "invalid_payload"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused(world: World, body: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    world.lms.refused("POST", "/v1/learners", status, code, content=body, headers=headers)


@pytest.mark.parametrize(
    "query",
    ["namespace=a%09b", "external_id=", "after=a_b", "limit=0"],
)
def test_a_query_that_breaks_a_rule_is_refused(world: World, query: str) -> None:
    world.lms.refused("GET", f"/v1/learners?{query}", 422, "invalid_payload")


def test_a_list_comes_in_pages(world: World) -> None:
    for number in range(3):
        world.lms.post("/v1/learners", BEN | {"external_id": f"l-{number}"})
    headers = {"Authorization": f"Bearer {world.lms.token}"}
    first = world.client.get("/v1/learners?limit=3", headers=headers)
    assert [learner["external_id"] for learner in first.json()] == ["amina-01", "l-0", "l-1"]
    rest = world.lms.get(first.links["next"]["url"])
    assert [learner["external_id"] for learner in rest] == ["l-2"]


def test_learners_see_themselves(world: World) -> None:
    path = f"/v1/learners/{world.ledger.learner.id}"
    assert [learner["id"] for learner in world.amina.get("/v1/learners")] == [world.ledger.learner.id]
    assert world.amina.get(path)["external_id"] == "amina-01"
    world.amina.refused("PATCH", path, 403, "insufficient_scope", json={"email": None})


def test_for_strangers_the_learner_does_not_exist(world: World) -> None:
    path = f"/v1/learners/{world.ledger.learner.id}"
    ben, stranger = world.strangers()
    for caller in (ben, stranger):
        caller.refused("GET", path, 404, "not_found")
    stranger.refused("PATCH", path, 404, "not_found", json={"email": None})


@pytest.mark.parametrize(
    ("id_", "status", "code"),
    [("0190f3a2", 404, "not_found"), ("%00", 404, "not_found"), ("a_b", 422, "invalid_payload")],
)
def test_an_id_that_is_none_is_not_found(world: World, id_: str, status: int, code: str) -> None:
    world.admin.refused("GET", f"/v1/learners/{id_}", status, code)


def test_without_a_token_nothing_is_shown(world: World) -> None:
    world.nobody.refused("GET", "/v1/learners", 401, "not_authenticated")
    world.reviewer.refused("POST", "/v1/learners", 403, "insufficient_scope", json=BEN)


def test_a_parameter_that_is_not_known_is_refused_with_the_one_that_was_meant(world: World) -> None:
    problem = world.admin.refused("GET", "/v1/evidence?learnr=x&limit=2", 422, "invalid_payload")
    (fault,) = problem["errors"]
    assert (fault["pointer"], fault["code"]) == ("#query/learnr", "unknown_parameter")
    assert fault["hint"] == "Did you mean 'learner'?"
    none = world.admin.refused("POST", "/v1/learners?dry_run=1", 422, "invalid_payload", json={})
    assert none["errors"][0]["code"] == "unknown_parameter"
    assert world.client.get("/problems/not_found?utm_source=mail").status_code == 200
