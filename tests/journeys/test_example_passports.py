"""The example passports, published from their YAML, and four learners of each."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.demo import scenes
from app.main import utc_now
from tests.bridges import (
    BRIDGES,
    IOT,
    approve,
    build_bridges,
    check_credential,
    choose,
    cross,
    days_ago,
    design,
    find_partners,
    learn_of_bridges,
    publish_example,
    refused,
)
from tests.stories import (
    EXAMPLES,
    LEVEL,
    Candidate,
    Community,
    Json,
    accept,
    complete,
    enrol,
    publish_bundle,
    receive,
    session_reports,
    wait_for,
    whole,
)

LEADS = {"rubric": "project-lead", "criterion": "leadership", "level": "leads-others"}


@pytest.fixture
def hub(community: Community) -> Community:
    """The community with the IoT Project Lead passport published as well."""
    publish_example(community, IOT)
    return community


@pytest.fixture
def harbour(community: Community) -> Community:
    """The community with the Building Bridges passport published as well."""
    publish_example(community, BRIDGES)
    return community


def publish_later_version(community: Community, passport: str, *changes: tuple[str, str]) -> None:
    text = (EXAMPLES.parent / passport / "passport.yaml").read_text("utf-8")
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    publish_bundle(community, {"passport.yaml": text})


def let_off(community: Community, candidate: Candidate, node: str) -> None:
    """Let a reviewer propose a waiver, and somebody else grant it."""
    path = f"/v1/enrolments/{candidate.enrolment}/exceptions"
    reason = "There is no event within reach this year."
    waiver = community.reviewer.post(path, {"kind": "waive", "node": node, "reason": reason})
    decision = {"decision": "granted", "reason": "I asked the organisers."}
    community.reviewer("POST", f"{path}/{waiver['id']}/decisions", 403, json=decision)
    granted = community.approver.post(f"{path}/{waiver['id']}/decisions", decision)
    assert (granted["proposed_by"], granted["decisions"][0]["decided_by"]) == ("rosa", "ben")


# Community Leadership -------------------------------------------------------------------------------


def all_but_the_log(community: Community, candidate: Candidate) -> None:
    now = utc_now()
    for report in session_reports():
        candidate.report(community.lms, report)
    accept(community, candidate.report(candidate.api, scenes.project(now)), levels=[LEVEL])
    accept(community, candidate.report(candidate.api, scenes.mentoring(now)))


def test_a_community_leader_completes(community: Community) -> None:
    amina = enrol(community)
    complete(community, amina)
    subject = check_credential(community, receive(amina), "community-leadership/1.0.0")
    assert "narrative" not in subject


def test_a_community_leader_is_told_what_is_missing(community: Community) -> None:
    amina = enrol(community)
    all_but_the_log(community, amina)
    progress = amina.progress()
    assert progress["units"] == {"met": 8, "waived": 0, "pending": 0, "total": 9}
    [missing] = progress["shortfalls"]
    assert missing["text"] == (
        "Learn something you chose: 1 more piece of evidence is needed; none fits so far."
    )
    assert {step["kind"] for step in progress["next_steps"]} == {"choice"}
    assert refused(community, amina)["code"] == "not_complete"
    assert whole(amina.api) == []


def test_what_a_community_leader_was_let_off_stands_in_the_credential(community: Community) -> None:
    amina = enrol(community)
    all_but_the_log(community, amina)
    let_off(community, amina, "choice")
    subject = check_credential(community, receive(amina), "community-leadership/1.0.0")
    assert subject["narrative"] == "1 of 9 requirements was waived by the issuer."


def test_a_community_leader_looks_at_a_new_version_and_goes_over(community: Community) -> None:
    amina = enrol(community)
    all_but_the_log(community, amina)
    log = scenes.learning_log(utc_now(), whole=True) | {"minutes": 200}
    accept(community, amina.report(amina.api, log))
    [unused] = amina.progress()["unused_evidence"]
    assert "200 minutes" in unused["why_not"]
    changes = ("version: 1.0.0\n", "version: 2.0.0\n"), ("min_minutes: 300", "min_minutes: 180")
    publish_later_version(community, "community-leadership", *changes)
    upgrade = f"/v1/enrolments/{amina.enrolment}/upgrade"
    shown = amina.api.get(upgrade)
    assert (shown["version"], shown["policy"]) == ("2.0.0", "offer")
    assert [shown[side]["units"]["met"] for side in ("current", "upgraded")] == [8, 9]
    assert amina.progress()["version"] == "1.0.0"
    assert amina.api.post(upgrade, {"version": "2.0.0"}, 200)["version"] == "2.0.0"
    check_credential(community, receive(amina), "community-leadership/2.0.0")


# IoT Project Lead -----------------------------------------------------------------------------------


def iot_learning(days: int = 60) -> list[dict[str, Json]]:
    return [
        {"kind": kind, "title": content, "content": content, "occurred_at": days_ago(days)}
        for kind, content in (
            ("attendance", "things-that-keep-secrets"),
            ("content_completion", "hardware-to-study"),
        )
    ]


def word_of(mentor: str) -> dict[str, Json]:
    return {
        "kind": "endorsement",
        "title": f"The word of {mentor}",
        "occurred_at": days_ago(9),
        "role": "mentor",
        "endorser": f"{mentor}@example.org",
        "endorser_org": f"The workshop of {mentor}",
    }


def prototype() -> dict[str, Json]:
    return {
        "kind": "experience",
        "title": "The lamp in the window",
        "template": "lead-prototype",
        "opportunity": "workshop-lamp",
        "occurred_at": days_ago(40),
        "topics": ["iot"],
        "minutes": 480,
    }


def welcomed(number: int) -> dict[str, Json]:
    """Return the report of one contribution by somebody else; they come from two communities in turn."""
    return {
        "kind": "experience",
        "title": f"Contribution {number}",
        "template": "contributor-welcomed",
        "occurred_at": days_ago(30 + number),
        "form": "contributor-welcomed",
        "data": {"community": ("makers", "library")[number % 2], "contribution": "Wiring"},
    }


def other_hours() -> list[dict[str, Json]]:
    """Return sixteen hours of other activities; of the exhibition, eight count."""
    talk = {"kind": "attendance", "title": "Summit", "event": "summit", "minutes": 240}
    show = {"kind": "experience", "title": "Exhibition", "template": "exhibition", "minutes": 720}
    return [{**each, "occurred_at": days_ago(20), "topics": ["iot"]} for each in (talk, show)]


def own_choice() -> dict[str, Json]:
    return scenes.learning_log(utc_now(), whole=False) | {
        "title": "Twelve sensors compared",
        "topics": ["embedded-systems"],
        "minutes": 700,
    }


def lead(community: Community, candidate: Candidate) -> None:
    """Do all that the passport asks for, save the learning of one's own choice and the word of mentors."""
    for report in iot_learning():
        candidate.report(community.lms, report)
    accept(community, candidate.report(candidate.api, prototype()), levels=[LEADS])
    talk, show = other_hours()
    candidate.report(community.lms, talk)
    for report in (show, *(welcomed(number) for number in range(4))):
        accept(community, candidate.report(candidate.api, report))


def vouch(community: Community, candidate: Candidate, *mentors: str) -> None:
    for mentor in mentors:
        candidate.report(community.lms, word_of(mentor))


def enrol_leader(community: Community) -> Candidate:
    """Bring a learner who holds the Community Leadership Passport, and enrol them for this one."""
    amina = enrol(community)
    complete(community, amina)
    receive(amina)
    order = {"learner": amina.id, "passport": IOT}
    return replace(amina, enrolment=amina.api.post("/v1/enrolments", order)["id"])


def test_a_project_lead_completes_and_is_approved(hub: Community) -> None:
    amina = enrol_leader(hub)
    lead(hub, amina)
    vouch(hub, amina, "ben", "cleo")
    accept(hub, amina.report(amina.api, own_choice()))
    progress = amina.progress()
    assert (progress["complete"], progress["shortfalls"]) == (True, [])
    hub.lms("POST", f"/v1/enrolments/{amina.enrolment}/credentials", 409)
    credential = approve(hub, amina)
    check_credential(hub, credential, "iot-project-lead/1.2.0")
    until = datetime.fromisoformat(credential["valid_until"])
    assert until.year - datetime.fromisoformat(credential["valid_from"]).year == 3


def test_a_project_lead_is_told_what_is_missing(hub: Community) -> None:
    jo = enrol(hub, "jo", IOT)
    for report in iot_learning():
        jo.report(hub.lms, report)
    accept(hub, jo.report(jo.api, prototype()), levels=[LEADS | {"level": "leads-self"}])
    for number in (0, 2):  # both from one community
        accept(hub, jo.report(jo.api, welcomed(number)))
    said = [missing["text"].split(": ") for missing in jo.progress()["shortfalls"]]
    assert said == [
        [
            "Lead a provocative prototype that answers a need of the project",
            "1 more piece of evidence is needed; none fits so far.",
        ],
        [
            "Bring at least four contributions by people other than you, from two different communities",
            "2 more pieces of evidence are needed; 2 of 4 are there. At least 2 have to differ in community.",
        ],
        [
            "Twenty hours of leading, of which at most eight count from one kind of activity",
            "8 hours of 20 hours so far.",
        ],
        [
            "Two mentors, from different organisations, vouch for you",
            (
                "2 more pieces of evidence are needed; none fits so far. At least 2 have to differ in "
                "endorser's organisation."
            ),
        ],
        [
            (
                "1 more piece of evidence is needed for A course with a signed credential, "
                "A course with another proof or Ten hours of learning by doing; none so far."
            ),
        ],
    ]
    assert refused(hub, jo)["code"] == "not_complete"


def test_a_project_lead_waits_for_the_passport_that_is_required(hub: Community) -> None:
    jo = enrol(hub, "jo", IOT)
    lead(hub, jo)
    vouch(hub, jo, "ben", "cleo")
    accept(hub, jo.report(jo.api, own_choice()))
    progress = jo.progress()
    assert (progress["complete"], progress["issue"]["held_by"]) == (True, ["base"])
    assert "waits for The Community Leadership Passport" in refused(hub, jo)["detail"]


def test_what_a_project_lead_was_let_off_stands_in_the_credential(hub: Community) -> None:
    amina = enrol_leader(hub)
    lead(hub, amina)
    vouch(hub, amina, "ben", "cleo")
    let_off(hub, amina, "choice")
    subject = check_credential(hub, approve(hub, amina), "iot-project-lead/1.2.0")
    assert subject["narrative"].endswith("waived by the issuer.")


def test_a_project_lead_who_would_lose_is_asked_and_who_would_not_is_moved(hub: Community) -> None:
    jo = enrol(hub, "jo", IOT)
    vouch(hub, jo, "ben", "cleo", "dana", "eli")
    amina = enrol_leader(hub)
    lead(hub, amina)
    vouch(hub, amina, "ben", "cleo")
    accept(hub, amina.report(amina.api, own_choice() | {"minutes": 300}))
    before = "evidence: [learning_log, artifact]\n            min_minutes: "
    publish_later_version(
        hub,
        IOT,
        ("version: 1.2.0", "version: 2.0.0"),
        ("by_role: mentor, count: 2", "by_role: mentor, count: 4"),
        (f"{before}600", f"{before}240"),
    )
    wait_for(lambda: jo.progress()["version"] == "2.0.0")
    upgrade = f"/v1/enrolments/{amina.enrolment}/upgrade"
    shown = amina.api.get(upgrade)
    assert (shown["version"], shown["policy"]) == ("2.0.0", "if_not_worse")
    missing = [[each["group"] for each in shown[side]["shortfalls"]] for side in ("current", "upgraded")]
    assert missing == [[["course", "course-unsigned", "learning-by-doing"]], [["vouched"]]]
    assert amina.progress()["version"] == "1.2.0"
    amina.api.post(upgrade, {"version": "2.0.0"}, 200)
    vouch(hub, amina, "dana", "eli")
    check_credential(hub, approve(hub, amina), "iot-project-lead/2.0.0")


# Building Bridges -----------------------------------------------------------------------------------


def test_a_builder_of_bridges_completes_and_is_approved(harbour: Community) -> None:
    amina = enrol(harbour, "amina", BRIDGES)
    learn_of_bridges(harbour, amina)
    choose(harbour, amina)
    [first, *_] = build_bridges(harbour, amina)
    progress = amina.progress()
    assert (progress["complete"], progress["shortfalls"]) == (True, [])
    crossed = next(each for each in progress["nodes"] if each["key"] == "crossed")
    assert crossed["observed"][0]["why"] == "Partnership with city-library; maintained; assurance attested"
    credential = approve(harbour, amina)
    subject = check_credential(harbour, credential, "building-bridges/1.0.0")
    assert subject["achievement"]["achievementType"] == "Certification"
    frozen = amina.api.get(amina.progress()["explain_url"])
    amina.api.post(f"{first}/close", {"reason": "The library moved away."}, 200)
    assert amina.api.get(amina.progress()["explain_url"]) == frozen


def test_a_builder_of_bridges_is_told_what_is_missing(harbour: Community) -> None:
    amina = enrol(harbour, "amina", BRIDGES)
    learn_of_bridges(harbour, amina)
    choose(harbour, amina)
    bridges = find_partners(amina, "city-library", "museum")
    design(amina, bridges[0])
    said = {missing["group"][0]: missing["text"] for missing in amina.progress()["shortfalls"]}
    assert said == {
        "three-candidates": (
            "Identify three potential partners and put them in order of value for your goals: 1 more piece "
            "of evidence is needed; 2 of 3 are there. At least 3 have to differ in organisation."
        ),
        "crossed": (
            "The partner confirms the bridge, and you checked in at least once on time: 1 more piece of "
            "evidence is needed; none fits so far."
        ),
    }
    assert refused(harbour, amina)["code"] == "not_complete"
    problem = harbour.lms("POST", f"{bridges[0]}/confirm", 409, json={}).json()
    assert "designed" in problem["detail"]


def test_what_a_builder_of_bridges_was_let_off_stands_in_the_credential(harbour: Community) -> None:
    amina = enrol(harbour, "amina", BRIDGES)
    learn_of_bridges(harbour, amina)
    build_bridges(harbour, amina)
    let_off(harbour, amina, "choice")
    subject = check_credential(harbour, approve(harbour, amina), "building-bridges/1.0.0")
    assert subject["narrative"] == "1 of 11 requirements was waived by the issuer."


def test_a_builder_of_bridges_looks_at_a_new_version_and_goes_over(harbour: Community) -> None:
    amina = enrol(harbour, "amina", BRIDGES)
    learn_of_bridges(harbour, amina)
    choose(harbour, amina)
    [first] = find_partners(amina, "city-library")
    design(amina, first)
    cross(harbour, amina, first)
    publish_later_version(
        harbour,
        BRIDGES,
        ("version: 1.0.0\n", "version: 2.0.0\n"),
        ("            count: 3\n", ""),
        ("            distinct: {by: organisation, at_least: 3}\n", ""),
    )
    upgrade = f"/v1/enrolments/{amina.enrolment}/upgrade"
    shown = amina.api.get(upgrade)
    assert (shown["version"], shown["policy"]) == ("2.0.0", "offer")
    assert [shown[side]["complete"] for side in ("current", "upgraded")] == [False, True]
    assert amina.progress()["version"] == "1.0.0"
    amina.api.post(upgrade, {"version": "2.0.0"}, 200)
    check_credential(harbour, approve(harbour, amina), "building-bridges/2.0.0")
