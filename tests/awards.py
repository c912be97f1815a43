"""What issuing takes beside a ledger: a signing key, a status list, a passport completed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Self, cast

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session
from starlette.datastructures import State

from app.database import transaction
from app.domain.actors import Role
from app.key_backends import BackendName
from app.key_backends.local import LocalBackend
from app.models import Credential, Issuer, SigningKey
from app.services.credentials import issue_credential
from app.services.keys import add_signing_key, make_key
from app.services.reviews import review_evidence
from app.services.sites import Begin, Site
from app.services.status_lists import open_status_list
from app.services.tokens import operator_actor
from app.worker import Worker
from tests.clients import Json, World
from tests.ledgers import ACCEPTED, ACHIEVED, ATTENDANCE, NOW, PROJECT, SITE, Ledger, open_ledger

Document = dict[str, Any]


def equip(session: Session, issuer: Issuer, site: Site = SITE) -> None:
    """Give an issuer what it takes to sign."""
    key = add_signing_key(session, operator_actor(issuer), make_key("EdDSA", site), now=NOW)
    open_status_list(session, issuer, key, site=site, now=NOW)


def complete(
    session: Session, ledger: Ledger, project: Document | None = None, rubric: str = "project-outcomes"
) -> None:
    """Report and accept what the small passport asks for; nobody has looked yet whether it is complete."""
    ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    evidence = ledger.submit(session, ledger.herself, project or PROJECT)
    levels = [ACHIEVED | {"rubric": rubric}]
    accepted = ACCEPTED | {"comment": "WORDS-of-the-reviewer", "levels": levels}
    review_evidence(session, ledger.actor(Role.REVIEWER, "rosa"), evidence.id, accepted, now=NOW)


def completed_ledger(engine: Engine, key: str = "community", **passport: object) -> Ledger:
    """Return a committed ledger whose learner has done everything, of an issuer that can sign."""
    with transaction(engine) as session:
        ledger = open_ledger(session, key, **passport)
        equip(session, ledger.issuer)
        complete(session, ledger)
    return ledger


def beginner(engine: Engine) -> Begin:
    return partial(transaction, engine)


def issue(engine: Engine, ledger: Ledger, site: Site = SITE) -> Credential:
    actor = ledger.actor(Role.ADMINISTRATOR)
    return issue_credential(beginner(engine), actor, ledger.enrolment.id, site=site, now=NOW)[0]


class KilledError(BaseException):
    """The process ends here."""


def dying_after(commits: int, engine: Engine) -> Begin:
    left = iter([True] * commits)

    @contextmanager
    def begin() -> Iterator[Session]:
        if not next(left, False):
            raise KilledError
        with transaction(engine) as session:
            yield session

    return begin


@contextmanager
def keys_elsewhere(engine: Engine) -> Iterator[None]:
    """Have it look as if the signing keys were in a module: what they sign is committed before."""
    _move_keys(engine, BackendName.PKCS11)
    try:
        yield
    finally:
        _move_keys(engine, BackendName.LOCAL)


def with_module(site: Site) -> Site:
    """Return the site with a module in which the keys seem to be."""
    return replace(site, key_backends={BackendName.PKCS11: LocalBackend(site.encryption)})


def _move_keys(engine: Engine, backend: BackendName) -> None:
    with transaction(engine) as session:
        session.execute(update(SigningKey).values(backend=backend))


def leave_prepared(engine: Engine, ledger: Ledger) -> str:
    """Let the issuing process die after step 6, for keys that are elsewhere; return the credential's id."""
    with keys_elsewhere(engine), pytest.raises(KilledError):
        issue_credential(
            dying_after(1, engine),
            ledger.actor(Role.ADMINISTRATOR),
            ledger.enrolment.id,
            site=with_module(SITE),
            now=NOW,
        )
    with transaction(engine) as session:
        return session.scalars(select(Credential.id)).one()


def document_of(credential: Credential) -> Document:
    assert credential.document is not None
    document: Document = json.loads(credential.document)
    return document


def work(worker: Worker) -> int:
    """Do all jobs that are due; return how many there were."""
    count = 0
    while worker.run_one():
        count += 1
        assert count < 200, "the jobs do not end"
    return count


class Statements:
    """Counts the statements that an engine sends while the block runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.sent: list[str] = []

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")):
            self.sent.append(statement)


# Behind HTTP -----------------------------------------------------------------------------------------


def state_of(world: World) -> State:
    """Return the state of the world's application: its engine, its site, its clock."""
    return cast("FastAPI", world.client.app).state


def set_clock(world: World, now: datetime) -> None:
    """Let time go by for the application."""
    state_of(world).clock = lambda: now


def certify(world: World) -> Json:
    """Have the world's learner complete the passport; return the answer of the call that issues."""
    with transaction(world.engine) as session:
        equip(session, world.ledger.issuer, state_of(world).site)
        complete(session, world.ledger)
    return world.admin.post(f"{world.enrolment}/credentials")


def work_of(world: World, now: datetime = NOW) -> int:
    """Do what the worker of the world would do by `now`; return how many jobs there were."""
    return work(Worker(state_of(world).engine, state_of(world).site, lambda: now))


def prepare_only(world: World) -> str:
    """Let the process that issues die before it signs; return the id of what it prepared."""
    credential = certify(world)
    with transaction(world.engine) as session:
        row = session.get_one(Credential, credential["id"])
        row.status, row.document, row.jwt, row.issued_at = "prepared", None, None, None
    return row.id
