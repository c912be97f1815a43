"""The application's frame for tests: one issuer, one administrator, and routes made for what is tested."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, FastAPI, Response
from pydantic import Field
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from app.api_route import ApiRoute
from app.database import transaction
from app.dependencies import SessionDep, actor_with
from app.domain.actors import Actor, Role, Scope
from app.main import create_app
from app.models import AuditEvent, Issuer
from app.schemas.bodies import Body
from app.services.audit_events import record_event
from app.services.issuers import IssuerProfile, create_issuer
from app.services.tokens import TokenOrder, create_token, operator_actor
from app.settings import Environment, Settings
from tests.ledgers import NOW

PROFILE = IssuerProfile(name="Community", url="https://community.example.org")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Frame:
    """The application in this process, and the administrator's token."""

    app: FastAPI
    client: TestClient
    clock: Clock
    issuer: Issuer
    secret: str
    runs: list[str] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.state.engine
        return engine

    def send(self, method: str, path: str, *, token: str | None = "", **content: Any) -> httpx2.Response:  # noqa: ANN401 (httpx's own arguments)
        """Send a request as the administrator, or with `token`; None sends none."""
        secret = self.secret if token == "" else token
        own = {"Authorization": f"Bearer {secret}"} if secret else {}
        headers = own | content.pop("headers", {})
        answer: httpx2.Response = self.client.request(method, path, headers=headers, **content)
        return answer

    def token(self, role: Role = Role.ADMINISTRATOR, **order: Any) -> str:  # noqa: ANN401 (members of the order)
        """Return a new token's secret."""
        with transaction(self.engine) as session:
            wanted = TokenOrder(role.value, role, role.value, **order)
            return create_token(session, operator_actor(self.issuer), wanted, now=self.clock())[1]

    def notes(self) -> int:
        """Return how many notes are committed."""
        with transaction(self.engine) as session:
            return session.scalar(select(func.count()).where(AuditEvent.action == "note")) or 0


class Inner(Body):
    """A body inside a body."""

    size: int
    colour: str | None = None


class Note(Body):
    """What the route made for tests reads."""

    title: str
    inner: Inner | None = None
    items: list[Inner] = Field(default_factory=list)


AdministratorDep = Annotated[Actor, actor_with(Scope.ISSUERS_WRITE)]


def note_routes(frame: Callable[[], Frame]) -> APIRouter:
    """Return a route that keeps a note, counts its runs and fails on demand."""
    router = APIRouter(prefix="/v1/notes", route_class=ApiRoute)

    @router.post("", status_code=201)
    def keep(
        body: Note, session: SessionDep, actor: AdministratorDep, response: Response, x: int = 0
    ) -> dict[str, Any]:
        frame().runs.append(body.title)
        record_event(session, actor, "note", ("note", body.title), now=NOW)
        session.flush()
        if body.title == "fail":
            raise RuntimeError("lpt_SecretSecretSecret")
        response.headers["Location"] = f"/v1/notes/{len(frame().runs)}"
        response.headers["X-Other"] = f"not kept {x}"
        return {"number": len(frame().runs), "body": body.model_dump()}

    @router.get("")
    def count(_actor: AdministratorDep) -> dict[str, int]:
        return {"runs": len(frame().runs)}

    @router.delete("", status_code=204)
    def forget(_actor: AdministratorDep) -> None:
        frame().runs.append("delete")

    @router.put("")
    def refuse(_actor: AdministratorDep) -> Response:
        frame().runs.append("refuse")
        return Response("no", 409)

    return router


@contextmanager
def open_frame(
    database_url: str, folder: Path, public_url: str = "https://passports.example.org"
) -> Iterator[Frame]:
    """Give a frame on a migrated database, without a worker."""
    clock = Clock()
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        public_url=public_url,
        database_url=database_url,
        encryption_key_file=folder / "encryption.key",
        embedded_worker=False,
    )
    app = create_app(settings, clock=clock)
    app.include_router(note_routes(lambda: frame))
    with transaction(app.state.engine) as session:
        issuer = create_issuer(session, "community", PROFILE, site=app.state.site, now=NOW)
        order = TokenOrder("Administrator", Role.ADMINISTRATOR, "ada")
        _, secret = create_token(session, operator_actor(issuer), order, now=NOW)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        frame = Frame(app, client, clock, issuer, secret)
        yield frame
