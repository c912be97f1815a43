"""`python -m benchmarks.scale [LEARNERS]`: many enrolments with evidence, on PostgreSQL.

It is not part of `python -m benchmarks`, since 100,000 learners take a while. What is measured: reading the
progress of 1,000 learners and of all, and evaluating everybody anew after content that all have completed
was changed.
"""

import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from app.database import Base, make_engine, transaction
from app.encryption import Encryption
from app.models import Enrolment, Evidence, EvidenceRevision, Issuer, Job, Snapshot
from app.services.sites import Site
from app.services.snapshots import note_catalogue_change
from app.services.stale_enrolments import BATCH
from app.worker import Worker
from benchmarks import load
from benchmarks.load import request
from benchmarks.peers import pin
from benchmarks.rows import Row, percentile, table
from benchmarks.seeds import belonging_to
from benchmarks.service import DURABLE, SERVER_CORE, process
from tests.databases import begin_run, end_run, postgresql_server
from tests.stories import Community, complete, enrol, found_community, running

LEARNERS: Final = 100_000
FEW: Final = 1_000
READS: Final = 1_000
SHARED_BY_ALL: Final = "open-by-design"
UNDER_REVIEW: Final = "know-your-story"
"""Content that each learner has completed, and that of which the completion is under review."""

_UNIQUE: Final = {"external_id", "email", "fingerprint"}


def main(learners: int) -> None:
    """Measure with so many learners, and print the table."""
    begin_run()
    try:
        server = postgresql_server(DURABLE | {"shared_buffers": "512MB", "max_wal_size": "4GB"})
        with TemporaryDirectory(prefix="passports-scale-") as folder, server.database() as database:
            rows = []
            for row in measure(database, Path(folder), learners):
                rows.append(row)
                sys.stderr.write(f"{row.name}: {row.ours:.4g} {row.unit}\n")
            sys.stdout.write(table(rows) + "\n")
    finally:
        end_run()


def measure(database_url: str, folder: Path, learners: int) -> Iterator[Row]:
    """Yield the rows: at `FEW` learners, then at all of them."""
    with running(database_url, folder, worker=False) as service:
        community = found_community(service)
        candidate = enrol(community)
        complete(community, candidate)
    engine = make_engine(database_url)
    try:
        with engine.begin() as connection:
            _leave_something_open(connection)
            connection.execute(delete(Job))
        for first, last in ((1, FEW), (FEW + 1, learners)):
            if first <= last:
                _copy(engine, candidate.id, first, last)
                yield from _read(engine, community, folder, last)
                yield from _evaluate(engine, last)
    finally:
        engine.dispose()


# Seeding ----------------------------------------------------------------------------------------------


def _leave_something_open(connection: Connection) -> None:
    """Put evidence back under review, so that nobody has completed the passport or a part with a badge."""
    under_review = update(Evidence).where(
        Evidence.id == EvidenceRevision.evidence_id,
        or_(
            Evidence.kind.in_(["experience", "learning_log"]),
            EvidenceRevision.document["content"].as_string() == UNDER_REVIEW,
        ),
    )
    connection.execute(under_review.values(status="in_review"))


def _copy(engine: Engine, learner_id: str, first: int, last: int) -> None:
    """Copy a learner with all that is theirs inside the database: an id of a copy ends in its number."""
    with engine.begin() as connection:
        originals = belonging_to(connection, learner_id)
        own = {row["id"] for rows in originals.values() for row in rows}
        for made in Base.metadata.sorted_tables:
            for row in originals.get(made.name, ()):
                number = func.generate_series(first, last).column_valued("number")
                suffix = literal("-") + cast(number, Text)
                columns = [
                    _copied(
                        literal(value, made.c[name].type), suffix, is_own=name in _UNIQUE or str(value) in own
                    )
                    for name, value in row.items()
                ]
                connection.execute(insert(made).from_select(list(row), select(*columns)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _copied(value: ColumnElement[Any], suffix: ColumnElement[str], *, is_own: bool) -> ColumnElement[Any]:
    return value + suffix if is_own else value


# Reading ----------------------------------------------------------------------------------------------


def _read(engine: Engine, community: Community, folder: Path, learners: int) -> Iterator[Row]:
    """Read the progress of learners by chance: worked out for the first time, and again as it is kept."""
    with engine.connect() as connection:
        some = connection.execute(select(Enrolment.id).order_by(func.random()).limit(READS)).scalars().all()
    headers = {"Authorization": f"Bearer {community.administrator.token}"}
    calls = [request("GET", f"/v1/enrolments/{each}/progress", headers) for each in some]
    with _serving(engine, folder, community) as port:
        for what in ("worked out", "as it is kept"):
            done = load.run(port, calls, seconds=600, connections=1)
            if set(done.statuses) != {"200"}:
                raise RuntimeError(f"Not all answers were 200: {done.statuses}.")
            name = f"GET progress, {what}, {learners:,} learners"
            yield Row(f"{name}, median", "ms", percentile(done.times, 0.5))
            yield Row(f"{name}, 99th percentile", "ms", percentile(done.times, 0.99))
            random.shuffle(calls)


@contextmanager
def _serving(engine: Engine, folder: Path, community: Community) -> Iterator[int]:
    port = int(community.service.origin.rpartition(":")[2])
    settings: Mapping[str, str] = {
        "PASSPORTS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "PASSPORTS_PUBLIC_URL": community.service.origin,
        "PASSPORTS_ENCRYPTION_KEY_FILE": str(folder / "encryption.key"),
        "PASSPORTS_LOG_LEVEL": "WARNING",
        "PASSPORTS_EMBEDDED_WORKER": "false",
    }
    command = [str(Path(sys.executable).parent / "passports"), "serve", "--port", str(port)]
    with process(command, settings, port, "/health/live"):
        yield port


# Evaluating -------------------------------------------------------------------------------------------


def _evaluate(engine: Engine, learners: int) -> Iterator[Row]:
    """Change content that everybody has completed, and let one worker evaluate all of them."""
    with engine.begin() as connection:
        issuer = connection.execute(select(Issuer.id)).scalar_one()
    worker = Worker(engine, Site("http://127.0.0.1", Encryption(bytes(range(32)))), lambda: datetime.now(UTC))
    _change_content(engine, issuer)
    pin(SERVER_CORE)
    begun, cpu = time.perf_counter(), time.process_time()
    done = 0
    while worker.run_one():
        done += 1
        if done % 50 == 0:
            passed = time.perf_counter() - begun
            sys.stderr.write(f"  {done} jobs and batches of up to {BATCH} learners in {passed:.0f} s\n")
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    with engine.connect() as connection:
        kept = connection.execute(select(func.count()).select_from(Snapshot)).scalar_one()
        left = connection.execute(select(func.count()).select_from(Job)).scalar_one()
    if kept < learners or left:
        raise RuntimeError(f"{kept} of {learners} were evaluated, and {left} jobs are left.")
    yield Row(f"evaluate {learners:,} enrolments anew", "s", seconds)
    yield Row(
        f"evaluate {learners:,} enrolments anew, each, of the worker's core", "ms", cpu / learners * 1000
    )


def _change_content(engine: Engine, issuer: str) -> None:
    """Note the change as putting the content does."""
    with transaction(engine) as session:
        note_catalogue_change(session, issuer, ("content", SHARED_BY_ALL), now=datetime.now(UTC))


if __name__ == "__main__":
    arguments: Sequence[str] = sys.argv[1:]
    main(int(arguments[0]) if arguments else LEARNERS)
