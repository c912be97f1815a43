import pytest

from app.schemas.enrolments import PROGRESS_EXAMPLE, ProgressRead
from tests.clients import World
from tests.ledgers import ACCEPTED, ATTENDANCE, PROJECT


def test_a_learner_is_enrolled_once(world: World) -> None:
    learner = world.lms.post(
        "/v1/learners",
        {"namespace": "https://lms.example.org", "external_id": "ben-02", "display_name": "Ben"},
    )
    body = {"learner": learner["id"], "passport": "small"}
    created = world.lms.post("/v1/enrolments", body)
    assert world.lms.post("/v1/enrolments", body | {"version": None}, expect=200) == created
    assert world.lms.get(f"/v1/enrolments/{created['id']}") == created
    assert created == {
        "id": created["id"],
        "learner": learner["id"],
        "passport": "small",
        "version": "1.0.0",
        "cycle": 1,
        "renews": False,
        "status": "active",
        "enrolled_at": "2016-03-01T09:00:00Z",
        "completed_at": None,
        "completion_holds_until": None,
        "reopened_because": None,
    }


def test_enrolments_are_narrowed_down(world: World) -> None:
    learner = world.ledger.learner.id
    for query in ("", f"?learner={learner}", "?passport=small&status=active"):
        assert len(world.reviewer.get(f"/v1/enrolments{query}")) == 1
    for query in ("?learner=0190f3a2", "?passport=another", "?status=certified"):
        assert world.reviewer.get(f"/v1/enrolments{query}") == []


@pytest.mark.parametrize("query", ["status=done", "passport=Small", "learner=a_b"])
def test_a_query_that_breaks_a_rule_is_refused(world: World, query: str) -> None:
    world.lms.refused("GET", f"/v1/enrolments?{query}", 422, "invalid_payload")


def test_an_unknown_passport_is_answered_with_the_nearest(world: World) -> None:
    body = {"learner": world.ledger.learner.id, "passport": "smalll"}
    problem = world.lms.refused("POST", "/v1/enrolments", 422, "invalid_payload", json=body)
    [error] = problem["errors"]
    assert (error["pointer"], error["code"]) == ("/passport", "passport_unknown")
    assert error["hint"] == "Did you mean small?"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"learner": "a", "learner": "b", "passport": "small"}', 400, "malformed_body"),
        (b'{"learner": "a\\u0000", "passport": "small"}', 400, "malformed_body"),
        (b'{"learner": "a", "pasport": "small"}', 422, "invalid_payload"),
        (b"", 422, "invalid_payload"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused(world: World, body: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    world.lms.refused("POST", "/v1/enrolments", status, code, content=body, headers=headers)


def test_a_yaml_body_is_read_and_its_faults_have_lines(world: World) -> None:
    headers = {"Content-Type": "application/yaml"}
    body = f"learner: {world.ledger.learner.id}\npassport: none-such\n"
    problem = world.lms.refused(
        "POST", "/v1/enrolments", 422, "invalid_payload", content=body, headers=headers
    )
    assert [(error["pointer"], error["line"]) for error in problem["errors"]] == [("/passport", 2)]


def test_progress_says_what_is_met_and_what_is_missing(world: World) -> None:
    row = world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    progress = world.amina.get(f"{world.enrolment}/progress")
    assert (progress["status"], progress["complete"], progress["explain_url"]) == ("partial", False, None)
    assert progress["units"] == {"met": 1, "waived": 0, "pending": 0, "total": 2}
    nodes = {node["key"]: node for node in progress["nodes"]}
    assert [claim["evidence"] for claim in nodes["session"]["claimed"]] == [row["id"]]
    assert "claimed" not in nodes["project"]
    assert [shortfall["group"] for shortfall in progress["shortfalls"]] == [["project"]]


def test_the_progress_of_a_completed_enrolment_is_its_frozen_evaluation(world: World) -> None:
    world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    project = world.amina.post(f"{world.enrolment}/evidence", PROJECT)
    world.reviewer.post(f"/v1/evidence/{project['id']}/reviews", ACCEPTED)
    world.evaluate()
    enrolment = world.amina.get(world.enrolment)
    assert (enrolment["status"], enrolment["completed_at"]) == ("completed", "2016-03-01T09:00:00Z")
    progress = world.amina.get(f"{world.enrolment}/progress")
    assert world.amina.get(progress["explain_url"])["document"] == progress


def test_the_documented_progress_is_a_progress() -> None:
    read = ProgressRead.model_validate(PROGRESS_EXAMPLE)
    assert read.model_dump(mode="json", exclude_unset=True) == PROGRESS_EXAMPLE


def test_for_strangers_the_enrolment_does_not_exist(world: World) -> None:
    for stranger in world.strangers():
        for path in (world.enrolment, f"{world.enrolment}/progress"):
            stranger.refused("GET", path, 404, "not_found")
        body = {"learner": world.ledger.learner.id, "passport": "small"}
        stranger.refused("POST", "/v1/enrolments", 422, "invalid_payload", json=body)
        assert world.ledger.enrolment.id not in [each["id"] for each in stranger.get("/v1/enrolments")]


def test_who_may_not_enrol_is_told_the_scope(world: World) -> None:
    body = {"learner": world.ledger.learner.id, "passport": "small"}
    problem = world.reviewer.refused("POST", "/v1/enrolments", 403, "insufficient_scope", json=body)
    assert "enrolments:write" in problem["detail"]
