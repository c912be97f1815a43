"""The worker: does what is due, outlives every failure, and ends when it is asked to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.models import IdempotencyRecord, Issuer, Job, StatusList
from app.services.idempotency import KEPT, KeyedRequest, claim_request
from app.services.issuers import IssuerProfile, create_issuer
from app.services.jobs import LEASE, MAX_ATTEMPTS, ClaimedJob, JobKind, claim_job, enqueue_job
from app.services.status_lists import RENEW_AFTER
from app.services.tokens import TokenOrder, create_token, find_actor, operator_actor
from app.worker import TIDY_EVERY, Waits, Worker
from tests.effort import PATIENCE
from tests.frames import Clock
from tests.ledgers import NOW, SITE, open_ledger, waiting

PROFILE = IssuerProfile(name="Community", url="https://community.example.org")


class Recording(Worker):
    """A worker whose work is whatever the test hands in."""

    def __init__(self, engine: Engine, clock: Clock, work: Callable[[ClaimedJob], None]) -> None:
        super().__init__(engine, SITE, clock, Waits(0.01, 0.01))
        self._work = work

    def _do(self, job: ClaimedJob) -> None:
        self._work(job)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(engine: Engine) -> Issuer:
    with transaction(engine) as session:
        issuer = create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
        for job in session.scalars(select(Job)):
            session.delete(job)
    return issuer


def enqueue(engine: Engine, issuer: Issuer, *names: str, kind: JobKind = JobKind.EVALUATE_LEARNER) -> None:
    with transaction(engine) as session:
        for name in names:
            enqueue_job(session, issuer.id, kind, {"learner_id": name}, now=NOW)


def jobs(engine: Engine) -> list[Job]:
    """Return the jobs, without the renewals that wait for every status list."""
    with Session(engine) as session:
        return [job for job in session.scalars(select(Job)) if "renew" not in job.payload]


class Running:
    """Workers in threads, stopped and joined at the end."""

    def __init__(self) -> None:
        self._threads: list[tuple[Worker, threading.Thread]] = []

    def start(self, worker: Worker) -> threading.Thread:
        thread = threading.Thread(target=worker.run)
        self._threads.append((worker, thread))
        thread.start()
        return thread

    def stop(self) -> None:
        for worker, _ in self._threads:
            worker.stop()
        for _, thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.005)


# One job --------------------------------------------------------------------------------------------


def test_without_work_there_is_nothing_to_do(engine: Engine, clock: Clock) -> None:
    assert not Worker(engine, SITE, clock).run_one()


def test_a_job_that_was_done_is_gone(engine: Engine, clock: Clock, issuer: Issuer) -> None:
    enqueue(engine, issuer, "a")
    done: list[ClaimedJob] = []
    worker = Recording(engine, clock, done.append)
    assert worker.run_one()
    assert [job.payload for job in done] == [{"learner_id": "a"}]
    assert jobs(engine) == []
    assert not worker.run_one()


def test_a_failed_job_is_logged_and_tried_later(
    engine: Engine, clock: Clock, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue(engine, issuer, "a")

    def fail(_job: ClaimedJob) -> None:
        raise ZeroDivisionError("why")

    worker = Recording(engine, clock, fail)
    assert worker.run_one()
    [job] = jobs(engine)
    assert (job.status, job.attempt, job.last_error) == ("queued", 1, "ZeroDivisionError('why')")
    assert not worker.run_one()
    [record] = caplog.records
    assert (record.levelno, vars(record)["job_id"]) == (logging.WARNING, job.id)
    for _ in range(MAX_ATTEMPTS):
        clock.move(hours=2)
        worker.run_one()
    assert [job.status for job in jobs(engine)] == ["dead"]
    assert [each.levelno for each in caplog.records] == [logging.WARNING] * 11 + [logging.ERROR]


def test_what_a_failed_job_wrote_is_rolled_back(engine: Engine, clock: Clock, issuer: Issuer) -> None:
    enqueue(engine, issuer, "a")

    def write_and_fail(_job: ClaimedJob) -> None:
        with transaction(engine) as session:
            session.get_one(Issuer, issuer.id).name = "Changed"
            session.flush()
            raise ValueError

    Recording(engine, clock, write_and_fail).run_one()
    with Session(engine) as session:
        assert session.get_one(Issuer, issuer.id).name == "Community"


def test_every_kind_of_job_has_its_work(engine: Engine, clock: Clock) -> None:
    """With nothing behind the ids, evaluating and publishing have nothing to do; work on one thing fails."""
    with transaction(engine) as session:
        ledger = open_ledger(session)
        for job in session.scalars(select(Job)):
            session.delete(job)
        names = (
            "learner_id",
            "enrolment_id",
            "credential_id",
            "list_id",
            "sweep_id",
            "correction_id",
            "key_id",
            "member",
            "value",
            "after",
            "cause_id",
            "approval_id",
        )
        payload = dict.fromkeys(names, "none")
        payload |= {"learner_id": ledger.learner.id, "cause": "evidence"}
        for kind in JobKind:
            enqueue_job(session, ledger.issuer.id, kind, payload, now=NOW)
    worker = Worker(engine, SITE, clock)
    for _ in JobKind:
        assert worker.run_one()
    left = {job.kind: str(job.last_error) for job in jobs(engine)}
    of_one_thing = {"issue_credential", "sign_credential", "sign_correction", "settle_key", "follow_recall"}
    assert set(left) <= of_one_thing
    assert not any("KeyError" in error or "TypeError" in error for error in left.values())


def test_a_status_list_is_signed_again_in_time(engine: Engine, clock: Clock) -> None:
    with transaction(engine) as session:
        create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
    worker = Worker(engine, SITE, clock)
    assert not worker.run_one()
    clock.now = NOW + RENEW_AFTER
    assert worker.run_one()
    with Session(engine) as session:
        assert session.scalars(select(StatusList.published_at)).one() == clock.now
        assert waiting(session, JobKind.PUBLISH_STATUS_LIST) == 1


# The loop -------------------------------------------------------------------------------------------


def test_two_workers_never_do_one_job_at_the_same_time(
    engine: Engine, clock: Clock, issuer: Issuer, running: Running
) -> None:
    names = [str(number) for number in range(20)]
    enqueue(engine, issuer, *names)
    done: list[str] = []

    def work(job: ClaimedJob) -> None:
        done.append(job.payload["learner_id"])
        time.sleep(0.002)

    for _ in range(2):
        running.start(Recording(engine, clock, work))
    until(lambda: not jobs(engine))
    assert sorted(done) == sorted(names)


def test_a_job_whose_worker_died_is_done_by_another_one(
    engine: Engine, clock: Clock, issuer: Issuer, running: Running
) -> None:
    enqueue(engine, issuer, "a")
    with transaction(engine) as session:
        assert claim_job(session, now=NOW) is not None  # and its worker is never heard of again
    done: list[int] = []
    worker = Recording(engine, clock, lambda job: done.append(job.attempt))
    assert not worker.run_one()
    clock.now += LEASE + timedelta(seconds=1)
    running.start(worker)
    until(lambda: done)
    assert done == [2]


def test_stop_lets_the_job_at_hand_end(
    engine: Engine, clock: Clock, issuer: Issuer, running: Running
) -> None:
    enqueue(engine, issuer, "a", "b")
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def work(job: ClaimedJob) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        done.append(job.payload["learner_id"])

    worker = Recording(engine, clock, work)
    thread = running.start(worker)
    assert begun.wait(PATIENCE)
    worker.stop()
    assert thread.is_alive()
    go_on.set()
    thread.join(PATIENCE)
    assert done == ["a"]
    assert [job.status for job in jobs(engine)] == ["queued"]


def test_a_database_that_does_not_answer_is_waited_for(
    engine: Engine, clock: Clock, issuer: Issuer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue(engine, issuer, "a")
    failures = iter(range(3))

    def be_away(*_: object) -> None:
        if next(failures, None) is not None:
            raise OperationalError("SELECT 1", {}, ConnectionError("the server is restarting"))

    done: list[ClaimedJob] = []
    event.listen(engine, "before_cursor_execute", be_away)
    running.start(Recording(engine, clock, done.append))
    until(lambda: done)
    event.remove(engine, "before_cursor_execute", be_away)
    assert "the server is restarting" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3


def test_nothing_ends_the_loop(
    engine: Engine, clock: Clock, issuer: Issuer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue(engine, issuer, "a")
    times = iter([ZeroDivisionError(), None])

    def broken_clock() -> datetime:
        if (error := next(times, None)) is not None:
            raise error
        return clock()

    done: list[ClaimedJob] = []
    worker = Recording(engine, clock, done.append)
    worker._clock = broken_clock  # noqa: SLF001 (whatever else may fail there)
    running.start(worker)
    until(lambda: done)
    assert "could not look for jobs" in caplog.text


def test_old_answers_are_forgotten_from_time_to_time(engine: Engine, clock: Clock, running: Running) -> None:
    with transaction(engine) as session:
        issuer = create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
        order = TokenOrder("lms", Role.INTEGRATION, "lms")
        _, secret = create_token(session, operator_actor(issuer), order, now=NOW)
        actor = find_actor(session, secret, now=NOW)
        assert actor is not None
        claim_request(session, KeyedRequest(actor, "k", "POST", "/", b""), SITE.encryption, now=NOW)

    def kept() -> int:
        with Session(engine) as session:
            return session.scalar(select(func.count()).select_from(IdempotencyRecord)) or 0

    running.start(Recording(engine, clock, lambda _job: None))
    time.sleep(0.05)
    assert kept() == 1
    clock.now += KEPT + TIDY_EVERY
    until(lambda: kept() == 0)
