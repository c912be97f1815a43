"""Milestones: parts of a passport that issue credentials of their own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.domain.evaluations import claimed_evidence
from app.errors import InsufficientScopeError, NotCompleteError, NotFoundError
from app.models import Credential, Evaluation
from app.services.credentials import (
    CorrectionOrder,
    correct_credential,
    issue_credential,
    revoke_achievement,
    revoke_credential,
)
from app.services.enrolments import read_progress
from app.services.exceptions import decide_exception, propose_exception
from app.services.facts import load_facts
from app.services.jobs import JobKind, enqueue_job
from app.services.reviews import review_evidence
from app.services.upgrades import accept_upgrade
from app.worker import Worker
from tests.awards import beginner, document_of, equip, issue, work
from tests.ledgers import (
    ACCEPTED,
    ATTENDANCE,
    NOW,
    PASSPORT,
    PROJECT,
    SITE,
    Ledger,
    open_ledger,
    publish_small_passport,
    waiting,
)

LATER = NOW + timedelta(hours=1)
MILESTONES = [
    {"node": "project", "title": "Ran a Project", "achievement_type": "Badge"},
    {"node": "session", "title": "Came Along", "achievement_type": "Achievement"},
]


def on_the_way(engine: Engine, key: str = "community", **passport: object) -> Ledger:
    """Return the ledger of a learner who has run the project and not taken the session."""
    with transaction(engine) as session:
        ledger = open_ledger(session, key, milestones=MILESTONES, **passport)
        equip(session, ledger.issuer)
        evidence = ledger.submit(session, ledger.herself, PROJECT)
        review_evidence(session, ledger.actor(Role.REVIEWER, "rosa"), evidence.id, ACCEPTED, now=NOW)
    return ledger


def do_jobs(engine: Engine) -> None:
    work(Worker(engine, SITE, lambda: LATER))


def attend(engine: Engine, ledger: Ledger) -> None:
    with transaction(engine) as session:
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)


def credentials_of(engine: Engine, ledger: Ledger) -> dict[str, Credential]:
    with transaction(engine) as session:
        own = select(Credential).where(Credential.learner_id == ledger.learner.id)
        return {each.milestone: each for each in session.scalars(own)}


def issue_part(engine: Engine, ledger: Ledger, node: str, actor: str = "ada") -> Credential:
    person = ledger.actor(Role.ADMINISTRATOR, actor)
    begin = beginner(engine)
    return issue_credential(begin, person, ledger.enrolment.id, site=SITE, now=LATER, milestone=node)[0]


def milestones_of(session: Session, ledger: Ledger) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = read_progress(session, ledger.herself, ledger.enrolment.id, now=LATER)[
        "milestones"
    ]
    return shown


def test_a_milestone_that_is_reached_is_issued_once_by_the_worker(engine: Engine) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    [credential] = credentials_of(engine, ledger).values()
    assert (credential.milestone, credential.status) == ("project", "issued")
    assert credential.achievement == "small~project/1.0.0"
    document = document_of(credential)
    achievement = document["credentialSubject"]["achievement"]
    assert document["name"] == achievement["name"] == "Ran a Project"
    assert achievement["id"] == f"{SITE.public_url}/achievements/small~project/1.0.0"
    assert achievement["achievementType"] == "Badge"
    assert achievement["humanCode"] == "small~project"
    assert "Take the session" not in achievement["criteria"]["narrative"]
    attend(engine, ledger)
    do_jobs(engine)
    assert issue_part(engine, ledger, "project").id == credential.id
    assert set(credentials_of(engine, ledger)) == {"", "project", "session"}


def test_progress_shows_milestones_and_where_their_credentials_are(engine: Engine) -> None:
    ledger = on_the_way(engine)
    with transaction(engine) as session:
        project, came = milestones_of(session, ledger)
    assert project == {"node": "project", "title": "Ran a Project", "status": "met", "credential": None}
    assert (came["status"], came["credential"]) == ("unmet", None)
    do_jobs(engine)
    with transaction(engine) as session:
        project, _ = milestones_of(session, ledger)
    assert project["credential"] == credentials_of(engine, ledger)["project"].url


def test_the_passport_names_the_credentials_of_its_milestones_as_evidence(engine: Engine) -> None:
    ledger = on_the_way(engine)
    attend(engine, ledger)
    issued = issue(engine, ledger)
    held = credentials_of(engine, ledger)
    assert {each.status for each in held.values()} == {"issued"}
    entries = {each["id"]: each for each in document_of(issued)["evidence"] if "id" in each}
    assert set(entries) == {held["project"].url, held["session"].url}
    assert entries[held["project"].url]["genre"] == "OpenBadgeCredential"
    assert entries[held["project"].url]["name"] == "Ran a Project"
    with transaction(engine) as session:
        assert {each["credential"] for each in milestones_of(session, ledger)} == set(entries)


def test_a_milestone_that_was_revoked_is_not_named_and_not_issued_again(engine: Engine) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    revoked = credentials_of(engine, ledger)["project"]
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), revoked.id, "Not hers.", now=LATER)
    attend(engine, ledger)
    named = [each.get("id") for each in document_of(issue(engine, ledger))["evidence"]]
    held = credentials_of(engine, ledger)
    assert held["session"].url in named
    assert revoked.url not in named
    assert held["project"].id == revoked.id


def test_all_credentials_of_a_milestone_can_be_revoked(engine: Engine) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    with transaction(engine) as session:
        actor, address = ledger.actor(Role.ADMINISTRATOR), ("small~project", "1.0.0")
        found = revoke_achievement(session, actor, address, "A mistake.", dry_run=False, now=LATER)
    assert found.count == 1
    assert credentials_of(engine, ledger)["project"].status == "revoked"


def test_a_milestone_can_be_corrected(engine: Engine) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    before = credentials_of(engine, ledger)["project"]
    with transaction(engine) as session:
        learner = session.merge(ledger.learner)
        learner.did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    actor, order = ledger.actor(Role.ADMINISTRATOR), CorrectionOrder("She has a DID now.")
    after = correct_credential(beginner(engine), actor, before.id, order, site=SITE, now=LATER)
    document = document_of(after)
    assert (after.id, document["name"]) == (before.id, "Ran a Project")
    assert document["credentialSubject"]["id"].startswith("did:key:")


def test_where_the_passport_waits_for_approval_so_does_the_milestone(engine: Engine) -> None:
    ledger = on_the_way(engine, issue={"mode": "on_approval"})
    do_jobs(engine)
    assert credentials_of(engine, ledger) == {}
    with pytest.raises(NotCompleteError, match="0 of 1 units"):
        issue_part(engine, ledger, "session")
    assert issue_part(engine, ledger, "project").milestone == "project"
    assert set(credentials_of(engine, ledger)) == {"project"}


def test_a_milestone_that_was_waived_is_for_an_administrator_to_issue(engine: Engine) -> None:
    rule = {"kind": "waive", "node": "project", "reason": "Known for years."}
    with transaction(engine) as session:
        ledger = open_ledger(session, milestones=MILESTONES)
        equip(session, ledger.issuer)
        reviewer, officer = ledger.actor(Role.REVIEWER, "rosa"), ledger.actor(Role.ADMINISTRATOR, "ben")
        said = propose_exception(session, reviewer, ledger.enrolment.id, rule, now=NOW)[0]
        place = (ledger.enrolment.id, said.id)
        decide_exception(session, officer, place, "granted", "Checked.", now=NOW)
    do_jobs(engine)
    assert credentials_of(engine, ledger) == {}
    lms = ledger.actor(Role.INTEGRATION)
    with pytest.raises(InsufficientScopeError, match="this milestone was waived"):
        issue_credential(
            beginner(engine), lms, ledger.enrolment.id, site=SITE, now=LATER, milestone="project"
        )
    document = document_of(issue_part(engine, ledger, "project"))
    assert document["credentialSubject"]["narrative"] == "1 of 1 requirement was waived by the issuer."


def test_a_node_without_a_milestone_has_nothing_to_issue(engine: Engine) -> None:
    ledger = on_the_way(engine)
    with pytest.raises(NotFoundError, match="no milestone root") as refusal:
        issue_part(engine, ledger, "root")
    assert refusal.value.hint == "Allowed: project, session."


def test_why_a_milestone_was_issued_is_kept(engine: Engine) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    credential = credentials_of(engine, ledger)["project"]
    with transaction(engine) as session:
        frozen = session.get_one(Evaluation, credential.evaluation_id)
        [row] = load_facts(session, {ledger.learner.id}, held=True)[ledger.learner.id]
    assert (frozen.milestone, frozen.document["milestone"]) == ("project", "project")
    assert frozen.document["explain_url"].endswith(frozen.id)
    assert claimed_evidence(frozen.document) == {row.id}
    assert row.frozen_in == ()


def test_a_job_that_comes_too_late_does_nothing(engine: Engine) -> None:
    ledger = on_the_way(engine)
    with transaction(engine) as session:
        payload = {"enrolment_id": ledger.enrolment.id, "milestone": "session"}
        enqueue_job(session, ledger.issuer.id, JobKind.ISSUE_CREDENTIAL, payload, now=NOW)
    do_jobs(engine)
    assert set(credentials_of(engine, ledger)) == {"project"}
    with transaction(engine) as session:
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 0


def test_a_milestone_renamed_by_one_version_and_again_by_the_next_keeps_its_credential(
    engine: Engine,
) -> None:
    ledger = on_the_way(engine)
    do_jobs(engine)
    [first] = credentials_of(engine, ledger).values()
    session_leaf, project_leaf = PASSPORT["rule"]["all_of"]
    with transaction(engine) as session:
        for version, before, after in (("2.0.0", "project", "action"), ("3.0.0", "action", "campaign")):
            publish_small_passport(
                session,
                ledger.issuer,
                version=version,
                rule={"key": "root", "all_of": [session_leaf, project_leaf | {"key": after}]},
                milestones=[MILESTONES[0] | {"node": after}, MILESTONES[1]],
                moved={before: after},
            )
        accept_upgrade(session, ledger.herself, ledger.enrolment.id, "3.0.0", now=NOW)
    do_jobs(engine)
    assert list(credentials_of(engine, ledger)) == ["project"]
    with transaction(engine) as session:
        campaign, _ = milestones_of(session, ledger)
    assert (campaign["node"], campaign["credential"]) == ("campaign", first.url)
