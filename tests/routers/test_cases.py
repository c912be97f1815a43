from sqlalchemy import select

from app.database import transaction
from app.models import Evidence
from tests.awards import certify, work_of
from tests.clients import Json, World

KEEP = {"decision": "keep", "reason": "She held the same session a week later."}


def open_case(world: World) -> Json:
    """Issue a credential, declare void what it rests on, and return the case as the list gives it."""
    certify(world)
    with transaction(world.engine) as session:
        attended = session.scalars(select(Evidence.id).where(Evidence.kind == "attendance")).one()
    world.admin.post(f"/v1/evidence/{attended}/invalidate", {"reason": "It never took place."}, expect=200)
    work_of(world)
    [case] = world.admin.get("/v1/cases?status=open")
    return case


def test_an_officer_finds_a_case_and_decides_it(world: World) -> None:
    case = open_case(world)
    assert (case["cause"], case["cause_reason"], case["decisions"]) == (
        "evidence",
        "It never took place.",
        [],
    )
    assert case["replay"]["units"]["met"] == 1
    assert case["enrolment"] == world.ledger.enrolment.id
    path = f"/v1/cases/{case['id']}"
    suspended = {"decision": "suspend", "reason": "We look."}
    problem = world.admin.refused("POST", f"{path}/decisions", 409, "wrong_state", json=suspended)
    assert "cannot be suspended" in problem["detail"]
    assert world.admin.post(f"{path}/decisions", KEEP)["status"] == "kept"
    again = world.admin.post(f"{path}/decisions", KEEP, expect=200)
    assert [each["decision"] for each in again["decisions"]] == ["keep"]
    assert world.admin.get("/v1/cases?status=open") == []


def test_the_learner_sees_the_case_and_may_not_decide(world: World) -> None:
    case = open_case(world)
    path = f"/v1/cases/{case['id']}"
    assert world.amina.get(path) == case
    assert world.amina.get("/v1/cases") == [case]
    world.amina.refused("POST", f"{path}/decisions", 403, "insufficient_scope", json=KEEP)


def test_others_find_no_case(world: World) -> None:
    path = f"/v1/cases/{open_case(world)['id']}"
    for stranger in world.strangers():
        stranger.refused("GET", path, 404, "not_found")
        assert stranger.get("/v1/cases") == []
    for caller in (world.reviewer, world.lms):
        caller.refused("GET", path, 403, "insufficient_scope")


def test_a_decision_is_one_of_three_with_a_reason(world: World) -> None:
    path = f"/v1/cases/{open_case(world)['id']}/decisions"
    wrong = {"decision": "forget", "reason": " "}
    problem = world.admin.refused("POST", path, 422, "invalid_payload", json=wrong)
    assert sorted(each["pointer"] for each in problem["errors"]) == ["/decision", "/reason"]
    unknown = "/v1/cases/0190f3a2-0000-7000-8000-000000000000/decisions"
    world.admin.refused("POST", unknown, 404, "not_found", json=KEEP)
