"""Does the jobs: one at a time, each safe to do twice, until told to stop."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal, TypeAlias, assert_never

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.database import read_transaction, transaction
from app.domain.cases import Cause, CauseKind
from app.domain.milestones import PASSPORT
from app.services import (
    case_examinations,
    completions,
    credentials,
    idempotency,
    jobs,
    keys,
    recalls,
    stale_enrolments,
    status_lists,
    upgrades,
    version_checks,
)
from app.services.jobs import ClaimedJob, JobKind
from app.services.sites import Site

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that a worker waits before it looks again: idle, and when the database does not answer.

    The first keeps the promise that a revocation shows within two seconds.
    """

    idle: float = 0.2
    trouble: float = 2.0


USUAL_WAITS = Waits()
TIDY_EVERY = timedelta(hours=1)
WATCH_EVERY = timedelta(minutes=1)

Clock = Callable[[], datetime]

AtOnce: TypeAlias = Literal[
    JobKind.EVALUATE_LEARNER,
    JobKind.PUBLISH_STATUS_LIST,
    JobKind.MARK_ENROLMENTS,
    JobKind.FOLLOW_RECALL,
    JobKind.UPGRADE_ENROLMENTS,
    JobKind.RESUME_SIGNING,
    JobKind.EXAMINE_CREDENTIALS,
    JobKind.CHECK_VERSIONS,
]
"""Work that is one transaction; issuing and the like take several, with the signing in between."""


class Worker:
    """A loop over due jobs; `run` returns when `stop` was called."""

    def __init__(self, engine: Engine, site: Site, clock: Clock, waits: Waits = USUAL_WAITS) -> None:
        self._waits = waits
        self._engine, self._site, self._clock = engine, site, clock
        self._stopping = threading.Event()
        self._next_tidy = self._next_watch = datetime.min.replace(tzinfo=UTC)

    def run(self) -> None:
        """Work until stopped. A database that does not answer is waited for, and nothing ends the loop."""
        while not self._stopping.is_set():
            try:
                self._tidy()
                self._watch_the_clock()
                busy = self.run_one()
            except Exception:
                logger.exception("the worker could not look for jobs; it tries again")
                busy = False
                self._stopping.wait(self._waits.trouble)
            if not busy:
                self._stopping.wait(self._waits.idle)

    def _tidy(self) -> None:
        """Delete what is kept for a time only, and have done what is due daily or was lost; once an hour."""
        now = self._clock()
        if now >= self._next_tidy:
            with transaction(self._engine) as session:
                idempotency.forget_old_answers(session, now=now)
                status_lists.ensure_renewals(session, now=now)
                version_checks.plan_checks(session, now=now)
            self._next_tidy = now + TIDY_EVERY

    def stop(self) -> None:
        """Let the job at hand end, then return from `run`."""
        self._stopping.set()

    def _watch_the_clock(self) -> None:
        """Have evaluated what time alone may have changed; once a minute."""
        now = self._clock()
        if now >= self._next_watch:
            with transaction(self._engine) as session:
                stale_enrolments.mark_due(session, now=now)
            self._next_watch = now + WATCH_EVERY

    def run_one(self) -> bool:
        """Do the job that has been due longest, or else the next batch of stale enrolments.

        Says whether there was something.
        """
        with read_transaction(self._engine) as session:
            now = self._clock()
            is_due = jobs.has_due_job(session, now=now)
            is_stale = not is_due and stale_enrolments.has_stale(session, now=now)
        return self._run_job() if is_due else is_stale and self._settle_batch()

    def _settle_batch(self) -> bool:
        now = self._clock()
        try:
            with transaction(self._engine) as session:
                stale_enrolments.settle_batch(session, now=now)
        except Exception:
            logger.exception("a batch of enrolments could not be evaluated; each learner gets a job")
            with transaction(self._engine) as session:
                stale_enrolments.hand_over(session, now=now)
        return True

    def _run_job(self) -> bool:
        with transaction(self._engine) as session:
            job = jobs.claim_job(session, now=self._clock())
        if job is None:
            return False
        try:
            self._do(job)
        except Exception as error:
            with transaction(self._engine) as session:
                is_dead = jobs.retry_job(session, job, repr(error), now=self._clock())
            level, what = (logging.ERROR, "and is dead") if is_dead else (logging.WARNING, "and waits")
            logger.log(level, "job failed %s", what, exc_info=error, extra={"job_id": job.id})
        else:
            with transaction(self._engine) as session:
                jobs.finish_job(session, job)
        return True

    def _do(self, job: ClaimedJob) -> None:
        """Do the work itself; every kind may be done twice without harm, so finishing comes apart."""
        begin, site, now = partial(transaction, self._engine), self._site, self._clock()
        match job.kind:
            case JobKind.ISSUE_CREDENTIAL:
                credentials.issue_on_completion(
                    begin,
                    job.issuer_id,
                    job.payload["enrolment_id"],
                    site=site,
                    now=now,
                    milestone=job.payload.get("milestone", PASSPORT),
                )
            case JobKind.SIGN_CREDENTIAL:
                credentials.finish_issue(begin, job.payload["credential_id"], site=site, now=now)
            case JobKind.SIGN_CORRECTION:
                credentials.finish_correction(begin, job.payload["correction_id"], site=site, now=now)
            case JobKind.SETTLE_KEY:
                keys.settle_key(begin, job.payload["key_id"], site=site, now=now)
            case _:
                with begin() as session:
                    _do_at_once(session, job, job.kind, site=site, now=now)


def _do_at_once(session: Session, job: ClaimedJob, kind: AtOnce, *, site: Site, now: datetime) -> None:
    """Do what takes one transaction."""
    match kind:
        case JobKind.EVALUATE_LEARNER:
            completions.evaluate_learner(session, job.issuer_id, job.payload["learner_id"], now=now)
        case JobKind.PUBLISH_STATUS_LIST:
            status_lists.publish_status_list(session, job.payload["list_id"], site=site, now=now)
        case JobKind.MARK_ENROLMENTS:
            about, after = (job.payload["member"], job.payload["value"]), job.payload["after"]
            stale_enrolments.mark_reporters(session, job.issuer_id, about, after, now=now)
        case JobKind.FOLLOW_RECALL:
            approval_id, after = job.payload["approval_id"], job.payload["after"]
            recalls.follow_recall(session, job.issuer_id, approval_id, after, now=now)
        case JobKind.UPGRADE_ENROLMENTS:
            upgrades.run_sweep(session, job.payload["sweep_id"], now=now)
        case JobKind.RESUME_SIGNING:
            credentials.resume_issuer(session, job.issuer_id, now=now)
            status_lists.resign_status_lists(session, job.issuer_id, now=now)
        case JobKind.EXAMINE_CREDENTIALS:
            fallen = Cause(CauseKind(job.payload["cause"]), job.payload["cause_id"])
            case_examinations.examine_credentials(
                session, job.issuer_id, fallen, job.payload["learner_id"], now=now
            )
        case JobKind.CHECK_VERSIONS:
            version_checks.check_versions(session, job.issuer_id, now=now)
        case _:
            assert_never(kind)
