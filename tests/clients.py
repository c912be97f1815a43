"""The application in this process, called as a router test calls it: no server, no worker, a fixed clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.database import transaction
from app.domain.actors import Role
from app.main import create_app
from app.models import Issuer, Learner
from app.services.completions import evaluate_learner
from app.services.tokens import TokenOrder, create_token, operator_actor
from app.settings import Environment, Settings
from tests.ledgers import NOW, Ledger, make_learner, open_ledger

Json: TypeAlias = Any  # whatever an answer holds: the test says what it expects of it


@dataclass(frozen=True)
class Caller:
    """One token. An answer with another status than expected fails the test."""

    client: TestClient
    token: str | None

    def send(self, method: str, path: str, expect: int, **content: Json) -> Json:
        """Return the body of the answer, None when it has none."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = own | content.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **content)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def get(self, path: str, expect: int = 200) -> Json:
        return self.send("GET", path, expect)

    def post(self, path: str, body: Json = None, expect: int = 201) -> Json:
        return self.send("POST", path, expect, json=body)

    def patch(self, path: str, body: Json, expect: int = 200) -> Json:
        return self.send("PATCH", path, expect, json=body)

    def refused(self, method: str, path: str, status: int, code: str, **content: Json) -> Json:
        """Return the problem details of a call that fails as expected."""
        problem = self.send(method, path, status, **content)
        assert problem["code"] == code, problem
        return problem


@dataclass(frozen=True)
class World:
    """An issuer with the small passport and an enrolled learner, and people who call the service."""

    engine: Engine
    client: TestClient
    ledger: Ledger
    nobody: Caller = field(init=False)
    admin: Caller = field(init=False)
    lms: Caller = field(init=False)
    reviewer: Caller = field(init=False)
    amina: Caller = field(init=False)

    def __post_init__(self) -> None:
        callers = {
            "nobody": Caller(self.client, None),
            "admin": self.caller(Role.ADMINISTRATOR),
            "lms": self.caller(Role.INTEGRATION),
            "reviewer": self.caller(Role.REVIEWER),
            "amina": self.caller(Role.LEARNER, self.ledger.learner),
        }
        for name, caller in callers.items():
            object.__setattr__(self, name, caller)

    def caller(self, role: Role, learner: Learner | None = None, issuer: Issuer | None = None) -> Caller:
        """Return somebody with a new token of this role."""
        order = TokenOrder(role.value, role, role.value, learner_id=learner.id if learner else None)
        with transaction(self.engine) as session:
            operator = operator_actor(issuer or self.ledger.issuer)
            _, secret = create_token(session, operator, order, now=NOW)
        return Caller(self.client, secret)

    def another_learner(self) -> Caller:
        """Return a second learner of the same issuer."""
        with transaction(self.engine) as session:
            ben = make_learner(session, self.ledger.issuer, "ben-02")
        return self.caller(Role.LEARNER, ben)

    def another_issuer(self) -> Caller:
        """Return the administrator of another issuer, which has the same things under the same names."""
        with transaction(self.engine) as session:
            elsewhere = open_ledger(session, "elsewhere")
        return self.caller(Role.ADMINISTRATOR, issuer=elsewhere.issuer)

    def strangers(self) -> tuple[Caller, Caller]:
        """Return those for whom the ledger's things do not exist."""
        return self.another_learner(), self.another_issuer()

    def evaluate(self) -> None:
        """Do what the worker does after the facts have changed."""
        with transaction(self.engine) as session:
            evaluate_learner(session, self.ledger.issuer.id, self.ledger.learner.id, now=NOW)

    @property
    def enrolment(self) -> str:
        """The address of the enrolment."""
        return f"/v1/enrolments/{self.ledger.enrolment.id}"


@contextmanager
def open_world(engine: Engine, database_url: str, folder: Path, **passport: object) -> Iterator[World]:
    """Give a world on a migrated database; `passport` replaces members of the small passport."""
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        public_url="https://passports.example.org",
        database_url=database_url,
        encryption_key_file=folder / "encryption.key",
        embedded_worker=False,
    )
    with transaction(engine) as session:
        ledger = open_ledger(session, "community", **passport)
    with TestClient(create_app(settings, clock=lambda: NOW)) as client:
        yield World(engine, client, ledger)
