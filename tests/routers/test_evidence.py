from typing import Any

import pytest

from app.domain.evidence import read_report
from app.schemas import evidence as bodies
from tests.clients import World
from tests.ledgers import ATTENDANCE, NOW, PROJECT

RETURNED = {"decision": "returned", "comment": "Say what changed."}


def test_evidence_is_submitted_once_and_read_with_its_history(world: World) -> None:
    created = world.amina.post(f"{world.enrolment}/evidence", PROJECT)
    assert world.amina.post(f"{world.enrolment}/evidence", PROJECT, expect=200) == created
    assert created == {
        "id": created["id"],
        "learner": world.ledger.learner.id,
        "status": "submitted",
        "assurance": "self",
        "revision": 1,
        "submitted_by": "learner",
        "recorded_at": "2016-03-01T09:00:00Z",
        "kind": "experience",
        "title": "Library coding club",
        "description": None,
        "occurred_at": "2016-02-01T00:00:00Z",
        "occurred_end": "2016-02-01T23:59:59Z",
        "content": None,
        "template": "community-project",
        "event": None,
        "role": None,
        "topics": [],
        "outcomes": {},
        "minutes": None,
        **dict.fromkeys(("points", "credits", "score", "form", "opportunity", "opportunity_hub")),
        **dict.fromkeys(
            ("organisation", "endorser", "endorser_org", "activity", "credential", "verification")
        ),
        "data": {},
        "reflection": None,
        "url": None,
        "alignments": [],
        "visibility": "reviewers",
        "source_id": None,
    }
    detail = world.reviewer.get(f"/v1/evidence/{created['id']}")
    assert {name: detail[name] for name in created} == created
    assert [revision["number"] for revision in detail["revisions"]] == [1]
    assert detail["transitions"] == [
        {
            "from": None,
            "to": "submitted",
            "actor": "learner",
            "reason": None,
            "at": "2016-03-01T09:00:00Z",
        }
    ]
    assert detail["reviews"] == []


def test_a_keyed_repeat_gets_the_first_answer(world: World) -> None:
    path, headers = f"{world.enrolment}/evidence", {"Idempotency-Key": "statement-17"}
    first = world.lms.send("POST", path, 201, json=ATTENDANCE, headers=headers)
    assert world.lms.send("POST", path, 201, json=ATTENDANCE, headers=headers) == first


def test_the_answer_says_where_the_evidence_is(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.lms.token}"}
    answer = world.client.post(f"{world.enrolment}/evidence", json=ATTENDANCE, headers=headers)
    assert answer.headers["Location"] == f"/v1/evidence/{answer.json()['id']}"
    assert (answer.json()["status"], answer.json()["assurance"]) == ("accepted", "system")


def test_a_draft_goes_the_whole_way(world: World) -> None:
    draft = world.amina.post(f"{world.enrolment}/evidence", PROJECT | {"draft": True})
    path = f"/v1/evidence/{draft['id']}"
    world.reviewer.refused("GET", path, 404, "not_found")
    revised = world.amina.post(f"{path}/revisions", PROJECT | {"description": "Ten children came."})
    assert (revised["status"], revised["revision"]) == ("draft", 2)
    assert world.amina.post(f"{path}/submit", expect=200)["status"] == "submitted"
    world.reviewer.post(f"{path}/reviews", RETURNED)
    again = PROJECT | {"description": "Ten children now write games."}
    assert world.amina.post(f"{path}/revisions", again)["status"] == "submitted"
    assert world.amina.post(f"{path}/revisions", again, expect=200)["revision"] == 3
    assert world.amina.post(f"{path}/withdraw", expect=200)["status"] == "withdrawn"
    problem = world.amina.refused("POST", f"{path}/submit", 409, "wrong_state")
    assert problem["hint"] == "Possible while it is draft."


def test_accepted_evidence_is_invalidated_with_a_reason(world: World) -> None:
    row = world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    path, reason = f"/v1/evidence/{row['id']}/invalidate", {"reason": "It did not take place."}
    world.lms.refused("POST", path, 403, "insufficient_scope", json=reason)
    for _turn in range(2):
        assert world.admin.post(path, reason, expect=200)["status"] == "invalidated"
    world.admin.refused("POST", path, 422, "invalid_payload", json={})
    [_, last] = world.admin.get(f"/v1/evidence/{row['id']}")["transitions"]
    assert (last["from"], last["to"], last["reason"]) == (
        "accepted",
        "invalidated",
        "It did not take place.",
    )


def test_lists_are_narrowed_down(world: World) -> None:
    attended = world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    project = world.amina.post(f"{world.enrolment}/evidence", PROJECT)
    for path in ("/v1/evidence", f"{world.enrolment}/evidence"):
        assert world.reviewer.get(path) == [attended, project]
        assert world.reviewer.get(f"{path}?status=submitted") == [project]
        assert world.reviewer.get(f"{path}?kind=attendance") == [attended]
        assert world.reviewer.get(f"{path}?limit=1&after={attended['id']}") == [project]
        world.reviewer.refused("GET", f"{path}?status=done", 422, "invalid_payload")
        world.reviewer.refused("GET", f"{path}?kind=attendence", 422, "invalid_payload")


def test_the_evidence_of_one_learner_is_listed(world: World) -> None:
    attended = world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    assert world.reviewer.get(f"/v1/evidence?learner={attended['learner']}") == [attended]
    assert world.reviewer.get("/v1/evidence?learner=somebody-else") == []
    world.reviewer.refused("GET", "/v1/evidence?learner=a/b", 422, "invalid_payload")


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"titel": "x"}, "/titel", "unknown_key"),
        ({"content": "open-by-desing"}, "/content", "unknown_reference"),
        ({"occurred_at": "2016-03-01T09:05:01Z"}, "/occurred_at", "in_the_future"),
        ({"minutes": "60"}, "/minutes", "wrong_type"),
        ({"draft": 1}, "/draft", "wrong_type"),
    ],
)
def test_a_report_that_breaks_a_rule_is_refused(
    world: World, members: dict[str, Any], pointer: str, code: str
) -> None:
    path, body = f"{world.enrolment}/evidence", ATTENDANCE | members
    problem = world.lms.refused("POST", path, 422, "invalid_payload", json=body)
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in problem["errors"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"kind": "attendance", "kind": "experience"}', 400, "malformed_body"),
        (b'{"kind": "attendance", "title": "a\\u0000"}', 400, "malformed_body"),
        (b'"attendance"', 422, "invalid_payload"),
        (b"{}", 422, "invalid_payload"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused(world: World, body: bytes, status: int, code: str) -> None:
    row = world.amina.post(f"{world.enrolment}/evidence", PROJECT | {"draft": True})
    for path in (f"{world.enrolment}/evidence", f"/v1/evidence/{row['id']}/revisions"):
        headers = {"Content-Type": "application/json"}
        world.amina.refused("POST", path, status, code, content=body, headers=headers)


def test_the_same_act_in_other_words_is_a_conflict(world: World) -> None:
    path = f"{world.enrolment}/evidence"
    world.lms.post(path, ATTENDANCE)
    world.lms.refused("POST", path, 409, "already_exists", json=ATTENDANCE | {"minutes": 60})


def test_for_strangers_the_evidence_does_not_exist(world: World) -> None:
    row = world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    path = f"/v1/evidence/{row['id']}"
    ben, administrator = world.strangers()
    for stranger in (ben, administrator):
        assert stranger.get("/v1/evidence") == []
        for address in (path, f"{path}/reviews", f"{world.enrolment}/evidence"):
            stranger.refused("GET", address, 404, "not_found")
        for address, body in (
            (f"{world.enrolment}/evidence", PROJECT),
            (f"{path}/revisions", PROJECT),
            (f"{path}/submit", None),
            (f"{path}/withdraw", None),
        ):
            stranger.refused("POST", address, 404, "not_found", json=body)
    administrator.refused("POST", f"{path}/invalidate", 404, "not_found", json={"reason": "Mine."})
    administrator.refused("POST", f"{path}/reviews", 404, "not_found", json={"decision": "accepted"})


def test_the_documented_members_are_those_that_are_read() -> None:
    example = bodies.EVIDENCE_EXAMPLE
    report = read_report(example, now=NOW)
    assert report.to_document() == example
    assert set(bodies._PROPERTIES) == set(report.to_document())  # noqa: SLF001 (the schema is data of the module)
