"""Hubs over HTTP: a tree that stays one."""

import pytest

from app.domain.actors import Role
from tests.clients import Caller, World


@pytest.fixture
def admin(world: World) -> Caller:
    world.admin.send("PUT", "/v1/hubs/science", 201, json={"name": "Science"})
    world.admin.send("PUT", "/v1/hubs/things", 201, json={"name": "Things", "parent": "science"})
    world.admin.send("PUT", "/v1/hubs/lamps", 201, json={"name": "Lamps", "parent": "things"})
    return world.admin


def test_what_is_below_a_hub_is_listed(admin: Caller) -> None:
    below = admin.get("/v1/hubs/science/descendants")
    assert [hub["key"] for hub in below] == ["lamps", "things"]
    assert admin.get("/v1/hubs/lamps/descendants") == []
    admin.refused("GET", "/v1/hubs/unknown/descendants", 404, "not_found")


@pytest.mark.parametrize(
    ("parent", "code", "hint"),
    [
        ("lamps", "cycle", "Leave the parent out"),
        ("thngs", "unknown_reference", "Did you mean 'things'?"),
    ],
)
def test_a_hub_is_neither_below_itself_nor_below_nothing(
    admin: Caller, parent: str, code: str, hint: str
) -> None:
    body = {"name": "Science", "parent": parent}
    problem = admin.refused("PUT", "/v1/hubs/science", 422, "invalid_payload", json=body)
    [fault] = problem["errors"]
    assert (fault["pointer"], fault["code"]) == ("/parent", code)
    assert hint in fault["hint"]
    assert admin.get("/v1/hubs/science")["document"]["parent"] is None


@pytest.mark.usefixtures("admin")
def test_an_approval_may_be_that_of_a_hub(world: World) -> None:
    path = "/v1/content/open-by-design/approvals"
    order = {"from": "2016-01-01T00:00:00Z", "hub": "things"}
    approver = world.caller(Role.ADMINISTRATOR)
    made = approver.post(path, order)
    assert (made["hub"], made["from"]) == ("things", "2016-01-01T00:00:00Z")
    assert approver.post(path, order, 200)["id"] == made["id"]
    assert made["id"] != approver.post(path, order | {"hub": None, "to": "2030-01-01T00:00:00Z"})["id"]
    problem = approver.refused("POST", path, 422, "invalid_payload", json=order | {"hub": "thinks"})
    assert problem["errors"][0]["pointer"] == "/hub"


def test_a_token_says_which_roles_its_bearer_holds(admin: Caller) -> None:
    positions = [{"role": "hub_admin", "hub": "things"}, {"role": "mentor", "hub": None}]
    made = admin.post("/v1/tokens", {"name": "Ines", "role": "author", "positions": positions})
    assert made["positions"] == positions
    wrong = [{"role": "mentor"}, {"role": "mentor", "hub": "thing"}]
    order = {"name": "Ines", "role": "author", "positions": wrong}
    problem = admin.refused("POST", "/v1/tokens", 422, "invalid_payload", json=order)
    [fault] = problem["errors"]
    assert (fault["pointer"], fault["hint"]) == ("/positions/1/hub", "Did you mean 'things'?")
