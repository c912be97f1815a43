"""Two years later: one bridge was kept up and one was let go, and both stewards come to renew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.domain.instants import format_instant
from tests.bridges import (
    BRIDGES,
    approve,
    build_bridges,
    check_credential,
    choose,
    explained,
    learn_of_bridges,
    publish_example,
    refused,
)
from tests.stories import (
    Candidate,
    Clock,
    Community,
    Json,
    enrol,
    found_community,
    gather,
    learner_api,
    running,
    wait_for,
)

TWO_YEARS = timedelta(days=732)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def harbour(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Community]:
    """The community with the Building Bridges passport, on a clock that the story sets ahead."""
    with running(database_url, tmp_path, clock=clock) as service:
        community = found_community(service)
        publish_example(community, BRIDGES)
        yield community


def certify(community: Community, name: str) -> tuple[Candidate, str, Json]:
    """Have somebody complete the passport; return their first bridge, to be kept up twice a year, as well."""
    candidate = enrol(community, name, BRIDGES)
    learn_of_bridges(community, candidate)
    choose(community, candidate)
    bridge = build_bridges(community, candidate)[0]
    plan = candidate.api.get(bridge)["maintenance"] | {"cadence": "P6M"}
    candidate.api("PATCH", bridge, 200, json={"maintenance": plan})
    return candidate, bridge, approve(community, candidate)


def let_time_go_by(community: Community, clock: Clock, time: timedelta, credential: Json) -> None:
    """Set the clock ahead, and let the worker renew the status list, which it does in time otherwise."""
    clock.ahead += time
    stranger = community.service.as_(None)

    def is_renewed() -> bool:
        report = stranger.post("/verify", {"url": credential["url"]}, 200)
        return ("status", "pass") in [(each["id"], each["outcome"]) for each in report["checks"]]

    wait_for(is_renewed)


def come_back(community: Community, candidate: Candidate, name: str) -> Candidate:
    """Begin the next cycle, with a new token."""
    api = learner_api(community, candidate.id, name)
    begun = api.post("/v1/enrolments", {"learner": candidate.id, "passport": BRIDGES})
    assert (begun["cycle"], begun["renews"], begun["version"]) == (2, True, "1.0.0")
    return replace(candidate, api=api, enrolment=begun["id"])


def check_in(candidate: Candidate, bridge: str, at: datetime) -> Json:
    return candidate.api.post(f"{bridge}/checkins", {"at": format_instant(at), "note": "Still open."})


def test_whoever_kept_a_bridge_renews_and_whoever_let_it_go_is_told_what_to_do(
    harbour: Community, clock: Clock
) -> None:
    begins = clock()
    amina, kept, first = certify(harbour, "amina")
    jo, lost, _ = certify(harbour, "jo")
    reason = explained(harbour, first)
    assert amina.api.post("/v1/enrolments", {"learner": amina.id, "passport": BRIDGES}, 200)["cycle"] == 1

    let_time_go_by(harbour, clock, TWO_YEARS, first)
    later = gather(harbour.service)
    amina, jo = come_back(later, amina, "amina"), come_back(later, jo, "jo")
    for days in (140, 290, 440, 590):
        assert check_in(amina, kept, begins + timedelta(days=days))["checkins"][-1]["on_time"]
    progress = amina.progress()
    assert [(each["key"], each["status"]) for each in progress["nodes"]] == [
        ("renew", "met"),
        ("still-alive", "met"),
    ]
    second = approve(later, amina)
    subject = check_credential(later, second, "building-bridges/1.0.0")
    assert subject["achievement"]["achievementType"] == "Certification"
    assert second["id"] != first["id"]
    assert second["awarded_at"] == first["awarded_at"] < second["valid_from"]
    expired = later.service.as_(None).post("/verify", {"url": first["url"]}, 200)
    failed = [each["id"] for each in expired["checks"] if each["outcome"] == "fail"]
    assert (expired["verified"], failed) == (False, ["validity"])
    assert explained(later, first) == reason

    is_told(later, jo, lost, "is dormant: check in, which wakes it, and go on doing so on time")
    woken = check_in(jo, lost, clock() - timedelta(minutes=1))
    assert (woken["status"], woken["checkins"][-1]["on_time"]) == ("maintained", False)
    is_told(later, jo, lost, "is maintained: check in on time")
    let_time_go_by(later, clock, timedelta(days=30), first)
    assert check_in(jo, lost, clock() - timedelta(minutes=1))["checkins"][-1]["on_time"]
    assert jo.progress()["complete"]
    check_credential(later, approve(later, jo), "building-bridges/1.0.0")


def is_told(community: Community, candidate: Candidate, bridge: str, advice: str) -> None:
    """Check that the candidate is short, and told to do just this about the bridge."""
    assert refused(community, candidate)["code"] == "not_complete"
    progress = candidate.progress()
    assert (progress["status"], progress["units"]["met"]) == ("lapsed", 0)
    [gap] = progress["shortfalls"]
    assert gap["text"].startswith("Your bridges still stand: 1 more piece of evidence is needed")
    step = next(each for each in progress["next_steps"] if each["ref"] == bridge.rpartition("/")[2])
    assert step["reason"] == f"Partnership with city-library {advice}"
    assert step["closes"] == ["still-alive"]
