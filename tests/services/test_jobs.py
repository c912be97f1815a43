"""Jobs: one waits for one cause, one worker has one job, and none is tried for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.models import Issuer, Job
from app.services.jobs import (
    LEASE,
    MAX_ATTEMPTS,
    MAX_BACKOFF,
    ClaimedJob,
    JobKind,
    claim_job,
    enqueue_job,
    finish_job,
    has_due_job,
    retry_job,
)
from tests.ledgers import NOW, make_issuer

KIND = JobKind.EVALUATE_LEARNER
SECOND = timedelta(seconds=1)


@pytest.fixture
def issuer(engine: Engine) -> Issuer:
    with transaction(engine) as session:
        return make_issuer(session)


@pytest.fixture
def session(engine: Engine, issuer: Issuer) -> Session:  # noqa: ARG001 (the issuer is committed first)
    return Session(engine, expire_on_commit=False)


def enqueue(session: Session, issuer: Issuer, name: str = "a", *, delay: timedelta = timedelta(0)) -> None:
    enqueue_job(session, issuer.id, KIND, {"learner_id": name}, now=NOW, delay=delay)


def jobs(session: Session) -> list[Job]:
    return list(session.scalars(select(Job).order_by(Job.id)))


def claim(session: Session, now: datetime = NOW) -> ClaimedJob:
    claimed = claim_job(session, now=now)
    assert claimed is not None
    return claimed


# Enqueueing -----------------------------------------------------------------------------------------


def test_the_same_work_waits_once(session: Session, issuer: Issuer) -> None:
    with session:
        for _ in range(3):
            enqueue(session, issuer)
        enqueue(session, issuer, "b")
        other = make_issuer(session, "other")
        enqueue_job(session, other.id, KIND, {"learner_id": "a"}, now=NOW)
        enqueue_job(session, issuer.id, JobKind.ISSUE_CREDENTIAL, {"learner_id": "a"}, now=NOW)
        assert len(jobs(session)) == 4


def test_work_that_has_begun_does_not_stand_for_a_new_cause(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer)
        claim(session)
        enqueue(session, issuer)
        assert [job.status for job in jobs(session)] == ["leased", "queued"]


def test_causes_at_the_same_moment_wait_as_one(engine: Engine, issuer: Issuer) -> None:
    count = 8
    together = threading.Barrier(count)

    def cause() -> None:
        together.wait()
        with transaction(engine) as session:
            enqueue(session, issuer)

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(cause) for _ in range(count)]:
            done.result()
    with Session(engine) as session:
        assert len(jobs(session)) == 1


def test_a_job_that_a_new_cause_relies_on_does_not_start_before_the_cause_is_committed(
    engine: Engine, issuer: Issuer
) -> None:
    """Else the worker would miss what the cause wrote, and nothing would wait to look again."""
    with transaction(engine) as session:
        enqueue(session, issuer)
    with transaction(engine) as cause:
        enqueue(cause, issuer)
        if engine.dialect.name == "postgresql":  # SQLite has one writer at a time
            with transaction(engine) as worker:
                assert claim_job(worker, now=NOW) is None
    with transaction(engine) as worker:
        assert claim_job(worker, now=NOW) is not None


# Claiming -------------------------------------------------------------------------------------------


def test_the_job_that_has_been_due_longest_comes_first(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer, "late", delay=2 * SECOND)
        enqueue(session, issuer, "early", delay=SECOND)
        enqueue(session, issuer, "also early", delay=SECOND)
        assert claim_job(session, now=NOW) is None
        assert not has_due_job(session, now=NOW)
        now = NOW + 2 * SECOND
        assert has_due_job(session, now=now)
        order = [claim(session, now).payload["learner_id"] for _ in range(3)]
        assert order == ["early", "also early", "late"]
        assert claim_job(session, now=now) is None


def test_a_claimed_job_says_what_to_do(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer)
        claimed = claim(session)
        [job] = jobs(session)
        assert claimed == ClaimedJob(job.id, issuer.id, KIND, {"learner_id": "a"}, 1)
        assert (job.status, job.lease_until) == ("leased", NOW + LEASE)


def test_another_worker_takes_over_when_the_lease_has_ended(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer)
        first = claim(session)
        assert claim_job(session, now=NOW + LEASE) is None
        second = claim(session, NOW + LEASE + SECOND)
        assert (second.id, second.attempt) == (first.id, 2)


def test_a_worker_whose_lease_ended_changes_nothing_any_more(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer)
        late = claim(session)
        now = NOW + LEASE + SECOND
        current = claim(session, now)
        finish_job(session, late)
        assert not retry_job(session, late, "too late", now=now)
        [job] = jobs(session)
        assert (job.status, job.attempt, job.last_error) == ("leased", 2, None)
        finish_job(session, current)
        assert jobs(session) == []
        finish_job(session, current)
        assert not retry_job(session, current, "gone", now=now)


def test_work_of_a_kind_that_newer_code_brought_waits_for_it(session: Session, issuer: Issuer) -> None:
    with session:
        enqueue(session, issuer)
        [job] = jobs(session)
        job.kind = "from_the_future"
        session.flush()
        assert not has_due_job(session, now=NOW)
        assert claim_job(session, now=NOW) is None


def test_workers_that_claim_at_once_never_get_the_same_job(engine: Engine, issuer: Issuer) -> None:
    count, workers = 24, 4
    with transaction(engine) as session:
        for number in range(count):
            enqueue(session, issuer, str(number))
    together = threading.Barrier(workers)

    def work() -> list[str]:
        together.wait()
        taken: list[str] = []
        while True:
            with transaction(engine) as session:
                job = claim_job(session, now=NOW)
            if job is None:
                return taken
            taken.append(job.payload["learner_id"])

    with ThreadPoolExecutor(workers) as pool:
        results = [future.result() for future in [pool.submit(work) for _ in range(workers)]]
    assert sorted(name for taken in results for name in taken) == sorted(str(n) for n in range(count))


# Trying again ---------------------------------------------------------------------------------------


def test_a_failed_job_comes_back_later_each_time_and_is_dead_after_the_last(
    session: Session, issuer: Issuer
) -> None:
    with session:
        enqueue(session, issuer)
        now, waits = NOW, []
        for attempt in range(1, MAX_ATTEMPTS + 1):
            claimed = claim(session, now)
            assert claimed.attempt == attempt
            is_dead = retry_job(session, claimed, "x" * 3000, now=now)
            assert is_dead == (attempt == MAX_ATTEMPTS)
            [job] = jobs(session)
            assert job.lease_until is None
            waits.append(job.run_at - now)
            assert claim_job(session, now=job.run_at - SECOND) is None
            now = job.run_at
        assert waits[:4] == [2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND]
        assert waits == sorted(waits)
        assert waits[-1] == MAX_BACKOFF
        assert (job.status, len(job.last_error or "")) == ("dead", 2000)
        assert claim_job(session, now=now + timedelta(days=1)) is None


def test_a_job_that_kills_its_workers_is_dead_after_the_last_attempt(
    session: Session, issuer: Issuer
) -> None:
    with session:
        enqueue(session, issuer)
        now = NOW
        for _ in range(MAX_ATTEMPTS):
            claim(session, now)
            now += LEASE + SECOND
        enqueue(session, issuer, "next")
        assert claim(session, now).payload["learner_id"] == "next"
        assert claim_job(session, now=now) is None
        assert [(job.status, job.last_error) for job in jobs(session)] == [
            ("dead", "its worker died"),
            ("leased", None),
        ]
