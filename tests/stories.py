"""The service on loopback as a story meets it: people with tokens, calls over HTTP, a passport to go for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from app import strict_yaml
from app.database import transaction
from app.demo import scenes
from app.domain.actors import Role
from app.http_client import SafeFetcher
from app.main import create_app, make_site, open_database, utc_now
from app.services import issuers, tokens
from app.settings import Environment, Settings
from tests.effort import PATIENCE
from tests.server import listen, serving

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "community-leadership"
PASSPORT = "community-leadership"
Json: TypeAlias = Any  # whatever an answer holds: the test says what it expects of it
LEVEL = {"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"}


class Clock:
    """The real time, until a story sets it ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class Api:
    """One caller: the token goes with every call, and an answer with another status fails the test."""

    def __init__(self, client: httpx.Client, token: str | None = None) -> None:
        self.client, self.token = client, token

    def __call__(self, method: str, path: str, expect: int | None = None, **content: Json) -> httpx.Response:
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = own | content.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **content)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def get(self, path: str, expect: int = 200, **content: Json) -> Json:
        return self("GET", path, expect, **content).json()

    def post(self, path: str, body: Json = None, expect: int = 201) -> Json:
        return self("POST", path, expect, json=body).json()

    def put(self, path: str, body: Json, expect: int = 201) -> Json:
        return self("PUT", path, expect, json=body).json()


@dataclass(frozen=True)
class Service:
    """A running service. `settings` are for those who have to look behind the HTTP side."""

    origin: str
    settings: Settings
    client: httpx.Client
    clock: Callable[[], datetime] = utc_now

    def as_(self, token: str | None) -> Api:
        return Api(self.client, token)

    def administrator_of(self, key: str) -> Api:
        """Give an administrator's token, as the command line does; the issuer is made if there is none."""
        engine = open_database(self.settings)
        site, now = make_site(self.settings), self.clock()
        with transaction(engine) as session:
            profile = issuers.IssuerProfile(name=key.title(), url="https://community.example.org")
            issuer = issuers.find_issuer(session, key)
            issuer = issuer or issuers.create_issuer(session, key, profile, site=site, now=now)
            order = tokens.TokenOrder("First administrator", Role.ADMINISTRATOR, f"ada@{key}.example.org")
            _, secret = tokens.create_token(session, tokens.operator_actor(issuer), order, now=now)
        engine.dispose()
        return self.as_(secret)


@contextmanager
def running(
    database_url: str,
    folder: Path,
    *,
    worker: bool = True,
    fetcher: SafeFetcher | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Service]:
    """Serve the application on a migrated database until the block ends; it fetches with `fetcher` alone."""
    listening = listen()
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        public_url=origin,
        database_url=database_url,
        encryption_key=None,
        encryption_key_file=folder / "encryption.key",
        embedded_worker=worker,
        trusted_issuers=(),
        log_level="WARNING",
    )
    limits = httpx.Limits(max_connections=128)
    app = create_app(settings, clock=clock)
    app.state.site = replace(app.state.site, fetcher=fetcher)
    with (
        serving(app, listening),
        httpx.Client(base_url=origin, timeout=PATIENCE, trust_env=False, limits=limits) as client,
    ):
        yield Service(origin, settings, client, clock)


@dataclass(frozen=True)
class Community:
    """An issuer with its people, and the Community Leadership Passport published."""

    service: Service
    administrator: Api
    author: Api
    approver: Api
    lms: Api
    reviewer: Api


@cache
def listed(name: str) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = strict_yaml.loads((EXAMPLES / name).read_bytes()).value
    return value


EXAMPLE_PASSPORT = (EXAMPLES / "passport.yaml").read_bytes()


def found_community(
    service: Service, key: str = "community", passport: bytes = EXAMPLE_PASSPORT
) -> Community:
    """Make an issuer, hand out tokens over HTTP, and publish everything of the example."""
    community = gather(service, key)
    define(community, passport)
    return community


def gather(service: Service, key: str = "community") -> Community:
    """Hand out tokens to the people of an issuer, which is made if there is none."""
    administrator = service.administrator_of(key)

    def person(role: str, subject: str) -> Api:
        body = {"name": subject, "role": role, "subject": subject}
        return service.as_(administrator.post("/v1/tokens", body)["secret"])

    return Community(
        service,
        administrator,
        author=person("author", "ines"),
        approver=person("administrator", "ben"),
        lms=person("integration", "lms.example.org"),
        reviewer=person("reviewer", "rosa"),
    )


def define(community: Community, definition: bytes = EXAMPLE_PASSPORT) -> None:
    """Put and publish the framework, the rubric, the content with approvals, and the passport."""
    author, now = community.author, utc_now()
    yaml = {"Content-Type": "application/yaml"}
    framework = "/v1/frameworks/participation-leadership"
    author("PUT", framework, 201, content=(EXAMPLES / "framework.yaml").read_bytes(), headers=yaml)
    author.post(f"{framework}/versions")
    for rubric in listed("rubrics.yaml"):
        author.put(f"/v1/rubrics/{rubric['key']}", rubric)
        author.post(f"/v1/rubrics/{rubric['key']}/versions")
    for item in listed("content.yaml"):
        author.put(f"/v1/content/{item['key']}", item)
        body = {"from": scenes.approved_from(now), "to": None, "retroactive": False}
        community.approver.post(f"/v1/content/{item['key']}/approvals", body)
    passport = f"/v1/passports/{PASSPORT}"
    author("PUT", passport, 201, content=definition, headers=yaml)
    author.post(f"{passport}/versions")


@dataclass(frozen=True)
class Candidate:
    """A learner on the way to the passport."""

    id: str
    email: str
    enrolment: str
    api: Api

    def progress(self) -> Json:
        return self.api.get(f"/v1/enrolments/{self.enrolment}/progress")

    def report(self, api: Api, evidence: dict[str, Any], expect: int = 201) -> Json:
        return api.post(f"/v1/enrolments/{self.enrolment}/evidence", evidence, expect)


def publish_bundle(community: Community, files: dict[str, str]) -> None:
    """Plan the files of a bundle as its author, and let somebody else apply them."""
    made = community.author.post("/v1/plan", {"files": files}, 200)
    assert made["plan"], made["findings"]
    assert community.approver.post("/v1/apply", {"plan": made["plan"]}, 200)["changed"]


def enrol(community: Community, name: str = "amina", passport: str = PASSPORT) -> Candidate:
    """Bring a learner with a token of their own, and enrol them."""
    profile = {
        "namespace": "https://lms.example.org",
        "external_id": name,
        "display_name": name.title(),
        "email": f"{name}@example.org",
    }
    learner = community.lms.post("/v1/learners", profile)
    api = learner_api(community, learner["id"], name)
    enrolment = community.lms.post("/v1/enrolments", {"learner": learner["id"], "passport": passport})
    return Candidate(learner["id"], profile["email"], enrolment["id"], api)


def learner_api(community: Community, learner: str, name: str) -> Api:
    """Hand out a token to a learner."""
    order = {"name": name, "role": "learner", "learner": learner}
    return community.service.as_(community.administrator.post("/v1/tokens", order)["secret"])


def session_reports() -> list[dict[str, Any]]:
    titles = {item["key"]: item["title"] for item in listed("content.yaml")}
    return scenes.sessions(titles, utc_now())


def accept(community: Community, evidence: Json, **more: Json) -> None:
    body = {"decision": "accepted", "comment": "Well done.", **more}
    community.reviewer.post(f"/v1/evidence/{evidence['id']}/reviews", body)


def complete(community: Community, candidate: Candidate) -> None:
    """Report and accept all that the passport asks for."""
    now = utc_now()
    for report in session_reports():
        candidate.report(community.lms, report)
    accept(community, candidate.report(candidate.api, scenes.project(now)), levels=[LEVEL])
    accept(community, candidate.report(candidate.api, scenes.mentoring(now)))
    accept(community, candidate.report(candidate.api, scenes.learning_log(now, whole=True)))


def wait_for(what: Callable[[], Json], seconds: float = PATIENCE) -> Json:
    """Return the first true answer of `what`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.05)
    return found


def whole(api: Api) -> Json:
    """Return the credentials of passports and series that the caller sees, without those of milestones."""
    return [each for each in api.get("/v1/credentials") if each["milestone"] is None]


def receive(candidate: Candidate) -> Json:
    """Return the credential that the worker issues by itself."""
    return wait_for(lambda: whole(candidate.api))[0]
