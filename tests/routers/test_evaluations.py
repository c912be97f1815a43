from app.domain.digests import digest_of
from tests.awards import certify
from tests.clients import Caller, World
from tests.ledgers import ACCEPTED, ATTENDANCE, PROJECT


def complete(world: World) -> str:
    """Complete the enrolment; return the address of the frozen evaluation."""
    world.lms.post(f"{world.enrolment}/evidence", ATTENDANCE)
    project = world.amina.post(f"{world.enrolment}/evidence", PROJECT)
    world.reviewer.post(f"/v1/evidence/{project['id']}/reviews", ACCEPTED)
    world.evaluate()
    url: str = world.amina.get(f"{world.enrolment}/progress")["explain_url"]
    return url


def test_a_frozen_evaluation_explains_itself_and_can_be_checked(world: World) -> None:
    url = complete(world)
    for caller in (world.amina, world.lms, world.reviewer):
        evaluation = caller.get(url)
        assert evaluation["digest"] == digest_of(evaluation["document"])
    assert (evaluation["enrolment"], evaluation["engine"]) == (world.ledger.enrolment.id, "prl-1")
    assert evaluation["document"]["explain_url"] == url
    assert evaluation["document"]["units"] == {"met": 2, "waived": 0, "pending": 0, "total": 2}


def test_an_auditor_reads_why_a_credential_was_issued_whatever_has_happened_since(world: World) -> None:
    credential = certify(world)
    scopes = ["credentials:read", "enrolments:read"]
    order = {"name": "audit", "role": "administrator", "subject": "auditor", "scopes": scopes}
    auditor = Caller(world.client, world.admin.post("/v1/tokens", order)["secret"])
    before = auditor.get(f"/v1/evaluations/{credential['evaluation']}")
    [project] = [node for node in before["document"]["nodes"] if node["key"] == "project"]
    evidence, cause = project["claimed"][0]["evidence"], {"reason": "Made up."}
    world.admin.post(f"/v1/evidence/{evidence}/invalidate", cause, expect=200)
    world.admin.post(f"/v1/credentials/{credential['id']}/revoke", cause, expect=200)
    record = auditor.get(f"/v1/credentials/{credential['id']}")
    evaluation = auditor.get(f"/v1/evaluations/{record['evaluation']}")
    assert evaluation == before
    assert record["evaluation_digest"] == evaluation["digest"] == digest_of(evaluation["document"])


def test_for_strangers_the_evaluation_does_not_exist(world: World) -> None:
    url = complete(world)
    for stranger in world.strangers():
        stranger.refused("GET", url, 404, "not_found")


def test_an_evaluation_is_not_found_or_not_shown(world: World) -> None:
    world.admin.refused("GET", "/v1/evaluations/0190f3a2", 404, "not_found")
    world.admin.refused("GET", "/v1/evaluations/%00", 404, "not_found")
    world.admin.refused("GET", "/v1/evaluations/a_b", 422, "invalid_payload")
    world.nobody.refused("GET", "/v1/evaluations/0190f3a2", 401, "not_authenticated")
