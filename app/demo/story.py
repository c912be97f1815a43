"""The story, over HTTP only: define, approve, enrol, collect, review, complete, issue, verify."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import strict_yaml
from app.demo import scenes
from app.demo.service import ISSUER_KEY
from app.demo.teller import Call, StoryEndedError, Teller
from app.errors import ConfigurationError

PASSPORT = "community-leadership"
FRAMEWORK = "participation-leadership"
FILES = ("framework.yaml", "rubrics.yaml", "content.yaml", "passport.yaml")
ISSUE_SECONDS = 30

_SIGNS = {"pass": "✓", "fail": "✗", "unknown": "?", "not_applicable": "-"}
_DOWNLOADS = (
    (".json", "the credential as JSON, with its proof"),
    (".jwt", "the same as a JWT"),
    (".png", "the badge with the credential inside, PNG"),
    (".svg", "the badge with the credential inside, SVG"),
)
_MEDIA_TYPES = {".json": "application/vc", ".jwt": "application/vc+jwt", ".png": "image/png"}
_MEDIA_TYPES |= {".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part: a token for each."""

    administrator: str
    author: str
    approver: str
    lms: str
    reviewer: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner of this run, enrolled."""

    id: str
    email: str
    token: str
    enrolment: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How the story ended: what was issued, whether strangers can verify it, and who has yet to begin."""

    cast: Cast
    beginner: Candidate
    credential_url: str
    verified: bool


def read_definitions(folder: Path) -> dict[str, bytes]:
    """Return the definition files by name; raises `ConfigurationError` when one is not there."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ConfigurationError(
            f"The demo reads its definitions from {folder}, and {', '.join(missing)} cannot be found there.",
            hint="Run it in a checkout of the repository: the installed package alone has no examples.",
        )
    return {name: (folder / name).read_bytes() for name in FILES}


def tell(teller: Teller, token: str, definitions: dict[str, bytes], folder: Path, now: datetime) -> Ending:
    """Tell the whole story; downloads go to `folder`. Raises `StoryEndedError` where it breaks off."""
    cast = _gather(teller, token)
    titles = _define(teller, cast, definitions, now)
    teller.chapter("A learner")
    candidate = _enrol(teller, cast, "Amina", now)
    _show_progress(teller, candidate, "where she stands: at the beginning", shown=2)
    _collect(teller, cast, candidate, titles, now)
    _review(teller, cast, candidate, now)
    url = _receive(teller, candidate)
    verified = _verify(teller, candidate, url, folder)
    teller.chapter("Another learner, who has everything before her: the calls of README.md are about Noor")
    beginner = _enrol(teller, cast, "Noor", now)
    return Ending(cast, beginner, url, verified)


# Who takes part -------------------------------------------------------------------------------------


def _gather(teller: Teller, token: str) -> Cast:
    teller.chapter("Who takes part")

    def give(words: str, role: str, subject: str, scopes: list[str] | None = None) -> str:
        body = {"name": f"Demo: {words}", "role": role, "subject": subject, "expires_in_days": 7}
        body |= {"scopes": scopes} if scopes else {}
        answer = teller.call(f"a token for {words}", Call("POST", "/v1/tokens", token, body))
        secret: str = answer.json()["secret"]
        return secret

    approving = ["definitions:read", "content:approve"]
    return Cast(
        administrator=token,
        author=give("Ines, who writes the definitions", "author", "ines@community.example.org"),
        approver=give("Ben, who approves content", "administrator", "ben@community.example.org", approving),
        lms=give("the learning platform", "integration", "lms.example.org"),
        reviewer=give("Rosa, who reviews evidence", "reviewer", "rosa@community.example.org"),
    )


# Definitions ----------------------------------------------------------------------------------------


def _define(teller: Teller, cast: Cast, files: dict[str, bytes], now: datetime) -> dict[str, str]:
    """Put and publish all definitions; return the titles of the content."""
    teller.chapter("What is asked for (a second run answers 200: nothing has changed)")
    _publish(teller, cast, f"frameworks/{FRAMEWORK}", "the framework", files["framework.yaml"])
    for rubric in _listed(files["rubrics.yaml"]):
        path = f"/v1/rubrics/{rubric['key']}"
        teller.call(f"the rubric “{rubric['title']}”", Call("PUT", path, cast.author, rubric))
        teller.call("its version, fixed for ever", Call("POST", f"{path}/versions", cast.author))
    content = _listed(files["content.yaml"])
    puts = [Call("PUT", f"/v1/content/{item['key']}", cast.author, item) for item in content]
    teller.each("sessions and courses, by Ines", "/v1/content/{key}", puts)
    approval = {"from": scenes.approved_from(now), "to": None, "retroactive": False}
    approvals = [
        Call("POST", f"/v1/content/{item['key']}/approvals", cast.approver, approval) for item in content
    ]
    teller.each("approvals, by Ben: nobody approves their own", "/v1/content/{key}/approvals", approvals)
    version = _publish(teller, cast, f"passports/{PASSPORT}", "the passport", files["passport.yaml"])
    public = f"/achievements/{version['public_key']}/{version['version']}"
    teller.call("what everybody may read of it", Call("GET", public))
    return {item["key"]: item["title"] for item in content}


def _publish(teller: Teller, cast: Cast, path: str, words: str, content: bytes) -> dict[str, Any]:
    put = teller.call(
        f"{words}, as YAML, in a draft", Call("PUT", f"/v1/{path}", cast.author, content=content)
    )
    title = put.json()["document"]["title"]
    answer = teller.call(f"“{title}” is published", Call("POST", f"/v1/{path}/versions", cast.author))
    version: dict[str, Any] = answer.json()
    return version


def _listed(content: bytes) -> list[dict[str, Any]]:
    value = strict_yaml.loads(content).value
    assert isinstance(value, list)
    return value


# The learner ----------------------------------------------------------------------------------------


def _enrol(teller: Teller, cast: Cast, name: str, now: datetime) -> Candidate:
    account = f"{name.lower()}-{now:%Y%m%d-%H%M%S}"
    learner = {
        "namespace": "https://lms.example.org",
        "external_id": account,
        "display_name": name,
        "email": f"{account}@example.org",
    }
    brings = f"the learning platform brings {name}"
    made = teller.call(brings, Call("POST", "/v1/learners", cast.lms, learner))
    learner_id: str = made.json()["id"]
    order = {"name": f"Demo: {name}", "role": "learner", "learner": learner_id, "expires_in_days": 7}
    given = teller.call("a token of her own", Call("POST", "/v1/tokens", cast.administrator, order))
    body = {"learner": learner_id, "passport": PASSPORT}
    enrolled = teller.call("she goes for the passport", Call("POST", "/v1/enrolments", cast.lms, body))
    return Candidate(learner_id, learner["email"], given.json()["secret"], enrolled.json()["id"])


def _collect(teller: Teller, cast: Cast, candidate: Candidate, titles: dict[str, str], now: datetime) -> None:
    teller.chapter("Nine pieces of evidence")
    path = f"/v1/enrolments/{candidate.enrolment}/evidence"
    for report in scenes.sessions(titles, now):
        teller.call(f"the platform reports “{report['title']}”", Call("POST", path, cast.lms, report))
    _show_progress(teller, candidate, "where she stands: all six building blocks")
    for words, report in (
        ("Amina reports her project", scenes.project(now)),
        ("… whom she mentored", scenes.mentoring(now)),
        ("… and her learning log", scenes.learning_log(now, whole=False)),
    ):
        teller.call(words, Call("POST", path, candidate.token, report))
    _show_progress(teller, candidate, "where she stands: her own words wait for a reviewer")


def _show_progress(teller: Teller, candidate: Candidate, words: str, shown: int = 4) -> None:
    """Tell in words what is met, what is missing and why some evidence does not count."""
    path = f"/v1/enrolments/{candidate.enrolment}/progress"
    progress = teller.call(words, Call("GET", path, candidate.token)).json()
    units = progress["units"]
    waiting = f", {units['pending']} under review" if units["pending"] else ""
    teller.say(f"{units['met']} of {units['total']} met{waiting}", "→")
    gaps = [shortfall["text"] for shortfall in progress["shortfalls"]]
    for text in gaps[:shown]:
        teller.say(f"missing: {text}", "  ")
    if len(gaps) > shown:
        teller.say(f"missing: {len(gaps) - shown} more", "  ")
    for unused in progress["unused_evidence"]:
        teller.say(f"does not count yet: {unused['why_not']}", "  ")


# Reviews --------------------------------------------------------------------------------------------


def _review(teller: Teller, cast: Cast, candidate: Candidate, now: datetime) -> None:
    teller.chapter("Reviews")
    query = f"/v1/evidence?status=submitted&learner={candidate.id}"
    waiting = teller.call("what waits for Rosa", Call("GET", query, cast.reviewer)).json()
    by_title = {row["title"]: row["id"] for row in waiting}
    project, mentoring = by_title[scenes.project(now)["title"]], by_title[scenes.mentoring(now)["title"]]
    log = by_title[scenes.learning_log(now, whole=False)["title"]]
    level = {"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"}
    accept = {"decision": "accepted", "comment": "Well led, and it shows."}

    def review(words: str, evidence: str, body: dict[str, Any]) -> None:
        teller.call(words, Call("POST", f"/v1/evidence/{evidence}/reviews", cast.reviewer, body))

    review("the project is accepted: outcome “achieved”", project, accept | {"levels": [level]})
    review("the mentoring is accepted", mentoring, accept)
    review("the learning log comes back", log, {"decision": "returned", "comment": scenes.RETURNED})
    teller.say(f"Rosa: {scenes.RETURNED}")
    _show_progress(teller, candidate, "where she stands: one thing is left")
    again = scenes.learning_log(now, whole=True)
    revisions = f"/v1/evidence/{log}/revisions"
    teller.call("Amina adds what was missing", Call("POST", revisions, candidate.token, again))
    _show_progress(teller, candidate, "where she stands: waiting once more")
    review("the learning log is accepted", log, accept)


# The credential -------------------------------------------------------------------------------------


def _receive(teller: Teller, candidate: Candidate) -> str:
    """Wait for the worker, which issues by itself; return the credential's public address."""
    teller.chapter("The credential (nobody asks for it: the worker issues when the passport is complete)")
    wanted = f"learner={candidate.id}&achievement={PASSPORT}/1.0.0"
    call = Call("GET", f"/v1/credentials?{wanted}", candidate.token)
    deadline = time.monotonic() + ISSUE_SECONDS
    while not teller.send(call).json():
        if time.monotonic() > deadline:
            raise StoryEndedError(f"There is no credential {ISSUE_SECONDS} s after the last review.")
        time.sleep(0.1)
    credential = teller.call("signed and issued", call).json()[0]
    enrolment = Call("GET", f"/v1/enrolments/{candidate.enrolment}", candidate.token)
    status = teller.send(enrolment).json()["status"]
    teller.call(f"her enrolment is {status}", enrolment)
    evaluation = Call("GET", f"/v1/evaluations/{credential['evaluation']}", candidate.token)
    teller.call("why: the evaluation, frozen", evaluation)
    url: str = credential["url"]
    teller.call("its page, for everybody", Call("GET", url, accept="text/html"))
    return url


def _verify(teller: Teller, candidate: Candidate, url: str, folder: Path) -> bool:
    """Verify as a stranger would, by address and from each file; say whether all of it holds."""
    teller.chapter("A stranger verifies it, without an account")
    body = {"url": url, "recipient": candidate.email}
    report = teller.call("is it genuine, and Amina's?", Call("POST", "/verify", body=body)).json()
    for check in report["checks"]:
        sign = _SIGNS[check["outcome"]]
        teller.say(f"{check['number']}. {sign} {check['title']}: {check['detail']} ({check['code']})", "  ")
    teller.say(f"verdict: {report['verdict'].replace('_', ' ')}", "→")
    verdicts = [bool(report["verified"])]
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, words in _DOWNLOADS:
        data = teller.call(words, Call("GET", url + suffix, accept="*/*")).content
        (folder / f"credential{suffix}").write_bytes(data)
        upload = Call("POST", "/verify", content=data, media_type=_MEDIA_TYPES[suffix])
        answer = teller.send(upload).json()
        verdicts.append(bool(answer["verified"]))
        saved = folder / f"credential{suffix}"
        teller.say(f"saved as {saved}; uploaded to the verifier: {answer['verdict'].replace('_', ' ')}", "→")
    return all(verdicts)


def places(ending: Ending, origin: str) -> tuple[tuple[str, str], ...]:
    """Return what is worth opening now: words and address."""
    return (
        ("the credential's page", ending.credential_url),
        ("what the passport asks for", f"{origin}/achievements/{PASSPORT}/1.0.0"),
        ("its framework", f"{origin}/frameworks/{FRAMEWORK}/0.1"),
        ("the issuer and its keys", f"{origin}/issuers/{ISSUER_KEY}"),
        ("the verifier: drop a file there", f"{origin}/verify"),
        ("the description of the API", f"{origin}/openapi.json"),
    )
