from tests.clients import Json, World

PATH = "/v1/content/open-by-design/approvals"
INTERVAL = {"from": "2016-02-01T00:00:00Z", "to": "2017-02-01T00:00:00Z", "retroactive": True}


def test_an_approval_is_made_once_and_listed(world: World) -> None:
    created = world.admin.post(PATH, INTERVAL)
    assert created == INTERVAL | {
        "id": created["id"],
        "hub": None,
        "approved_by": "administrator",
        "created_at": "2016-03-01T09:00:00Z",
        "withdrawn_at": None,
        "withdrawn_by": None,
        "withdrawal_reason": None,
        "recalled_at": None,
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


def test_an_approval_is_withdrawn_and_recalled_with_a_reason(world: World) -> None:
    [first] = world.admin.get(PATH)
    path = f"{PATH}/{first['id']}/withdraw"
    withdrawn = world.admin.post(path, {"reason": "Out of date."}, expect=200)
    assert withdrawn == first | {
        "withdrawn_at": "2016-03-01T09:00:00Z",
        "withdrawn_by": "administrator",
        "withdrawal_reason": "Out of date.",
    }
    assert world.admin.post(path, {"reason": "Again."}, expect=200) == withdrawn
    recalled = world.admin.post(path, {"reason": "Never held.", "recall": True}, expect=200)
    assert (recalled["recalled_at"], recalled["withdrawal_reason"]) == (
        "2016-03-01T09:00:00Z",
        "Never held.",
    )
    for body, pointer in (({}, "/reason"), ({"reason": "x", "recall": "yes"}, "/recall")):
        problem = world.admin.refused("POST", path, 422, "invalid_payload", json=body)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    world.lms.refused("POST", path, 403, "insufficient_scope", json={"reason": "x"})
    other = f"/v1/content/no-such/approvals/{first['id']}/withdraw"
    world.admin.refused("POST", other, 404, "not_found", json={"reason": "x"})


def test_no_bundle_brings_back_what_was_withdrawn(world: World) -> None:
    before = exported(world)
    [first] = world.admin.get(PATH)
    path = f"{PATH}/{first['id']}/withdraw"
    world.admin.post(path, {"reason": "Out of date."}, expect=200)
    after = exported(world)
    assert [each.get("to") for each in after["approvals"]] == ["2016-03-01T09:00:00Z"]
    assert planned(world, after) == (["unchanged"], [])
    assert planned(world, before) == (["unchanged"], ["withdrawn"])
    world.admin.post(path, {"reason": "Never held.", "recall": True}, expect=200)
    assert exported(world) == {}
    for bundle in (before, after):
        assert planned(world, bundle) == (["unchanged"], ["withdrawn"])


def exported(world: World) -> Json:
    path = "/v1/export?kinds=approvals"
    return world.admin.send("GET", path, 200, headers={"Accept": "application/json"})


def planned(world: World, bundle: Json) -> tuple[list[str], list[str]]:
    """Return what a plan would do, and the codes of what it found."""
    plan = world.admin.post("/v1/plan", bundle, expect=200)
    return [each["op"] for each in plan["changes"]], [each["code"] for each in plan["findings"]]
