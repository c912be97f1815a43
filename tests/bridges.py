"""The example passports that stand on the first one: published, approved, and Building Bridges acted out."""

from datetime import UTC, timedelta

from app.domain.digests import digest_of
from app.main import utc_now
from tests.stories import EXAMPLES, Candidate, Community, Json, accept, publish_bundle

BRIDGES = "building-bridges"
IOT = "iot-project-lead"
APPROVERS = {BRIDGES: {"role": "mentor"}, IOT: {"role": "hub_admin", "hub": "internet-of-things"}}


def publish_example(community: Community, passport: str) -> None:
    """Publish the bundle of an example that stands on the first one."""
    folder = EXAMPLES.parent / passport
    publish_bundle(community, {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))})


def check_credential(community: Community, credential: Json, achievement: str) -> Json:
    """Verify the credential as a stranger would, and ask why it was issued; return its subject."""
    stranger = community.service.as_(None)
    assert credential["achievement"] == achievement
    report = stranger.post("/verify", {"url": credential["url"]}, 200)
    assert report["verified"], report["checks"]
    explained(community, credential)
    return stranger.get(credential["url"] + ".json")["credentialSubject"]


def explained(community: Community, credential: Json) -> Json:
    """Return why a credential was issued: the frozen answer, which has the digest that its record carries."""
    evaluation = community.administrator.get(f"/v1/evaluations/{credential['evaluation']}")
    frozen = evaluation["document"]
    assert credential["evaluation_digest"] == evaluation["digest"] == digest_of(frozen)
    assert frozen.get("milestone") == credential["milestone"]
    node = next(each for each in frozen["nodes"] if credential["milestone"] in {None, each["key"]})
    assert node["status"] in {"met", "waived"}
    return evaluation


def approve(community: Community, candidate: Candidate) -> Json:
    """Let somebody who holds the position that the passport asks for approve; return the credential."""
    path = f"/v1/enrolments/{candidate.enrolment}"
    waiting = refused(community, candidate)
    assert "waits for one approval" in waiting["detail"]
    position = {"hub": None} | APPROVERS[candidate.progress()["passport"]]
    order = {"name": "omar", "role": "reviewer", "subject": "omar", "positions": [position]}
    omar = community.service.as_(community.administrator.post("/v1/tokens", order)["secret"])
    omar.post(f"{path}/approvals", {"comment": "I was there."})
    issued: Json = community.administrator("POST", f"{path}/credentials").json()
    return issued


def refused(community: Community, candidate: Candidate) -> Json:
    """Return why no credential is issued to the candidate, who has none for this passport."""
    return community.administrator.post(f"/v1/enrolments/{candidate.enrolment}/credentials", None, 409)


def days_ago(days: int) -> str:
    return (utc_now() - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%dT10:00:00Z")


SOUND = {"rubric": "partnership-practices", "criterion": "maintenance", "level": "sound"}
KINDS = ["shared space", "shared media", "a booth", "a joint project", "a venue"]
STEPS = ("Call the head librarian", "See the room", "Write down who gives what", "Open the club")


def learn_of_bridges(community: Community, candidate: Candidate) -> None:
    """Do what the passport asks for beside partnerships and the learning of one's own choice."""
    session = {
        "content": "building-bridges-session",
        "title": "Building bridges",
        "occurred_at": days_ago(90),
    }
    candidate.report(community.lms, {"kind": "attendance", **session})
    note = "A library has rooms and families, and we have what to do in them on a Saturday."
    for form, data in (
        ("partnership-value-note@1", {"note": note}),
        ("partnership-types@1", {"types": KINDS}),
    ):
        told = {"kind": "artifact", "title": form, "occurred_at": days_ago(80), "form": form, "data": data}
        accept(community, candidate.report(candidate.api, told))
    talk = {"kind": "assessment", "title": "What keeps a bridge standing", "occurred_at": days_ago(70)}
    accept(community, candidate.report(candidate.api, talk), levels=[SOUND])


def choose(community: Community, candidate: Candidate) -> None:
    log = {
        "kind": "learning_log",
        "title": "How libraries decide",
        "occurred_at": days_ago(60),
        "topics": ["libraries"],
        "minutes": 150,
        "reflection": "The one who says yes is not the one who has the key.",
        "outcomes": {"what-i-will-use": "Ask for the key first."},
    }
    accept(community, candidate.report(candidate.api, log))


def find_partners(candidate: Candidate, *names: str) -> list[str]:
    """Identify partners, the most valuable one first; return the addresses of their records."""
    orders = [
        {"steward": candidate.id, "organisation": name, "plan_year": 2026, "priority": place}
        | {"goals": ["A club for families"], "types": ["joint-project"]}
        for place, name in enumerate(names, start=1)
    ]
    return [f"/v1/partnerships/{candidate.api.post('/v1/partnerships', each)['id']}" for each in orders]


def design(candidate: Candidate, bridge: str) -> None:
    for text in STEPS:
        candidate.api.post(f"{bridge}/actions", {"text": text})
    plan = {"cadence": "P1M", "agreed_at": days_ago(50), "review_on": "2027-06-01"}
    candidate.api("PATCH", bridge, 200, json={"maintenance": plan})


def cross(community: Community, candidate: Candidate, bridge: str) -> None:
    """Do the first step, have the partner confirm over the platform, and check in on time."""
    candidate.api("PATCH", f"{bridge}/actions/1", 200, json={"done_at": days_ago(55)})
    community.lms.post(f"{bridge}/confirm", {"at": days_ago(50), "note": "We opened together."}, 200)
    kept = candidate.api.post(f"{bridge}/checkins", {"at": days_ago(25), "note": "Nine children came."})
    assert (kept["status"], kept["checkins"][0]["on_time"]) == ("maintained", True)


def build_bridges(community: Community, candidate: Candidate) -> list[str]:
    bridges = find_partners(candidate, "city-library", "museum", "harbour-club")
    design(candidate, bridges[0])
    cross(community, candidate, bridges[0])
    return bridges
