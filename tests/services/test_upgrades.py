"""Upgrades: offered and accepted, or moved by a sweep in batches; whoever has completed is never moved."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import LintFailedError, NotFoundError, WrongStateError
from app.models import AuditEvent, Enrolment, UpgradeSweep
from app.services import upgrades
from app.services.credentials import issue_credential
from app.services.definitions import DefinitionKind
from app.services.enrolments import EnrolmentOrder, enrol_learner, load_enrolment
from app.services.exceptions import decide_exception, propose_exception
from app.services.jobs import JobKind
from app.services.upgrade_sweeps import list_sweeps
from app.services.upgrades import CarriedException, accept_upgrade, read_upgrade, run_sweep
from app.services.versions import VersionName, delete_version, deprecate_version, retire_version
from tests.awards import beginner, complete, completed_ledger, issue
from tests.ledgers import (
    ATTENDANCE,
    NOW,
    PASSPORT,
    SITE,
    Ledger,
    clear_jobs,
    make_learner,
    open_ledger,
    publish_small_passport,
    waiting,
)

SESSION, PROJECT_LEAF = PASSPORT["rule"]["all_of"]
TALK = {"key": "talk", "section": "content", "content": {"keys": ["open-by-design"], "count": 2}}
HARDER = {"key": "root", "all_of": [SESSION, PROJECT_LEAF, TALK]}
EASIER = {"key": "root", "all_of": [SESSION], "section": "content"}
EASY_SECTIONS = {each: {"omit_reason": "a passport for tests"} for each in ("choice", "experience")}
DAY = timedelta(days=1)
KIND = DefinitionKind.PASSPORT
FIRST, SECOND = VersionName(KIND, "small", "1.0.0"), VersionName(KIND, "small", "2.0.0")


@pytest.fixture
def ledger(session: Session) -> Ledger:
    ledger = open_ledger(session)
    clear_jobs(session)
    return ledger


def publish(session: Session, ledger: Ledger, version: str, **members: object) -> None:
    publish_small_passport(session, ledger.issuer, "small", version=version, **members)


def rename(key: str) -> dict[str, Any]:
    """Return the rule with another key for its session."""
    return {"key": "root", "all_of": [SESSION | {"key": key}, PROJECT_LEAF]}


def let_off(session: Session, ledger: Ledger, node: str) -> str:
    """Grant the learner an exception from a node; return its id."""
    waiver = {"kind": "waive", "node": node, "reason": "Let off."}
    rosa, enrolment_id = ledger.actor(Role.REVIEWER, "rosa"), ledger.enrolment.id
    proposal, _ = propose_exception(session, rosa, enrolment_id, waiver, now=NOW)
    ada, place = ledger.actor(Role.ADMINISTRATOR, "ada"), (enrolment_id, proposal.id)
    decide_exception(session, ada, place, "granted", "Yes.", now=NOW)
    return proposal.id


def sweep_of(session: Session, policy: str) -> UpgradeSweep:
    return session.scalars(select(UpgradeSweep).where(UpgradeSweep.policy == policy)).one()


def pinned(session: Session, ledger: Ledger) -> str:
    return load_enrolment(session, ledger.herself, ledger.enrolment.id).passport_version.version


# Offered ----------------------------------------------------------------------------------------------


def test_a_later_version_is_shown_beside_the_pinned_one(session: Session, ledger: Ledger) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    publish(session, ledger, "2.0.0", rule=HARDER)
    offer = read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert (offer.current["version"], offer.upgraded["version"]) == ("1.0.0", "2.0.0")
    assert offer.current["units"]["total"] == 2
    assert offer.upgraded["units"]["total"] == 4
    assert offer.policy.mode == "offer"
    assert pinned(session, ledger) == "1.0.0"


def test_the_learner_accepts_once_and_the_repeat_changes_nothing(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "2.0.0", rule=HARDER)
    clear_jobs(session)
    for _ in range(2):
        moved = accept_upgrade(session, ledger.herself, ledger.enrolment.id, "2.0.0", now=NOW)
        assert moved.passport_version.version == "2.0.0"
    assert waiting(session, JobKind.EVALUATE_LEARNER) == 1
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "upgrade")).all()
    assert [event.detail for event in events] == [{"from": "1.0.0", "to": "2.0.0"}]
    with pytest.raises(NotFoundError):
        read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)


def test_only_what_is_offered_can_be_accepted(session: Session, ledger: Ledger) -> None:
    with pytest.raises(WrongStateError, match="none is"):
        accept_upgrade(session, ledger.herself, ledger.enrolment.id, "2.0.0", now=NOW)
    publish(session, ledger, "2.0.0", rule=HARDER)
    publish(session, ledger, "3.0.0", rule=EASIER, sections=EASY_SECTIONS)
    with pytest.raises(WrongStateError, match=r"3\.0\.0 is"):
        accept_upgrade(session, ledger.herself, ledger.enrolment.id, "2.0.0", now=NOW)


def test_a_deprecated_version_is_not_offered(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "2.0.0", rule=HARDER)
    deprecate_version(session, ledger.actor(Role.ADMINISTRATOR), SECOND, now=NOW)
    with pytest.raises(NotFoundError):
        read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)


def test_who_may_stay_is_asked_only_when_their_version_is_over(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "2.0.0", rule=HARDER, migration="stay")
    with pytest.raises(NotFoundError):
        read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)
    administrator = ledger.actor(Role.ADMINISTRATOR)
    retire_version(session, administrator, FIRST, retires_at=NOW + DAY, now=NOW)
    offer = read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW + DAY)
    assert offer.target.version == "2.0.0"


# Swept ------------------------------------------------------------------------------------------------


def test_a_patch_moves_everybody_silently(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "1.0.1", title="Small Passport, spelled right", migration="stay")
    run_sweep(session, sweep_of(session, "patch").id, now=NOW)
    assert pinned(session, ledger) == "1.0.1"


def test_a_new_rule_is_offered_and_moves_nobody(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "2.0.0", rule=HARDER)
    run_sweep(session, sweep_of(session, "patch").id, now=NOW)
    assert pinned(session, ledger) == "1.0.0"


@pytest.mark.parametrize(("rule", "version"), [(EASIER, "2.0.0"), (HARDER, "1.0.0")])
def test_if_not_worse_moves_those_who_lose_nothing(
    session: Session, ledger: Ledger, rule: dict[str, Any], version: str
) -> None:
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    sections = EASY_SECTIONS if rule is EASIER else PASSPORT["sections"]
    publish(session, ledger, "2.0.0", rule=rule, sections=sections, migration="if_not_worse")
    run_sweep(session, sweep_of(session, "if_not_worse").id, now=NOW)
    assert pinned(session, ledger) == version


def test_force_moves_everybody_on_the_day_that_was_announced(session: Session, ledger: Ledger) -> None:
    forced = {"mode": "force", "on": "2016-04-01T00:00:00Z", "reason": "The law changed."}
    publish(session, ledger, "2.0.0", rule=HARDER, migration=forced)
    run_sweep(session, sweep_of(session, "patch").id, now=NOW)
    assert pinned(session, ledger) == "1.0.0"
    assert (
        read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW).policy.reason
        == "The law changed."
    )
    sweep = sweep_of(session, "force")
    assert sweep.due_at.isoformat() == "2016-04-01T00:00:00+00:00"
    run_sweep(session, sweep.id, now=sweep.due_at)
    assert pinned(session, ledger) == "2.0.0"


def test_a_day_too_near_is_not_published(session: Session, ledger: Ledger) -> None:
    forced = {"mode": "force", "on": "2016-03-30T00:00:00Z", "reason": "The law changed."}
    with pytest.raises(LintFailedError):
        publish(session, ledger, "2.0.0", rule=HARDER, migration=forced)


def test_whoever_has_completed_is_never_moved(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    issue(engine, ledger)
    with transaction(engine) as session:
        publish(session, ledger, "1.0.1", title="Other words")
        run_sweep(session, sweep_of(session, "patch").id, now=NOW)
        assert pinned(session, ledger) == "1.0.0"
        with pytest.raises(NotFoundError):
            read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)
        with pytest.raises(WrongStateError, match="certified"):
            accept_upgrade(session, ledger.herself, ledger.enrolment.id, "1.0.1", now=NOW)


def test_a_sweep_goes_on_where_the_last_batch_ended(
    session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrades, "BATCH", 2)
    lms = ledger.actor(Role.INTEGRATION)
    for number in range(4):
        learner = make_learner(session, ledger.issuer, f"learner-{number}")
        enrol_learner(session, lms, EnrolmentOrder(learner.id, "small"), now=NOW)
    publish(session, ledger, "1.0.1", title="Other words")
    sweep = sweep_of(session, "patch")
    for examined in (2, 4, 5, 5):
        run_sweep(session, sweep.id, now=NOW)
        assert (sweep.examined, sweep.moved) == (examined, examined)
    assert sweep.finished_at == NOW
    versions = session.scalars(select(Enrolment.passport_version_id)).all()
    assert set(versions) == {sweep.version_id}
    [listed] = list_sweeps(session, lms, KIND, "small", "1.0.1")
    assert listed.id == sweep.id


def test_a_deleted_version_has_no_sweep_left(session: Session, ledger: Ledger) -> None:
    publish(session, ledger, "2.0.0", rule=HARDER)
    sweep_id = sweep_of(session, "patch").id
    delete_version(session, ledger.actor(Role.ADMINISTRATOR), SECOND, now=NOW)
    session.expunge_all()
    run_sweep(session, sweep_id, now=NOW)
    assert pinned(session, ledger) == "1.0.0"


def test_the_credential_names_the_version_that_the_learner_went_over_to(engine: Engine) -> None:
    ledger = completed_ledger(engine)
    with transaction(engine) as session:
        publish(session, ledger, "1.0.1", title="Other words", issue={"mode": "on_approval"})
        accept_upgrade(session, ledger.herself, ledger.enrolment.id, "1.0.1", now=NOW)
        complete(session, ledger)
    administrator = ledger.actor(Role.ADMINISTRATOR)
    credential, _ = issue_credential(beginner(engine), administrator, ledger.enrolment.id, site=SITE, now=NOW)
    assert credential.achievement == "small/1.0.1"


# Exceptions ------------------------------------------------------------------------------------------


def test_an_exception_is_carried_past_a_version_that_the_learner_never_had(
    session: Session, ledger: Ledger
) -> None:
    waiver = let_off(session, ledger, "session")
    publish(session, ledger, "2.0.0", rule=rename("talk"), moved={"session": "talk"})
    publish(session, ledger, "3.0.0", rule=rename("workshop"), moved={"talk": "workshop"})
    offer = read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW)
    assert offer.exceptions == (CarriedException(waiver, "waive", "session", "workshop"),)
    assert offer.upgraded["units"]["waived"] == 1
    accept_upgrade(session, ledger.herself, ledger.enrolment.id, "3.0.0", now=NOW)
    publish(session, ledger, "4.0.0", rule=rename("course"))
    [lost] = read_upgrade(session, ledger.herself, ledger.enrolment.id, now=NOW).exceptions
    assert lost == CarriedException(waiver, "waive", "workshop", None)


def test_of_two_who_accept_at_once_one_moves_the_enrolment(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        publish(session, ledger, "2.0.0", rule=HARDER)

    def accept(_: int) -> str:
        with transaction(engine) as session:
            accepted = accept_upgrade(session, ledger.herself, ledger.enrolment.id, "2.0.0", now=NOW)
            return accepted.passport_version.version

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(accept, range(2))) == ["2.0.0", "2.0.0"]
    with transaction(engine) as session:
        moves = select(AuditEvent.detail).where(AuditEvent.action == "upgrade")
        assert session.scalars(moves).all() == [{"from": "1.0.0", "to": "2.0.0"}]


def test_of_two_who_accept_different_versions_at_once_one_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        publish(session, ledger, "2.0.0", rule=HARDER)
        publish(session, ledger, "3.0.0", rule=HARDER | {"title": "Harder"}, title="Small Passport, third")

    def accept(version: str) -> str:
        with transaction(engine) as session:
            try:
                accept_upgrade(session, ledger.herself, ledger.enrolment.id, version, now=NOW)
            except WrongStateError:
                return "refused"
        return version

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(accept, ["2.0.0", "3.0.0"])) == ["refused", "3.0.0"]
