"""The IoT Leadership Series, and milestones on the way to it, over HTTP."""

from dataclasses import replace

import pytest

from app.demo import scenes
from app.main import utc_now
from tests.bridges import explained
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
    session_reports,
    wait_for,
)

FOLDER = EXAMPLES.parent / "iot-project-lead"
SERIES = "iot-leadership"


def read_files(**changes: tuple[str, str]) -> dict[str, str]:
    """Return the files of the example, some words of the passport or the series put in other words."""
    files = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    for name, (before, after) in changes.items():
        assert files[f"{name}.yaml"].count(before) == 1, before
        files[f"{name}.yaml"] = files[f"{name}.yaml"].replace(before, after)
    return files


@pytest.fixture
def hub(community: Community) -> Community:
    """The community with the series and all that it stands on published."""
    publish_bundle(community, read_files())
    return community


def on(candidate: Candidate, passport: str) -> Candidate:
    """Return the candidate with an enrolment on another passport, or on a series."""
    order = {"learner": candidate.id, "passport": passport}
    return replace(candidate, enrolment=candidate.api.post("/v1/enrolments", order)["id"])


def receive_for(candidate: Candidate, achievement: str) -> Json:
    """Return the credential of this achievement, once it is issued."""
    return wait_for(lambda: candidate.api.get(f"/v1/credentials?achievement={achievement}"))[0]


def verify(community: Community, credential: Json) -> Json:
    """Verify as a stranger would, and ask why it was issued; return the document."""
    stranger = community.service.as_(None)
    report = stranger.post("/verify", {"url": credential["url"]}, 200)
    assert report["verified"], report["checks"]
    explained(community, credential)
    return stranger.get(credential["url"] + ".json")


def evidence_of(document: Json) -> set[str]:
    return {each["id"] for each in document["evidence"] if each.get("genre") == "OpenBadgeCredential"}


def let_off(community: Community, candidate: Candidate, node: str) -> None:
    path = f"/v1/enrolments/{candidate.enrolment}/exceptions"
    said = {"kind": "waive", "node": node, "reason": "It was not offered this year."}
    waiver = community.reviewer.post(path, said)
    decision = {"decision": "granted", "reason": "I asked the organisers."}
    community.approver.post(f"{path}/{waiver['id']}/decisions", decision)


def lead_community(community: Community, candidate: Candidate) -> Json:
    complete(community, candidate)
    return receive_for(candidate, "community-leadership/1.0.0")


def lead_rust(community: Community, candidate: Candidate) -> Json:
    rust = on(candidate, "rust-project-lead")
    library = scenes.project(utc_now()) | {"title": "A library for sensors", "template": "library-maintained"}
    log = scenes.learning_log(utc_now(), whole=True) | {"title": "Lifetimes", "topics": ["rust"]}
    for report in (library, log):
        accept(community, rust.report(rust.api, report))
    return receive_for(candidate, "rust-project-lead/1.0.0")


def lead_things(community: Community, candidate: Candidate) -> Json:
    """Let the learner off all of IoT Project Lead, which is told elsewhere; officers approve and issue it."""
    things = on(candidate, "iot-project-lead")
    let_off(community, things, "root")
    order = {"name": "omar", "role": "reviewer", "subject": "omar"}
    position = {"role": "hub_admin", "hub": "internet-of-things"}
    omar = community.service.as_(
        community.administrator.post("/v1/tokens", order | {"positions": [position]})["secret"]
    )
    path = f"/v1/enrolments/{things.enrolment}"
    omar.post(f"{path}/approvals", {"comment": "I was there."})
    return community.administrator.post(f"{path}/credentials")


def test_a_milestone_is_issued_on_the_way_and_a_stranger_verifies_it(community: Community) -> None:
    amina = enrol(community)
    for report in session_reports():
        amina.report(community.lms, report)
    credential = receive_for(amina, "community-leadership~content/1.0.0")
    assert credential["milestone"] == "content"
    shown = {each["node"]: each for each in amina.progress()["milestones"]}
    assert (shown["content"]["status"], shown["content"]["credential"]) == ("met", credential["url"])
    assert shown["experience"]["credential"] is None
    document = verify(community, credential)
    achievement = document["credentialSubject"]["achievement"]
    assert achievement["name"] == "Leadership Framework Explorer"
    stranger = community.service.as_(None)
    path = achievement["id"].removeprefix(community.service.origin)
    assert stranger.get(path)["achievementType"] == "Badge"
    assert stranger("GET", f"{path}/image.png", 200).content.startswith(b"\x89PNG")
    why = explained(community, credential)
    assert (why["document"]["milestone"], why["document"]["complete"]) == ("content", False)

    reason = {"reason": "The sessions were not hers."}
    community.administrator.post(f"/v1/credentials/{credential['id']}/revoke", reason, 200)
    accept(community, amina.report(amina.api, scenes.project(utc_now())), levels=[LEVEL])
    accept(community, amina.report(amina.api, scenes.mentoring(utc_now())))
    accept(community, amina.report(amina.api, scenes.learning_log(utc_now(), whole=True)))
    whole = verify(community, receive_for(amina, "community-leadership/1.0.0"))
    rest = receive_for(amina, "community-leadership~experience/1.0.0")
    assert evidence_of(whole) == {rest["url"]}
    assert explained(community, credential) == why


def test_a_learner_completes_the_series(hub: Community) -> None:
    amina = enrol(hub)
    series = on(amina, SERIES)
    assert series.progress()["units"] == {"met": 0, "waived": 0, "pending": 0, "total": 3}
    held = {each(hub, amina)["url"] for each in (lead_community, lead_rust, lead_things)}
    document = verify(hub, receive_for(amina, "iot-leadership/1.0.0"))
    assert evidence_of(document) == held
    assert document["name"] == "IoT Leadership Series"
    assert "narrative" not in document["credentialSubject"]
    assert amina.api.get(f"/v1/enrolments/{series.enrolment}")["status"] == "certified"


def test_a_learner_is_told_which_passport_is_missing(hub: Community) -> None:
    amina = enrol(hub)
    series = on(amina, SERIES)
    credential = lead_community(hub, amina)
    lead_rust(hub, amina)
    wait_for(lambda: series.progress()["units"]["met"] == 2)
    assert [each["group"] for each in series.progress()["shortfalls"]] == [["iot-project-lead"]]
    path = f"/v1/enrolments/{series.enrolment}/credentials"
    assert hub.administrator.post(path, None, 409)["code"] == "not_complete"
    hub.administrator.post(f"/v1/credentials/{credential['id']}/revoke", {"reason": "Not hers."}, 200)
    assert series.progress()["units"]["met"] == 1


def test_what_a_learner_was_let_off_stands_in_the_credential_of_the_series(hub: Community) -> None:
    amina = enrol(hub)
    series = on(amina, SERIES)
    lead_community(hub, amina)
    lead_things(hub, amina)
    let_off(hub, series, "others")
    subject = verify(hub, receive_for(amina, "iot-leadership/1.0.0"))["credentialSubject"]
    assert subject["narrative"] == "1 of 3 requirements was waived by the issuer."


def test_a_learner_goes_over_to_a_new_version_of_the_series(hub: Community) -> None:
    amina = enrol(hub)
    series = on(amina, SERIES)
    lead_community(hub, amina)
    lead_rust(hub, amina)
    changed = (
        "title: IoT Leadership Series\nmembers",
        "version: 2.0.0\ntitle: IoT Leadership Series\nmembers",
    )
    files = read_files(series=changed)
    files["series.yaml"] = (
        files["series.yaml"]
        .replace("title: IoT Project Lead, required: true", "title: IoT Project Lead")
        .replace("n: 3", "n: 2")
    )
    publish_bundle(hub, files)
    upgrade = f"/v1/enrolments/{series.enrolment}/upgrade"
    shown = amina.api.get(upgrade)
    assert (shown["version"], shown["policy"]) == ("2.0.0", "offer")
    assert [shown[side]["complete"] for side in ("current", "upgraded")] == [False, True]
    amina.api.post(upgrade, {"version": "2.0.0"}, 200)
    verify(hub, receive_for(amina, "iot-leadership/2.0.0"))
