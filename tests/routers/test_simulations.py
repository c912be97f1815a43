"""Passports looked over and tried out over HTTP; nothing is stored."""

from typing import Any

from app.domain.digests import canonical
from tests.clients import World

PROJECTS: dict[str, Any] = {
    "version": "1.0.0",
    "title": "Two projects",
    "rule": {"key": "projects", "experience": {"template": "community-project", "count": 2}},
}


def row(number: int) -> dict[str, Any]:
    acted = {"kind": "experience", "template": "community-project", "occurred_at": f"2016-01-{number:02}"}
    return {"id": f"ev_{number}", "assurance": "reviewed", **acted}


def test_a_draft_and_a_document_are_looked_over(world: World) -> None:
    draft = world.admin.post("/v1/passports/small:lint", None, expect=200)
    assert (draft["publishable"], draft["faults"]) == (True, [])
    assert [each["code"] for each in draft["warnings"]] == ["no_online_route"]
    found = world.admin.post("/v1/passports/new:lint", PROJECTS, expect=200)
    assert (found["publishable"], found["faults"]) == (False, [])
    assert {each["code"] for each in found["warnings"]} == {"missing_section"}
    broken = world.admin.post(
        "/v1/passports/new:lint", PROJECTS | {"rule": {"key": "x", "all_of": []}}, expect=200
    )
    assert [each["pointer"] for each in broken["faults"]] == ["/rule/all_of"]
    assert world.admin.post("/v1/passports/lost:lint", None, expect=404)["code"] == "not_found"


def test_a_simulation_answers_the_same_bytes_whatever_the_order(world: World) -> None:
    body: dict[str, Any] = {"passport": PROJECTS, "evidence": [row(3), row(4), row(5)], "as_of": "2016-02-01"}
    answers = [
        world.admin.post("/v1/passports/new:simulate", body | {"evidence": rows}, expect=200)
        for rows in (body["evidence"], body["evidence"][::-1])
    ]
    assert canonical(answers[0]) == canonical(answers[1])
    assert (answers[0]["status"], answers[0]["units"]["met"]) == ("met", 2)
    assert world.admin.get("/v1/passports/new", expect=404)["code"] == "not_found"


def test_a_rule_that_lint_refuses_is_not_simulated(world: World) -> None:
    body = {
        "passport": PROJECTS | {"rule": {"key": "x", "all_of": []}},
        "evidence": [],
        "as_of": "2016-02-01",
    }
    refused = world.admin.post("/v1/passports/new:simulate", body, expect=422)
    assert [each["code"] for each in refused["errors"]] == ["empty_group"]
    draft = {"evidence": [], "as_of": "2016-02-01"}
    assert world.admin.post("/v1/passports/small:simulate", draft, expect=200)["status"] == "unmet"


def test_a_simulation_judges_by_the_renewal_when_asked_and_stores_nothing(world: World) -> None:
    renewable = PROJECTS | {"valid_for": "P1Y", "renewal": {"key": "again", "experience": {"within": "P1Y"}}}
    body: dict[str, Any] = {"passport": renewable, "evidence": [row(3)], "as_of": "2016-02-01"}
    url = "/v1/passports/new:simulate"
    assert not world.admin.post(url, body, expect=200)["complete"]
    renewed = world.admin.post(url, body | {"renews": True}, expect=200)
    assert (renewed["complete"], [node["key"] for node in renewed["nodes"]]) == (True, ["again"])
    refused = world.admin.post(url, body | {"passport": PROJECTS, "renews": True}, expect=422)
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/renews", "no_renewal")]


def test_a_simulation_offers_the_opportunities_that_are_posted_or_those_that_come_along(
    world: World,
) -> None:
    docs = {"title": "Write the docs", "template": "community-project"}
    world.admin.send("PUT", "/v1/opportunities/docs", 201, json=docs)
    body: dict[str, Any] = {"passport": PROJECTS, "evidence": [row(3)], "as_of": "2016-02-01"}
    lamp = {"key": "lamp", "title": "A lamp", "template": "community-project"}
    for known, offered in (({}, "docs"), ({"catalogue": {"opportunities": [lamp]}}, "lamp")):
        answer = world.admin.post("/v1/passports/new:simulate", body | known, expect=200)
        assert [step["ref"] for step in answer["next_steps"]] == [
            f"opportunity:{offered}",
            "template:community-project",
        ]


SERIES: dict[str, Any] = {"title": "Both", "members": [{"passport": "small"}, {"passport": "other"}]}


def test_a_series_is_looked_over_and_tried_out_like_a_passport(world: World) -> None:
    short = world.admin.post("/v1/series/both:lint", SERIES, expect=200)
    assert (short["publishable"], [each["pointer"] for each in short["faults"]]) == (
        False,
        ["/members/1/passport"],
    )
    world.admin.send("PUT", "/v1/series/both", 201, json=SERIES | {"complete_when": {"n": 1}})
    found = world.admin.post("/v1/series/both:lint", None, expect=200)
    assert (found["publishable"], found["faults"]) == (True, [])
    held = {"kind": "credential", "passport": "small", "version": "1.0.0", "verified": True, "bound": True}
    body = {"evidence": [row(3) | held | {"assurance": "signed"}], "as_of": "2016-02-01"}
    assert world.admin.post("/v1/series/both:simulate", body, expect=200)["complete"]
    tried = world.admin.post("/v1/series/both:simulate", body | {"series": SERIES}, expect=422)
    assert tried["code"] == "lint_failed"
    assert world.admin.post("/v1/passports/both:lint", None, expect=404)["code"] == "not_found"
    assert world.admin.post("/v1/series/small:lint", None, expect=404)["code"] == "not_found"
