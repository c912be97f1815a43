from tests.clients import World

PATH = "/v1/content/open-by-design/approvals"
INTERVAL = {"from": "2016-02-01T00:00:00Z", "to": "2017-02-01T00:00:00Z", "retroactive": True}


def test_an_approval_is_made_once_and_listed(world: World) -> None:
    created = world.admin.post(PATH, INTERVAL)
    assert created == INTERVAL | {
        "id": created["id"],
        "approved_by": "administrator",
        "created_at": "2016-03-01T09:00:00Z",
    }
    assert world.admin.post(PATH, INTERVAL, expect=200) == created
    listed = world.admin.get(PATH)
    assert [approval["from"] for approval in listed] == ["2016-01-01T00:00:00Z", "2016-02-01T00:00:00Z"]


def test_nobody_approves_what_they_wrote(world: World) -> None:
    draft = world.admin.get("/v1/content/open-by-design")["document"]
    world.admin.send("PUT", "/v1/content/open-by-design", 200, json=draft | {"title": "Mine now"})
    problem = world.admin.refused("POST", PATH, 409, "conflict_of_interest", json=INTERVAL)
    assert "administrator wrote on this content" in problem["detail"]


def test_a_bad_interval_is_refused(world: World) -> None:
    bad = [
        (INTERVAL | {"to": "2015-01-01T00:00:00Z"}, ["/to"]),
        ({}, ["/from"]),
        ({"from": 5, "to": 6}, ["/from", "/to"]),
        (INTERVAL | {"till": None}, ["/till"]),
    ]
    for body, pointers in bad:
        problem = world.admin.refused("POST", PATH, 422, "invalid_payload", json=body)
        assert [error["pointer"] for error in problem["errors"]] == pointers


def test_only_those_who_may_approve_do(world: World) -> None:
    world.lms.refused("POST", PATH, 403, "insufficient_scope", json=INTERVAL)
    world.admin.refused("POST", "/v1/content/no-such/approvals", 404, "not_found", json=INTERVAL)
    world.admin.refused("GET", "/v1/content/no-such/approvals", 404, "not_found")
