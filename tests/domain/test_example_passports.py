"""The other example passports: a learner who completes, one who is short, one who is let off."""

from pathlib import Path
from typing import Any

import pytest

from app import strict_yaml
from app.domain.passports import lint_document, normalise, read_passport
from app.domain.rules.facts import Catalogue
from app.domain.simulations import simulate

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTHING = Catalogue({}, {}, {})
AT = "2016-01-20T09:00:00Z"


def example(name: str, file: str = "passport") -> Any:  # noqa: ANN401 (a document)
    return strict_yaml.loads((EXAMPLES / name / f"{file}.yaml").read_bytes()).value


def catalogue() -> dict[str, Any]:
    shared = "community-leadership"
    content = [dict(each) for each in example(shared, "content")]
    for each in content:
        each["approvals"] = [{"from": "2016-01-01"}]
        each["tags"] = ["iot-privacy"] if each["key"] == "open-by-design" else each.get("tags", [])
        each["tags"] = ["open-hardware"] if each["key"] == "plan-for-impact" else each["tags"]
    bridges = example("building-bridges", "bundle")
    content += [each | {"approvals": [{"from": "2016-01-01"}]} for each in bridges["content"]]
    levels = [{"key": "helps", "title": "Helps"}, {"key": "leads-others", "title": "Leads others"}]
    lead: dict[str, Any] = {"key": "project-lead", "version": "1.0.0", "title": "Project lead"}
    lead["criteria"] = [{"key": "leadership", "title": "Leadership", "levels": levels}]
    return {
        "frameworks": [example(shared, "framework")],
        "rubrics": [lead, *bridges["rubrics"]],
        "content": content,
        "trusted": {"online-course-providers": ["did:key:z6Mk"]},
    }


def simulated(name: str, evidence: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (body)
    body = {"evidence": evidence, "as_of": "2016-03-01T00:00:00Z", "catalogue": catalogue(), **fields}
    return simulate(body, name, example(name), NOTHING).to_document(enrolment="e")


def row(identifier: str, kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of a row)
    return {"id": identifier, "kind": kind, "occurred_at": AT, "assurance": "reviewed", **fields}


def partnership(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of a record)
    record = {
        "status": "prioritised",
        "organisation": f"org-{number}",
        "priority": number,
        "goals": ["reach"],
    }
    return row(f"partner-{number}", "artifact", partnership=record | fields)


BRIDGE = {
    "status": "maintained",
    "actions": ["call", "meet", "write", "do"],
    "maintenance": {"cadence": "P3M", "review_on": "2016-06-01"},
}
LOG = row(
    "log",
    "learning_log",
    topics=["libraries", "iot"],
    outcomes=["what-i-will-use"],
    minutes=700,
    reflection="Much.",
)
SOUND = {"rubric": "partnership-practices", "criterion": "maintenance", "level": "sound"}
BRIDGES = [
    row("session", "attendance", content="building-bridges-session"),
    row("note", "artifact", form="partnership-value-note@1"),
    row("types", "artifact", form="partnership-types@1", data={"types": ["a", "b", "c", "d", "e"]}),
    row("quiz", "assessment", levels=[SOUND]),
    partnership(1, **BRIDGE),
    partnership(2),
    partnership(3),
    LOG,
]
LED = {
    "template": "lead-prototype",
    "opportunity": {"hub": "internet-of-things"},
    "topics": ["iot"],
    "minutes": 480,
}
LEVEL = {"rubric": "project-lead", "criterion": "leadership", "level": "leads-others"}
LEADER = [
    row("privacy", "attendance", content="open-by-design"),
    row("hardware", "content_completion", content="plan-for-impact"),
    row("prototype", "experience", **LED, levels=[LEVEL]),
    *(
        row(f"welcome-{n}", "experience", template="contributor-welcomed", data={"community": "ab"[n % 2]})
        for n in range(4)
    ),
    row("talk", "attendance", topics=["iot"], minutes=240, event="summit"),
    row("show", "experience", template="show", topics=["iot"], minutes=900),
    row("mentor-1", "endorsement", role="mentor", endorser="ben", endorser_org="one"),
    row("mentor-2", "attestation", role="mentor", endorser="cleo", endorser_org="two"),
    LOG,
    row("passport", "credential", passport="community-leadership", version="1.0.0"),
]


@pytest.mark.parametrize(("name", "evidence"), [("building-bridges", BRIDGES), ("iot-project-lead", LEADER)])
def test_a_learner_completes_falls_short_and_is_let_off(name: str, evidence: list[dict[str, Any]]) -> None:
    done = simulated(name, evidence)
    assert [each["key"] for each in done["nodes"] if each["status"] != "met"] in (
        [],
        ["prototyping", "course", "course-unsigned"],
    )
    assert (done["status"], done["shortfalls"]) == ("met", [])
    short = simulated(name, [each for each in evidence if each["id"] != "log"])
    assert (short["status"], short["units"]["total"] - short["units"]["met"]) == ("partial", 1)
    waived = {"id": "w", "kind": "waive", "node": "choice", "granted_at": "2016-01-01"}
    let_off = simulated(name, [each for each in evidence if each["id"] != "log"], exceptions=[waived])
    assert (let_off["status"], let_off["units"]["waived"]) == ("met", 1)
    assert let_off["exceptions"] == [{"id": "w", "kind": "waive", "node": "choice", "effective": True}]


def test_the_issue_waits_for_the_passport_that_is_required() -> None:
    without = simulated("iot-project-lead", [each for each in LEADER if each["id"] != "passport"])
    assert (without["complete"], without["issue"]["held_by"]) == (True, ["base"])


def test_partners_of_one_organisation_are_one_partner() -> None:
    same = [each for each in BRIDGES if each["id"] != "partner-3"] + [partnership(3, organisation="org-2")]
    (group,) = simulated("building-bridges", same)["shortfalls"]
    assert (group["group"], group["missing"]) == (["three-candidates"], 1)


@pytest.mark.parametrize("name", ["building-bridges", "iot-project-lead"])
def test_the_normal_form_reads_back_and_lint_is_content(name: str) -> None:
    passport = read_passport(example(name))
    assert read_passport(normalise(passport)) == passport
    assert passport.rule_digest == read_passport(normalise(passport)).rule_digest
    assert lint_document(example(name) | {"rule": {"key": "x"}}, NOTHING).faults
