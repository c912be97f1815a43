from tests.clients import World

WAIVER = {"kind": "waive", "node": "session", "reason": "The session was cancelled."}


def test_one_person_proposes_and_another_decides(world: World) -> None:
    path = f"{world.enrolment}/exceptions"
    proposed = world.reviewer.post(path, WAIVER)
    assert (proposed["status"], proposed["proposed_by"], proposed["decisions"]) == (
        "proposed",
        "reviewer",
        [],
    )
    assert world.reviewer.post(path, WAIVER, expect=200)["id"] == proposed["id"]
    decisions = f"{path}/{proposed['id']}/decisions"
    granted = world.admin.post(decisions, {"decision": "granted", "reason": "I saw the programme."})
    assert (granted["status"], granted["decisions"][0]["decided_by"]) == ("granted", "administrator")
    world.admin.post(decisions, {"decision": "granted", "reason": "Again."}, expect=200)
    progress = world.amina.get(f"{world.enrolment}/progress")
    assert (progress["units"]["waived"], progress["exceptions"][0]["effective"]) == (1, True)
    [listed] = world.amina.get(path)
    assert listed["node"] == "session"


def test_who_may_not_decide_is_told_so(world: World) -> None:
    path = f"{world.enrolment}/exceptions"
    proposed = world.admin.post(path, WAIVER)
    decisions, body = f"{path}/{proposed['id']}/decisions", {"decision": "granted", "reason": "Fine."}
    world.reviewer.refused("POST", decisions, 403, "insufficient_scope", json=body)
    world.admin.refused("POST", decisions, 409, "conflict_of_interest", json=body)
    wrong = WAIVER | {"node": "sesion"}
    problem = world.reviewer.refused("POST", path, 422, "invalid_payload", json=wrong)
    assert problem["errors"][0]["pointer"] == "/node"


def test_strangers_find_no_exceptions(world: World) -> None:
    for stranger in world.strangers():
        stranger.refused("GET", f"{world.enrolment}/exceptions", 404, "not_found")
