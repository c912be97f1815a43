"""A database with many learners who have just completed the example passport, and nobody certified yet."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from app import strict_yaml
from app.database import Base, make_engine
from app.identifiers import new_id
from app.models import Job
from tests.stories import EXAMPLE_PASSPORT, Community, complete, enrol, found_community, running

LEFT_OUT = {"audit_events", "jobs", "tokens", "issuers", "idempotency_records"}
"""What does not belong to a learner, or would be done for a copy too."""

BATCH = 500


@dataclass(frozen=True, slots=True)
class Seeded:
    """The port under which things were published, an administrator's token, the copies' enrolments.

    As far as the jobs know, nothing has happened to the copies yet.
    """

    port: int
    token: str
    enrolments: list[str]


def seed(database_url: str, folder: Path, learners: int) -> Seeded:
    """Tell the story up to the last review once, over HTTP, and copy that learner."""
    with running(database_url, folder, worker=False) as service:
        community: Community = found_community(service, passport=_without_milestones(EXAMPLE_PASSPORT))
        candidate = enrol(community)
        complete(community, candidate)
    engine = make_engine(database_url)
    try:
        copies = list(_copy(engine, candidate.id, learners))
        with engine.begin() as connection:  # they would have every copy evaluated, and issued to
            connection.execute(delete(Job))
    finally:
        engine.dispose()
    assert community.administrator.token is not None
    port = int(service.origin.rpartition(":")[2])
    return Seeded(port, community.administrator.token, copies)


def _without_milestones(passport: bytes) -> bytes:
    """Return the passport as JSON, which is YAML too: one call is to issue one credential."""
    definition = strict_yaml.loads(passport).value
    return json.dumps({name: value for name, value in definition.items() if name != "milestones"}).encode()


def _copy(engine: Engine, learner_id: str, count: int) -> Iterator[str]:
    """Copy a learner with all that is theirs `count` times; yield the ids of the copies' enrolments."""
    with engine.begin() as connection:
        originals = belonging_to(connection, learner_id)
    for first in range(0, count, BATCH):
        with engine.begin() as connection:
            copied: dict[str, list[dict[str, Any]]] = {}
            for number in range(first, min(first + BATCH, count)):
                yield from _copy_once(originals, number, copied)
            for table in Base.metadata.sorted_tables:
                if copied.get(table.name):
                    connection.execute(insert(table), copied[table.name])


def belonging_to(connection: Connection, learner_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the learner's rows by table: theirs, and those that name one of theirs."""
    ids, rows = {learner_id}, {}
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
        own = [row for row in found if row["id"] in ids or ids & set(_references(row))]
        ids |= {row["id"] for row in own}
        rows[table.name] = own
    return rows


def _references(row: dict[str, Any]) -> list[str]:
    return [value for name, value in row.items() if name.endswith("_id") and isinstance(value, str)]


def _copy_once(
    originals: dict[str, list[dict[str, Any]]], number: int, copied: dict[str, list[dict[str, Any]]]
) -> Iterator[str]:
    new_ids = {row["id"]: new_id() for rows in originals.values() for row in rows}
    for name, rows in originals.items():
        for row in rows:
            copy = {column: _renamed(value, new_ids) for column, value in row.items()}
            if name == "learners":
                copy["external_id"] = f"{copy['external_id']}-{number}"
                copy["email"] = re.sub("@", f"+{number}@", copy["email"])
            if "fingerprint" in copy:
                copy["fingerprint"] = f"{copy['fingerprint']}-{number}"
            copied.setdefault(name, []).append(copy)
            if name == "enrolments":
                copy["stale_since"] = None  # else the worker would be quicker than those who ask
                yield copy["id"]


def _renamed(value: Any, new_ids: dict[str, str]) -> Any:  # noqa: ANN401 (whatever a column holds)
    return new_ids.get(value, value) if isinstance(value, str) else value
