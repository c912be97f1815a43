"""Roles that credentials bring, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.awards import certify
from tests.clients import World, open_world
from tests.ledgers import ACCEPTED, PROJECT

ROLE = {"role": "mentor"}


@pytest.fixture
def granting(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(engine, database_url, tmp_path, grants_role=ROLE) as world:
        yield world


def test_a_learner_reviews_as_long_as_the_credential_is_in_force(granting: World) -> None:
    world, amina = granting, granting.amina
    named = {"namespace": "https://lms.example.org", "external_id": "cleo-03", "display_name": "Cleo"}
    cleo = world.lms.post("/v1/learners", named)
    enrolment = world.lms.post("/v1/enrolments", {"learner": cleo["id"], "passport": "small"})
    reported = world.lms.post(f"/v1/enrolments/{enrolment['id']}/evidence", PROJECT)
    evidence, roles = f"/v1/evidence/{reported['id']}", f"/v1/learners/{world.ledger.learner.id}/roles"
    assert amina.get(roles) == []
    amina.refused("GET", evidence, 404, "not_found")
    amina.refused("POST", f"{evidence}/reviews", 403, "insufficient_scope", json=ACCEPTED)

    credential = certify(world)
    brought = {"role": "mentor", "hub": None, "credential": credential["id"], "until": None, "reviews": True}
    assert amina.get(roles) == world.admin.get(roles) == [brought]
    assert amina.get(evidence)["id"] == reported["id"]
    amina.refused("POST", f"{evidence}/withdraw", 404, "not_found", json={"reason": "Not mine."})
    assert amina.post(f"{evidence}/reviews", ACCEPTED)["decision"] == "accepted"
    for stranger in world.strangers():
        stranger.refused("GET", roles, 404, "not_found")

    world.admin.post(f"/v1/credentials/{credential['id']}/revoke", {"reason": "Wrong."}, expect=200)
    assert amina.get(roles) == []
    amina.refused("POST", f"{evidence}/reviews", 403, "insufficient_scope", json=ACCEPTED)
