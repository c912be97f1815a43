"""Realistic views of every page and every verdict, for the tests that render or open them."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from app import pages
from app.schemas.credential_summaries import CredentialSummary, LinkedName
from app.schemas.pages import (
    AchievementPage,
    CredentialPage,
    ErrorPage,
    FrameworkItem,
    FrameworkPage,
    HomePage,
    InputProblem,
    IssuerPage,
    Page,
    StatusNote,
    VerificationForm,
    VerificationPage,
)

SAMPLES = Path(__file__).parent / "browser"
NOW = datetime(2016, 4, 1, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Check:
    number: int
    id: str
    title: str
    outcome: str
    code: str
    detail: str
    remedy: str | None
    clause: str


@dataclass(frozen=True)
class Uncovered:
    pointer: str


@dataclass(frozen=True)
class Report:
    verdict: str
    checks: tuple[Check, ...]
    uncovered: tuple[Uncovered, ...] = ()


def _reports() -> dict[str, Report]:
    """One report for each verdict: the checks of a good credential with what differs in each case."""
    samples = json.loads((SAMPLES / "sample_reports.json").read_text())
    passed = [Check(**check) for check in samples["checks"]]
    return {
        name: Report(
            report["verdict"],
            tuple(replace(check, **report["changes"].get(check.id, {})) for check in passed),
        )
        for name, report in samples["reports"].items()
    }


REPORTS = _reports()


def sample_document() -> dict[str, object]:
    document = json.loads((SAMPLES / "sample_credential.json").read_text())
    assert isinstance(document, dict)
    return document


def credential_page(document: dict[str, object], verdict: str = "verified") -> CredentialPage:
    revoked = StatusNote("Issued to the wrong person by mistake.", datetime(2016, 3, 20, tzinfo=UTC))
    return CredentialPage(
        path="/credentials/6f1d0c8a5b2e4f7796d3a1c0e8b45d21",
        summary=CredentialSummary.read(document),
        report=REPORTS[verdict],
        checked_at=NOW,
        image="/badge.svg",
        note=revoked if verdict == "revoked" else None,
    )


def framework_page() -> FrameworkPage:
    names = ["Personal Leadership", "Essential Mozilla", "Building for Action & Impact"]
    names += ["Working Open", "Developing Specialization", "Empowering Teams & People"]
    child = FrameworkItem(
        code="open-decisions",
        kind="practice",
        label="Decide in the open",
        statement="Say what is to be decided, by whom and when, where all can read it.",
        aliases=("Open decision making",),
        children=(FrameworkItem(code="decision-log", kind="skill", label="Keep a decision log"),),
    )
    items = tuple(
        FrameworkItem(
            code=name.lower().replace(" & ", "-").replace(" ", "-"),
            kind="block",
            label=name,
            statement="What a leader in this network knows and does under this heading.",
            children=(child,) if name == "Working Open" else (),
        )
        for name in names
    )
    return FrameworkPage(
        path="/frameworks/participation-leadership/0.1",
        title="Participation Leadership Framework",
        version="0.1",
        description="What people who lead in open communities know, do and pass on.",
        published_at=NOW,
        issuer=LinkedName("Participation Network", "/issuers/participation"),
        items=items,
    )


def sample_pages() -> dict[str, Page]:
    """Every page and every verdict, by the path under which the preview serves it."""
    document = sample_document()
    summary = CredentialSummary.read(document)
    form = VerificationForm(credential='{"@context": [', recipient="amina@example.org")
    views: dict[str, Page] = {
        "/": HomePage(issuers=(LinkedName("Participation Network", "/issuers/participation"),)),
        "/verify": VerificationPage(),
        "/verify-unreadable": VerificationPage(
            form=form,
            problem=InputProblem(
                title="There is no readable credential in this",
                detail="The JSON text ends before it is complete (line 1, column 15).",
                hint="Copy the whole text, from the first { to the last }.",
                field="credential",
            ),
        ),
        "/issuers/participation": IssuerPage(
            name="Participation Network",
            did=summary.issuer.id,
            path="/issuers/participation",
            description="We connect people who lead in open communities.",
            url="https://participation.example.org/",
            email="hello@participation.example.org",
            key_ids=(f"{summary.issuer.id}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",),
            achievements=(LinkedName("Community Leadership Passport 1.0.0", "/achievements/c/1.0.0"),),
        ),
        "/achievements/c/1.0.0": AchievementPage(
            path="/achievements/c/1.0.0",
            achievement=summary.achievement,
            issuer=LinkedName("Participation Network", "/issuers/participation"),
            image="/badge.svg",
            versions=(LinkedName("0.9.0", "/achievements/c/0.9.0"),),
        ),
        "/frameworks/participation-leadership/0.1": framework_page(),
        "/missing": ErrorPage(
            status=404,
            title="Not found",
            detail="There is no credential at this address.",
            code="not_found",
            hint="Check the address, or ask the holder for a new link.",
            request_id="0193a5c0-77aa",
        ),
    }
    for verdict, report in REPORTS.items():
        views[f"/credentials/{verdict}"] = credential_page(document, verdict)
        views[f"/verify-{verdict}"] = VerificationPage(
            report=report, summary=summary, source="png", checked_at=NOW
        )
    for code in pages.problem_codes():
        views[f"/problems/{code}"] = pages.load_problem(code)
    return views
