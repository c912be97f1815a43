from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.database import transaction
from tests.awards import complete, equip, state_of, work_of
from tests.clients import Caller, World, open_world

POLICY = {"mode": "on_approval", "approvers": {"role": "mentor", "count": 1}}
SAID = {"comment": "I saw the prototype."}


@pytest.fixture
def completed(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(engine, database_url, tmp_path, issue=POLICY) as world:
        with transaction(engine) as session:
            equip(session, world.ledger.issuer, state_of(world).site)
            complete(session, world.ledger)
        yield world


def mentor(world: World) -> Caller:
    order = {"name": "Hana", "role": "reviewer", "subject": "hana", "positions": [{"role": "mentor"}]}
    return Caller(world.client, world.admin.post("/v1/tokens", order)["secret"])


def test_a_mentor_approves_and_the_credential_follows(completed: World) -> None:
    hana, path = mentor(completed), f"{completed.enrolment}/approvals"
    given = hana.post(path, SAID)
    assert (given["approved_by"], given["comment"], given["revoked_at"]) == ("hana", SAID["comment"], None)
    assert hana.post(path, SAID, expect=200) == given
    assert completed.amina.get(path) == [given]
    work_of(completed)
    assert [each["status"] for each in completed.amina.get("/v1/credentials")] == ["issued"]
    revoke = f"{path}/{given['id']}/revoke"
    hana.refused("POST", revoke, 409, "wrong_state", json={"reason": "Too late."})


def test_a_milestone_is_approved_by_itself(completed: World) -> None:
    hana, path = mentor(completed), f"{completed.enrolment}/approvals"
    assert hana.post(path, SAID)["milestone"] is None
    problem = hana.refused("POST", path, 404, "not_found", json={"milestone": "session"})
    assert "has no milestone session" in problem["detail"]
    hana.refused("POST", path, 422, "invalid_payload", json={"milestone": "No Node"})


def test_an_approval_is_taken_back_before_the_issue(completed: World) -> None:
    hana, path = mentor(completed), f"{completed.enrolment}/approvals"
    given = hana.post(path, {})
    taken = hana.post(f"{path}/{given['id']}/revoke", {"reason": "A mistake."}, expect=200)
    assert (taken["revoked_by"], taken["revocation_reason"]) == ("hana", "A mistake.")
    work_of(completed)
    assert completed.amina.get("/v1/credentials") == []


def test_who_may_not_approve_is_told_so(completed: World) -> None:
    path = f"{completed.enrolment}/approvals"
    for caller in (completed.amina, completed.lms, completed.reviewer, completed.admin):
        caller.refused("POST", path, 403, "insufficient_scope", json=SAID)
    problem = completed.admin.refused("POST", f"{completed.enrolment}/credentials", 409, "not_complete")
    assert "one approval, given by: mentor" in problem["detail"]
    for stranger in completed.strangers():
        stranger.refused("GET", path, 404, "not_found")
