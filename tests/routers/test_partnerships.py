"""Partnerships over HTTP: who may do what, what is refused and how."""

from typing import Any

from app.domain.actors import Role
from tests.clients import Caller, World

PATH = "/v1/partnerships"
AT = "2016-02-01T09:00:00Z"


def order(world: World, **members: object) -> dict[str, Any]:
    return {
        "steward": world.ledger.learner.id,
        "organisation": "city-library",
        "plan_year": 2016,
        "name": "City Library",
        "priority": 1,
        "goals": ["Reach families"],
        **members,
    }


def begin(world: World, caller: Caller | None = None, **members: object) -> str:
    made = (caller or world.amina).post(PATH, order(world, **members))
    return f"{PATH}/{made['id']}"


def test_a_bridge_is_built_step_by_step(world: World) -> None:
    made = world.lms.post(PATH, order(world, identified_at=AT))
    assert (made["status"], made["since"][:10], made["steward"]) == (
        "prioritised",
        "2016-03-01",
        world.ledger.learner.id,
    )
    path = f"{PATH}/{made['id']}"
    for text in ("Call", "Visit", "Write", "Open"):
        made = world.amina.post(f"{path}/actions", {"text": text, "due": "2016-02-10"})
    assert (made["status"], [each["number"] for each in made["actions"]]) == ("designed", [1, 2, 3, 4])
    assert world.amina.post(f"{path}/actions", {"text": "call"}, expect=200) == made
    started = world.amina.patch(f"{path}/actions/1", {"done_at": AT})
    assert started["status"] == "initiated"
    plan = {"cadence": "P1M", "agreed_at": AT, "review_on": "2016-12-01", "contacts": ["The head"]}
    assert world.amina.patch(path, {"maintenance": plan})["maintenance"]["cadence"] == "P1M"
    confirmed = world.lms.post(f"{path}/confirm", {"at": AT, "note": "Yes."}, expect=200)
    assert (confirmed["status"], confirmed["confirmed"]["by"]) == ("active", "integration")
    assert world.lms.post(f"{path}/confirm", {}, expect=200) == confirmed
    noted = {"at": "2016-02-20T09:00:00Z", "note": "Nine children came."}
    kept = world.amina.post(f"{path}/checkins", noted)
    assert (kept["status"], kept["checkins"][0]["on_time"]) == ("maintained", True)
    assert kept["dormant_at"].startswith("2016-04-20")
    assert world.amina.post(f"{path}/checkins", noted, expect=200) == kept
    word = {"at": "2016-02-25T09:00:00Z", "by_partner": True}
    assert world.lms.post(f"{path}/checkins", word)["checkins"][1]["by_partner"]
    closed = world.amina.post(f"{path}/close", {"reason": "The library moved."}, expect=200)
    assert (closed["status"], closed["closed"]["text"]) == ("closed", "The library moved.")
    world.amina.refused("PATCH", path, 409, "wrong_state", json={"priority": 2})


def test_a_time_before_the_calendar_begins_is_refused_by_its_place(world: World) -> None:
    early = order(world, identified_at="0001-01-01T00:00:00+14:00")
    problem = world.amina.refused("POST", PATH, 422, "invalid_payload", json=early)
    assert problem["errors"][0]["pointer"] == "/identified_at"
    assert "with its zone" in problem["errors"][0]["detail"]


def test_the_partner_s_word_does_not_come_from_the_steward(world: World) -> None:
    path = begin(world)
    world.amina.refused("POST", f"{path}/confirm", 403, "insufficient_scope", json={})
    word = {"at": AT, "by_partner": True}
    world.amina.refused("POST", f"{path}/checkins", 403, "insufficient_scope", json=word)
    world.lms.refused("POST", f"{path}/confirm", 409, "wrong_state", json={})
    in_disguise = Caller(
        world.client,
        world.admin.post("/v1/tokens", {"name": "x", "role": "administrator", "subject": "LEARNER "})[
            "secret"
        ],
    )
    in_disguise.refused("POST", f"{path}/confirm", 409, "conflict_of_interest", json={})
    in_disguise.refused("POST", f"{path}/checkins", 409, "conflict_of_interest", json=word)


def test_beginning_again_is_the_same_partnership_and_says_what_differs(world: World) -> None:
    path = begin(world)
    again = world.amina.post(PATH, order(world), expect=200)
    assert f"{PATH}/{again['id']}" == path
    problem = world.amina.refused(
        "POST", PATH, 409, "already_exists", json=order(world, goals=["Another"], priority=2)
    )
    assert [each["pointer"] for each in problem["errors"]] == ["/goals", "/priority"]


def test_a_priority_is_given_once_in_a_plan_year(world: World) -> None:
    first = begin(world)
    taken = world.amina.refused("POST", PATH, 409, "already_exists", json=order(world, organisation="museum"))
    assert taken["errors"][0]["pointer"] == "/priority"
    second = begin(world, organisation="museum", priority=2)
    begin(world, organisation="museum", plan_year=2017)
    world.amina.refused("PATCH", second, 409, "already_exists", json={"priority": 1})
    assert world.amina.get(second)["priority"] == 2
    world.amina.patch(first, {"priority": None})
    assert world.amina.patch(second, {"priority": 1})["status"] == "prioritised"
    assert world.amina.get(first)["status"] == "identified"


def test_a_change_may_be_held_to_what_was_read(world: World) -> None:
    path = begin(world)
    own = {"Authorization": f"Bearer {world.amina.token}"}
    etag = world.client.get(path, headers=own).headers["etag"]
    changed = world.client.patch(path, json={"goals": []}, headers=own | {"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    stale = {"If-Match": etag}
    world.amina.refused("PATCH", path, 412, "precondition_failed", json={"goals": ["x"]}, headers=stale)
    world.amina.post(f"{path}/actions", {"text": "Call"})
    action = f"{path}/actions/1"
    world.amina.refused("PATCH", action, 412, "precondition_failed", json={"due": None}, headers=stale)
    world.amina.refused("PATCH", f"{path}/actions/2", 404, "not_found", json={"due": None})


def test_each_call_may_be_repeated_with_its_key(world: World) -> None:
    path, key = begin(world), {"Idempotency-Key": "check-in-1"}
    first = world.amina.send("POST", f"{path}/checkins", 201, json={"note": "Fine."}, headers=key)
    assert world.amina.send("POST", f"{path}/checkins", 201, json={"note": "Fine."}, headers=key) == first


def test_partnerships_are_listed_for_those_who_may_see_them(world: World) -> None:
    begin(world)
    begin(world, organisation="museum", priority=2, visibility="private")
    begin(world, organisation="harbour", priority=None)
    assert [each["organisation"] for each in world.amina.get(PATH)] == ["city-library", "museum", "harbour"]
    assert [each["organisation"] for each in world.reviewer.get(PATH)] == ["city-library", "harbour"]
    found = world.lms.get(f"{PATH}?status=identified&steward={world.ledger.learner.id}")
    assert [each["organisation"] for each in found] == ["harbour"]
    assert [each["priority"] for each in world.lms.get(f"{PATH}?organisation=museum")] == [2]
    assert world.lms.get(f"{PATH}?status=dormant") == []
    page = world.client.get(f"{PATH}?limit=2", headers={"Authorization": f"Bearer {world.amina.token}"})
    assert len(page.json()) == 2
    assert "after=" in page.headers["link"]


def test_strangers_find_no_partnership_and_begin_none_for_others(world: World) -> None:
    path = begin(world)
    for stranger in world.strangers():
        stranger.refused("GET", path, 404, "not_found")
        stranger.refused("PATCH", path, 404, "not_found", json={"priority": 3})
        problem = stranger.refused("POST", PATH, 422, "invalid_payload", json=order(world))
        assert problem["errors"][0]["code"] == "learner_unknown"
        assert stranger.get(PATH) == []
    world.reviewer.refused("PATCH", path, 403, "insufficient_scope", json={"priority": 3})


def test_every_fault_of_a_body_is_told_at_its_place(world: World) -> None:
    wrong = order(
        world,
        organisation="City Library",
        plan_year="soon",
        priority=0,
        goal=["x"],
        maintenance={"cadence": "monthly"},
    )
    problem = world.amina.refused("POST", PATH, 422, "invalid_payload", json=wrong)
    pointers = {each["pointer"] for each in problem["errors"]}
    assert pointers == {"/organisation", "/plan_year", "/priority", "/goal", "/maintenance/cadence"}
    future = order(world, identified_at="2030-01-01T00:00:00Z")
    problem = world.amina.refused("POST", PATH, 422, "invalid_payload", json=future)
    assert problem["errors"][0]["code"] == "in_the_future"


def test_an_officer_declares_a_partnership_invalid(world: World) -> None:
    path = begin(world)
    reason = {"reason": "There is no such library."}
    world.amina.refused("POST", f"{path}/invalidate", 403, "insufficient_scope", json=reason)
    officer = world.caller(Role.ADMINISTRATOR)
    answer = officer.post(f"{path}/invalidate", reason, expect=200)
    assert answer["invalidated"]["text"] == reason["reason"]
    assert officer.post(f"{path}/invalidate", reason, expect=200) == answer
    world.amina.refused("POST", f"{path}/actions", 409, "wrong_state", json={"text": "Call"})


def test_any_type_and_hub_will_do_until_the_issuer_defines_them(world: World) -> None:
    path = begin(world, hub="learning", types=["booth"])
    terms = [{"key": "joint-project", "label": {"en": "Joint project"}, "aliases": ["project"]}]
    world.admin.send("PUT", "/v1/vocabularies/partnership-type", 201, json={"terms": terms})
    world.admin.send("PUT", "/v1/hubs/things", 201, json={"name": "Things"})
    wrong = {"hub": "thing", "types": ["Project", "joint-projet"]}
    other = order(world, organisation="museum", priority=2)
    for method, place, body in (("POST", PATH, other | wrong), ("PATCH", path, wrong)):
        problem = world.amina.refused(method, place, 422, "invalid_payload", json=body)
        assert [(each["pointer"], each["code"], each["hint"]) for each in problem["errors"]] == [
            ("/hub", "unknown_reference", "Did you mean 'things'?"),
            ("/types/1", "unknown_term", "Did you mean 'joint-project'?"),
        ]
    same = {"hub": "learning", "types": ["booth"]}
    again = world.amina.post(PATH, order(world, **same), expect=200)
    assert path == f"{PATH}/{again['id']}"
    assert world.amina.patch(path, same | {"goals": ["Reach more"]})["types"] == ["booth"]
    assert world.amina.patch(path, {"hub": "things", "types": ["Project"]})["hub"] == "things"


def test_a_cadence_that_is_no_duration_is_told_in_a_sentence(world: World) -> None:
    path = begin(world)
    for cadence in ("3 months", "P0D"):
        plan = {"maintenance": {"cadence": cadence}}
        (fault,) = world.amina.refused("PATCH", path, 422, "invalid_payload", json=plan)["errors"]
        assert fault["pointer"] == "/maintenance/cadence"
        assert fault["detail"].startswith("This must be an ISO 8601 duration of more than nothing, such as")
