"""Passports as code over HTTP."""

import json

from app import strict_yaml
from app.api_route import MAX_BUNDLE
from app.domain.actors import Role
from app.services.plans import MAX_DOCUMENTS
from tests.clients import World

YAML = {"Content-Type": "application/yaml"}
FRAMEWORK = "{kind: Framework, key: another, version: 1, title: T, items: [{code: a, label: A}]}\n"


def test_yaml_of_several_documents_is_planned_applied_and_exported(world: World) -> None:
    author = world.caller(Role.AUTHOR)
    text = f"{FRAMEWORK}---\n{FRAMEWORK.replace('another', 'second')}"
    made = author.send("POST", "/v1/plan", 200, content=text, headers=YAML)
    assert made["summary"] == {"create": 2}
    assert [change["key"] for change in made["changes"]] == ["another", "second"]
    applied = author.post("/v1/apply", {"plan": made["plan"]}, 200)
    assert (applied["changed"], applied["summary"]) == (True, {"create": 2})
    again = author.post("/v1/apply", {"plan": made["plan"]}, 200)
    assert (again["changed"], again["summary"]) == (False, {"unchanged": 2})

    answer = world.client.get("/v1/export", headers={"Authorization": f"Bearer {author.token}"})
    assert answer.headers["Content-Type"].startswith("application/yaml")
    everything = author.send("POST", "/v1/plan", 200, content=answer.text, headers=YAML)
    assert set(everything["summary"]) == {"unchanged"}
    as_json = author.send("GET", "/v1/export", 200, headers={"Accept": "application/json"})
    assert as_json == strict_yaml.loads(answer.text).value
    assert set(author.post("/v1/plan", as_json, 200)["summary"]) == {"unchanged"}
    problem = author.refused("GET", "/v1/export?kinds=rubrics&kinds=hub", 422, "invalid_payload")
    assert [(each["pointer"], each["hint"]) for each in problem["errors"]] == [
        ("#query/kinds", "Did you mean 'hubs'?")
    ]
    assert "frameworks" in problem["detail"]
    part = author.send("GET", "/v1/export?kinds=rubrics&keys=x", 200, headers={"Accept": "application/json"})
    assert part == {}


def test_a_plan_that_went_stale_is_a_conflict(world: World) -> None:
    made = world.admin.send("POST", "/v1/plan", 200, content=FRAMEWORK, headers=YAML)
    other = world.admin.send("POST", "/v1/plan", 200, content=FRAMEWORK.replace("T,", "U,"), headers=YAML)
    world.admin.post("/v1/apply", {"plan": other["plan"]}, 200)
    problem = world.admin.refused("POST", "/v1/apply", 409, "plan_stale", json={"plan": made["plan"]})
    assert "Make the plan again" in problem["hint"]


def test_learners_plan_nothing_that_they_could_apply(world: World) -> None:
    made = world.amina.send("POST", "/v1/plan", 200, content=FRAMEWORK, headers=YAML)
    world.amina.refused("POST", "/v1/apply", 403, "insufficient_scope", json={"plan": made["plan"]})
    world.nobody.refused("POST", "/v1/plan", 401, "not_authenticated", content=FRAMEWORK, headers=YAML)


def test_a_body_that_is_no_bundle_is_refused(world: World) -> None:
    bodies: list[dict[str, object]] = [{"files": []}, {"files": {"a": 1}}, {"files": {}, "file": {}}]
    for body in bodies:
        world.admin.refused("POST", "/v1/plan", 422, "invalid_payload", json=body)
    many = {"files": {f"{number}.yaml": "" for number in range(501)}}
    world.admin.refused("POST", "/v1/plan", 422, "invalid_payload", json=many)
    endless = b"---\n" * (MAX_DOCUMENTS + 1)
    problem = world.admin.refused("POST", "/v1/plan", 422, "invalid_payload", content=endless, headers=YAML)
    assert problem["errors"][0]["detail"] == "A bundle has at most 5000 documents."
    world.admin.refused("POST", "/v1/plan", 400, "malformed_body", content=b"\xff", headers=YAML)
    large = b"#" * (MAX_BUNDLE + 1)
    world.admin.refused("POST", "/v1/plan", 413, "body_too_large", content=large, headers=YAML)
    world.admin.refused("POST", "/v1/apply", 422, "invalid_payload", json={"plan": "nonsense"})
    nothing = world.admin.send("POST", "/v1/plan", 200, content=b"# nothing", headers=YAML)
    assert nothing["summary"] == {}


MISTAKES = {
    "frameworks.yaml": """
kind: Framework
key: Bad Key
versoin: 1
title: [A]
items:
  - {code: a, label: A, parent: nobody}
  - {code: a, label: B, kind: blok}
---
kind: Rubrik
key: r
---
title: whose am I?
items: []
""",
    "content.json": json.dumps(
        [
            {"kind": "session", "key": "talk", "title": "Talk", "origin": "elsewhere", "mode": "online"},
            {"kind": "session", "key": "walk", "title": "Walk", "origin": "in_house", "effort_minutes": "1h"},
        ],
        indent=1,
    ),
    "passport.yaml": """
kind: Passport
key: &anchor two
version: 1.0
title: Two
title: Again
double_counting: never
valid_for: 2 years
milestones: [{node: lost, title: Lost}]
rule:
  key: root
  n_of:
    n: 3
    from:
      - {key: one, content: {keyz: [talk]}}
      - {key: one, experience: {template: t, distinct: {by: x, at_least: 2}}}
---
kind: Passport
alias: *anchor
""",
    "broken.yaml": "kind: Passport\nrule: {\n",
    "tagged.yaml": "!!python/object:os.system {kind: Approval, content: nothing, from: yesterday}\n",
    "series.yaml": "series: [{key: iot}]\npassport: []\n",
    "words.yaml": """
vocabularies:
  - key: topic
    terms:
      - {key: open-source, label: {en: Open source}, aliases: [foss]}
      - {key: foss, label: Free software}
hubs:
  - {key: things, name: Things, parent: thngs}
  - {key: lamps, parent: things}
content:
  - {key: talk, title: Talk, origin: in_house, mode: online, topics: [foss, sauce]}
""",
}


def test_every_mistake_is_named_in_one_answer_with_its_line_and_what_to_do(world: World) -> None:
    made = world.admin.post("/v1/plan", {"files": MISTAKES}, 200)
    assert made["plan"] is None
    found = made["findings"]
    assert len(found) >= 20
    assert {finding["file"] for finding in found} == set(MISTAKES)
    assert all(finding["hint"] and finding["detail"] and finding["code"] for finding in found)
    assert [finding for finding in found if finding["line"] is None] == []
    said = {(finding["file"], finding["line"], finding["code"]) for finding in found}
    assert {
        ("frameworks.yaml", 4, "unknown_key"),
        ("frameworks.yaml", 5, "wrong_type"),
        ("frameworks.yaml", 7, "unknown_reference"),
        ("frameworks.yaml", 10, "wrong_value"),
        ("frameworks.yaml", 13, "missing_kind"),
        ("content.json", 6, "wrong_value"),
        ("passport.yaml", 3, "not_plain_data"),
        ("passport.yaml", 6, "not_plain_data"),
        ("passport.yaml", 7, "wrong_value"),
        ("passport.yaml", 15, "unknown_key"),
        ("passport.yaml", 16, "duplicate_key"),
        ("broken.yaml", 3, "malformed_body"),
        ("tagged.yaml", 1, "not_plain_data"),
        ("words.yaml", 6, "duplicate_key"),
        ("words.yaml", 6, "wrong_type"),
        ("words.yaml", 8, "unknown_reference"),
        ("words.yaml", 9, "missing_key"),
        ("series.yaml", 1, "empty_group"),
        ("series.yaml", 2, "unknown_key"),
    } <= said
