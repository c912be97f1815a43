"""The whole story over HTTP, and what happens when it is not whole."""

import httpx
import pytest

from app.demo import scenes
from app.main import utc_now
from app.signing.data_integrity import verify_proof
from app.signing.dids import assertion_keys, resolve_did_key
from app.signing.status_list import bit, decode
from tests.stories import (
    LEVEL,
    Api,
    Candidate,
    Community,
    Json,
    accept,
    complete,
    enrol,
    receive,
    session_reports,
    wait_for,
    whole,
)


@pytest.fixture
def stranger(community: Community) -> Api:
    return community.service.as_(None)


def outcomes(report: Json) -> dict[str, str]:
    return {check["id"]: check["outcome"] for check in report["checks"]}


def test_a_definition_becomes_a_credential_that_a_stranger_verifies(
    community: Community, stranger: Api
) -> None:
    amina = enrol(community)
    assert amina.progress()["units"] == {"met": 0, "waived": 0, "pending": 0, "total": 9}
    tell_of_evidence(community, amina)
    credential = receive(amina)
    assert credential["achievement"] == "community-leadership/1.0.0"
    assert amina.api.get(f"/v1/enrolments/{amina.enrolment}")["status"] == "certified"
    frozen = amina.api.get(f"/v1/evaluations/{credential['evaluation']}")["document"]
    progress = amina.progress()
    addresses = [each.pop("credential") for each in progress["milestones"]]
    assert frozen == progress
    assert sum(len(node.get("claimed", [])) for node in frozen["nodes"]) == 9
    entries = {entry.get("id") for entry in stranger.get(credential["url"] + ".json")["evidence"]}
    assert len(entries.intersection(addresses)) == len(addresses) == 2

    report = stranger.post("/verify", {"url": credential["url"], "recipient": amina.email}, expect=200)
    assert report["verified"], report["checks"]
    assert set(outcomes(report).values()) == {"pass", "not_applicable"}
    assert [check["number"] for check in report["checks"]] == list(range(1, 11))
    check_all_forms(stranger, credential["url"])
    page = stranger("GET", credential["url"], 200, headers={"Accept": "text/html"})
    assert "Verified" in page.text
    assert amina.email not in page.text
    assert amina.email not in stranger("GET", credential["url"] + ".json", 200).text
    verdict = stranger.post("/verify", {"url": credential["url"], "recipient": "b@example.org"}, expect=200)
    assert verdict["verdict"] == "not_verified"


def tell_of_evidence(community: Community, amina: Candidate) -> None:
    """Report nine pieces; the learning log is returned and comes back."""
    now = utc_now()
    for report in session_reports():
        row = amina.report(community.lms, report)
        assert (row["status"], row["assurance"]) == ("accepted", "system")
    assert amina.report(community.lms, report, expect=200)["id"] == row["id"]
    assert amina.progress()["units"]["met"] == 6
    accept(community, amina.report(amina.api, scenes.project(now)), levels=[LEVEL])
    accept(community, amina.report(amina.api, scenes.mentoring(now)))
    log = amina.report(amina.api, scenes.learning_log(now, whole=False))
    returned = {"decision": "returned", "comment": scenes.RETURNED}
    community.reviewer.post(f"/v1/evidence/{log['id']}/reviews", returned)
    progress = amina.progress()
    assert (progress["units"]["met"], progress["units"]["total"]) == (8, 9)
    assert [unused["evidence"] for unused in progress["unused_evidence"]] == [log["id"]]
    whole = scenes.learning_log(now, whole=True)
    again = amina.api.post(f"/v1/evidence/{log['id']}/revisions", whole)
    assert (again["status"], again["revision"]) == ("submitted", 2)
    assert amina.progress()["units"] == {"met": 8, "waived": 0, "pending": 1, "total": 9}
    accept(community, log)


def check_all_forms(stranger: Api, url: str) -> None:
    for accepted, media_type in (
        ("application/vc+ld+json", "application/vc"),
        ("application/vc+jwt", "application/vc+jwt"),
        (".png", "image/png"),
        (".svg", "image/svg+xml"),
    ):
        if accepted.startswith("."):
            data = stranger("GET", url + accepted, 200).content
        else:
            data = stranger("GET", url, 200, headers={"Accept": accepted}).content
        report = stranger("POST", "/verify", 200, content=data, headers={"Content-Type": media_type}).json()
        assert report["verified"], (accepted, report["checks"])


def test_a_revocation_shows_in_the_signed_list_soon(community: Community, stranger: Api) -> None:
    amina = enrol(community)
    complete(community, amina)
    credential = receive(amina)
    document = stranger.get(credential["url"] + ".json")
    entry = document["credentialStatus"]
    index = int(entry["statusListIndex"])
    assert not bit(signed_bits(stranger, entry["statusListCredential"], document["issuer"]["id"]), index)

    revoke = f"/v1/credentials/{credential['id']}/revoke"
    revoked = community.administrator.post(revoke, {"reason": "Awarded to the wrong person."}, expect=200)
    assert revoked["status"] == "revoked"
    wait_for(
        lambda: bit(signed_bits(stranger, entry["statusListCredential"], document["issuer"]["id"]), index)
    )
    report = stranger.post("/verify", {"url": credential["url"]}, expect=200)
    assert report["verdict"] == "not_verified"
    assert outcomes(report)["status"] == "fail"
    assert outcomes(report)["proof"] == "pass"
    page = stranger("GET", credential["url"], 200, headers={"Accept": "text/html"})
    assert "Revoked" in page.text
    assert "Awarded to the wrong person." in page.text
    again = community.administrator.post(revoke, {"reason": "Awarded to the wrong person."}, expect=200)
    assert again["revoked_at"] == revoked["revoked_at"]


def signed_bits(stranger: Api, url: str, issuer: str) -> bytes:
    """Return the bits of a status list whose signature is the issuer's."""
    document = stranger.get(url)
    (proof,) = document.pop("proof")
    key = assertion_keys(resolve_did_key(issuer))[proof["verificationMethod"]]
    verify_proof(document, proof, key)
    assert document["issuer"] == issuer
    return decode(document["credentialSubject"]["encodedList"])


def test_one_requirement_short_gives_no_credential_and_names_what_is_missing(community: Community) -> None:
    amina, now = enrol(community), utc_now()
    for report in session_reports():
        amina.report(community.lms, report)
    accept(community, amina.report(amina.api, scenes.project(now)), levels=[LEVEL])
    accept(community, amina.report(amina.api, scenes.learning_log(now, whole=True)))

    path = f"/v1/enrolments/{amina.enrolment}/credentials"
    problem = community.administrator.post(path, expect=409)
    assert problem["code"] == "not_complete"
    assert "8 of 9 units are met" in problem["detail"]
    assert "Mentor someone" in problem["detail"]
    progress = amina.progress()
    assert not progress["complete"]
    [shortfall] = progress["shortfalls"]
    assert {key.rpartition("/")[2] for key in shortfall["group"]} == {
        "facilitate",
        "mentor-someone",
        "improve-content",
    }
    assert shortfall["missing"] == 1
    assert progress["next_steps"]
    assert whole(amina.api) == []
    assert amina.api.get(f"/v1/enrolments/{amina.enrolment}")["status"] == "active"


def test_a_project_below_the_level_does_not_count_and_says_so(community: Community) -> None:
    amina = enrol(community)
    project = amina.report(amina.api, scenes.project(utc_now()))
    accept(community, project, levels=[LEVEL | {"level": "started"}])
    progress = amina.progress()
    assert progress["units"]["met"] == 0
    [unused] = progress["unused_evidence"]
    assert unused["evidence"] == project["id"]
    assert "achieved" in unused["why_not"] or "Achieved" in unused["why_not"]


def test_nobody_reviews_or_issues_for_themselves(community: Community) -> None:
    amina = enrol(community)
    project = amina.report(amina.api, scenes.project(utc_now()))
    body = {"decision": "accepted", "comment": "I am good."}
    assert amina.api.post(f"/v1/evidence/{project['id']}/reviews", body, 403)["code"] == "insufficient_scope"
    path = f"/v1/enrolments/{amina.enrolment}/credentials"
    assert amina.api.post(path, expect=403)["code"] == "insufficient_scope"
    item = {"from": "2020-01-01T00:00:00Z"}
    author = community.administrator.post(
        "/v1/tokens", {"name": "ines", "role": "administrator", "subject": "ines"}
    )
    ines = community.service.as_(author["secret"])
    assert ines.post("/v1/content/open-by-design/approvals", item, 409)["code"] == "conflict_of_interest"


def test_definitions_put_again_are_the_same(community: Community) -> None:
    before = community.author("GET", "/v1/passports/community-leadership", 200)
    document = before.json()["document"]
    after = community.author("PUT", "/v1/passports/community-leadership", 200, json=document)
    assert after.headers["etag"] == before.headers["etag"]
    community.author.post("/v1/passports/community-leadership/versions", expect=200)
    changed = document | {"title": "Another title"}
    community.author.put("/v1/passports/community-leadership", changed, 200)
    frozen = community.author.post("/v1/passports/community-leadership/versions", expect=409)
    assert frozen["code"] == "version_exists"


def test_public_pages_need_no_account(stranger: Api) -> None:
    for path in (
        "/",
        "/issuers/community",
        "/achievements/community-leadership/1.0.0",
        "/achievements/community-leadership/1.0.0/criteria",
        "/frameworks/participation-leadership/0.1",
        "/verify",
        "/problems/not_complete",
    ):
        page: httpx.Response = stranger("GET", path, 200, headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
    did = stranger.get("/issuers/community/did.json")
    assert did["id"] == stranger.get("/issuers/community")["id"]
    stranger.get("/health/ready")
