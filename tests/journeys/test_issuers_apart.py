"""Two issuers on one service: what belongs to one is not there for the other."""

from typing import Any

import pytest

from tests.stories import (
    Api,
    Candidate,
    Community,
    Json,
    Service,
    complete,
    enrol,
    found_community,
    receive,
)

MADE_FOR_THIS = ("forms", "opportunities", "trusted-lists", "crosswalks", "issuer-instances")
"""What the story does without: one of each is made from the example in the API's description."""

NAME = "of-the-community"

OWN_NAMES = {
    "frameworks",
    "rubrics",
    "content",
    "passports",
    "series",
    "hubs",
    "vocabularies",
    *MADE_FOR_THIS,
}
"""Their keys are chosen by each issuer: putting one makes one's own."""


def things_of(community: Community, candidate: Candidate) -> dict[str, dict[str, str]]:
    """Return what each collection's path parameters name at an issuer."""
    administrator = community.administrator
    credential = receive(candidate)
    evidence = administrator.get("/v1/evidence")[0]
    document = administrator.get("/openapi.json")
    for name in MADE_FOR_THIS:
        put = document["paths"][f"/v1/{name}/{{key}}"]["put"]
        body = {member: value for member, value in example_of(document, put).items() if member != "key"}
        if name == "crosswalks":  # the example links to another version than the one that is published
            [link] = body["links"]
            body = {**body, "links": [{**link, "to": "participation-leadership@0.1/building-for-action"}]}
        administrator.put(f"/v1/{name}/{NAME}", body)
    form = administrator.post(f"/v1/forms/{NAME}/versions")
    waiver = {"kind": "waive", "node": "mentor-someone", "reason": "She has done it elsewhere."}
    enrolment = enrol(community, "noor").enrolment
    proposed = community.reviewer.post(f"/v1/enrolments/{enrolment}/exceptions", waiver)
    approval = administrator.get("/v1/content/open-by-design/approvals")[0]["id"]
    administrator.put(f"/v1/hubs/{NAME}", {"name": "Learning", "theme": "Learning together."})
    term = {"key": "open-source", "label": {"en": "Open source"}}
    administrator.put(f"/v1/vocabularies/{NAME}", {"title": "Topics", "terms": [term]})
    members = [{"passport": "community-leadership", "required": True}]
    administrator.put(f"/v1/series/{NAME}", {"kind": "Series", "title": "Leaders", "members": members})
    series = administrator.post(f"/v1/series/{NAME}/versions")
    partner = {
        "steward": candidate.id,
        "organisation": "city-library",
        "plan_year": 2016,
        "name": "City Library",
    }
    partnership = administrator.post("/v1/partnerships", partner)
    return {
        **{name: {"key": NAME} for name in MADE_FOR_THIS},
        "forms": {"key": NAME, "version": form["version"]},
        "keys": {"id": administrator.get("/v1/keys")[0]["id"]},
        "achievements": {"key": "community-leadership", "version": "1.0.0"},
        "issuers": {"key": "community"},
        "tokens": {"id": administrator.get("/v1/tokens")[0]["id"]},
        "frameworks": {"key": "participation-leadership", "version": "0.1"},
        "rubrics": {"key": "project-outcomes", "version": "1.0.0"},
        "content": {"key": "open-by-design", "approval": approval},
        "hubs": {"key": NAME},
        "vocabularies": {"key": NAME},
        "series": {"key": NAME, "version": series["version"]},
        "partnerships": {"id": partnership["id"], "number": "1"},
        "cases": {"id": credential["id"]},  # there is none yet
        "passports": {"key": "community-leadership", "version": "1.0.0"},
        "learners": {"id": candidate.id},
        "enrolments": {
            "id": enrolment,
            "exception": proposed["id"],
            "approval": proposed["id"],
            "node": "mentor-someone",
        },
        "evidence": {"id": evidence["id"]},
        "evaluations": {"id": credential["evaluation"]},
        "credentials": {"id": credential["id"]},
    }


def operations(document: Json) -> list[tuple[str, str, Json]]:
    """Return method, path template and request example of each operation under /v1 that names a thing."""
    found = []
    for path, methods in document["paths"].items():
        collection = path.split("/")[2] if path.startswith("/v1/") else ""
        for method, operation in methods.items():
            if "{" not in path or not collection or (method == "put" and collection in OWN_NAMES):
                continue
            if path.endswith(":simulate"):  # answers 422 for a draft that the caller does not have
                continue
            body = example_of(document, operation)
            if path.endswith(":lint"):  # without a document of its own: the draft is meant
                body = None
            found.append((method.upper(), path, body))
    return found


def example_of(document: Json, operation: Json) -> Json:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return None
    schema = body["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return body.get("example") or schema["examples"][0]


def seen_by(api: Api) -> dict[str, Any]:
    """Return everything that the lists of an issuer show."""
    lists = ("frameworks", "rubrics", "content", "passports", "learners", "enrolments", "evidence")
    return {name: api.get(f"/v1/{name}?limit=200") for name in (*lists, "credentials", "tokens")}


@pytest.fixture
def other(service: Service) -> Api:
    return service.administrator_of("other")


def test_every_thing_of_an_issuer_is_not_found_for_another(community: Community, other: Api) -> None:
    amina = enrol(community)
    complete(community, amina)
    things = things_of(community, amina)
    before = seen_by(community.administrator)
    document = other.get("/openapi.json")
    asked = operations(document)
    assert len(asked) >= 25
    for method, template, body in asked:
        path = template.format(**things[template.split("/")[2]])
        answer = other(method, path, json=body)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.json()["code"] == "not_found"
    assert seen_by(community.administrator) == before
    assert {name: rows for name, rows in seen_by(other).items() if rows and name != "tokens"} == {}


def test_another_issuers_things_cannot_be_named_in_a_body(community: Community, other: Api) -> None:
    amina = enrol(community)
    order = {"learner": amina.id, "passport": "community-leadership"}
    refused = other.post("/v1/enrolments", order, 422)
    assert refused["errors"][0]["code"] == "learner_unknown"
    token = {"name": "Amina", "role": "learner", "learner": amina.id}
    assert other.post("/v1/tokens", token, 422)["errors"][0]["code"] == "learner_unknown"


def test_the_same_key_is_a_thing_of_its_own_at_each_issuer(community: Community) -> None:
    service = community.service
    second = found_community(service, "second")
    mine = community.administrator.get("/v1/passports/community-leadership/versions/1.0.0")
    theirs = second.administrator.get("/v1/passports/community-leadership/versions/1.0.0")
    assert mine["public_key"] == "community-leadership"
    assert theirs["public_key"] == "community-leadership.second"
    stranger = service.as_(None)
    first = stranger.get("/achievements/community-leadership/1.0.0")
    other = stranger.get("/achievements/community-leadership.second/1.0.0")
    assert first["id"] != other["id"]
    benja = enrol(second, "benja")
    complete(second, benja)
    credential = receive(benja)
    assert credential["achievement"] == "community-leadership.second/1.0.0"
    assert stranger.post("/verify", {"url": credential["url"]}, expect=200)["verified"]
    assert enrol(community, "benja").id != benja.id


def test_a_learner_sees_only_themselves(community: Community) -> None:
    amina, benja = enrol(community), enrol(community, "benja")
    complete(community, amina)
    things = things_of(community, amina)
    for collection in ("learners", "enrolments", "evidence", "evaluations", "credentials"):
        path = f"/v1/{collection}/{things[collection]['id']}"
        assert benja.api.get(path, 404)["code"] == "not_found"
    assert benja.api.get(f"/v1/enrolments/{amina.enrolment}/progress", 404)["code"] == "not_found"
    assert benja.api.get("/v1/evidence") == []
    assert [learner["id"] for learner in benja.api.get("/v1/learners")] == [benja.id]
    assert [enrolment["id"] for enrolment in benja.api.get("/v1/enrolments")] == [benja.enrolment]
