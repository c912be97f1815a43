"""The Community Leadership Passport, what it refers to, and a learner who has earned it."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from app.domain.achievements import AchievementPlace, build_achievement, issuer_profile
from app.domain.content import read_approval, read_content
from app.domain.evidence import EvidenceReport, Standing, evidence_row, read_report
from app.domain.frameworks import read_framework
from app.domain.passports import read_passport
from app.domain.rubrics import read_rubric
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue, LevelReached
from app.domain.rules.progress import Completion

BLOCKS = {"working-open": "Working Open", "empowering-teams": "Empowering Teams and People"}
FRAMEWORK = read_framework(
    {
        "key": "participation-leadership",
        "version": "0.1",
        "title": "Participation Leadership Framework",
        "items": [
            {
                "code": "working-open",
                "label": "Working Open",
                "statement": "Shows the work while it is done.",
            },
            {"code": "empowering-teams", "label": "Empowering Teams and People"},
        ],
    }
)
RUBRIC = read_rubric(
    {
        "key": "project-outcomes",
        "version": "1.0.0",
        "title": "Project outcomes",
        "criteria": [
            {
                "key": "outcome",
                "title": "Outcome",
                "levels": [
                    {"key": "started", "title": "Started", "description": "Something has begun."},
                    {"key": "achieved", "title": "Achieved"},
                    {"key": "lasting", "title": "Lasting"},
                ],
            }
        ],
    }
)
SESSIONS = {
    code: read_content(
        {
            "key": f"session-{code}",
            "title": f"Session on {label}",
            "origin": "in_house",
            "mode": "hybrid",
            "alignments": [{"framework": FRAMEWORK.key, "item": code}],
        }
    ).with_approvals([read_approval({"from": "2016-01-01"})])
    for code, label in BLOCKS.items()
}
CATALOGUE = Catalogue(
    frameworks={FRAMEWORK.ref: FRAMEWORK},
    rubrics={RUBRIC.ref: RUBRIC, RUBRIC.key: RUBRIC},
    content={session.key: session for session in SESSIONS.values()},
)
DOCUMENT: dict[str, Any] = {
    "kind": "Passport",
    "key": "community-leadership",
    "version": "1.0.0",
    "title": "Community Leadership Passport",
    "rule": {
        "key": "root",
        "all_of": [
            {
                "key": "content",
                "title": "One session under every building block",
                "section": "content",
                "coverage": {
                    "framework": FRAMEWORK.ref,
                    "items": "all",
                    "each": {"content": {"assurance": "attested", "accept_rpl": True}},
                },
            },
            {
                "key": "experience",
                "section": "experience",
                "all_of": [
                    {
                        "key": "community-project",
                        "title": "Run a project in your community",
                        "experience": {
                            "template": "community-project",
                            "assurance": "reviewed",
                            "within": "P2Y",
                            "min_level": {"rubric": RUBRIC.ref, "criterion": "outcome", "level": "achieved"},
                        },
                        "result": {"type": "RubricCriterionLevel", "rubric": RUBRIC.ref},
                    }
                ],
            },
            {
                "key": "choice",
                "title": "Learn something you chose",
                "section": "choice",
                "result": {"type": "Status"},
                "choice": {"topics": ["leadership"], "min_minutes": 300, "assurance": "reviewed"},
            },
        ],
    },
}
NOW = datetime(2016, 3, 4, 9, 0, 0, 250_000, UTC)
UUID = "01900000-0000-7000-8000-00000000000"


def a_passport(**changes: object) -> PassportDefinition:
    """Return the passport, expanded, with other members at the top."""
    return expand(read_passport(deepcopy(DOCUMENT) | changes), CATALOGUE)


def reports(**changes: dict[str, Any]) -> dict[str, EvidenceReport]:
    """Return the evidence of the learner by id; `changes` are given by the kind of evidence."""
    documents: list[dict[str, Any]] = [
        {
            "kind": "attendance",
            "title": session.title,
            "content": session.key,
            "occurred_at": f"2016-01-2{number}T09:00:00.5Z",
            "occurred_end": f"2016-01-2{number}T10:00:00Z",
        }
        for number, session in enumerate(SESSIONS.values(), start=2)
    ]
    documents.append(
        {
            "kind": "experience",
            "title": "Library coding club",
            "description": "Forty children learned to code.",
            "template": "community-project",
            "occurred_at": "2016-02-15T10:00:00Z",
        }
    )
    documents.append(
        {
            "kind": "learning_log",
            "title": "A book on governance",
            "description": "Very private thoughts",
            "reflection": "Even more private",
            "topics": ["leadership"],
            "minutes": 320,
            "occurred_at": "2016-03-01",
        }
    )
    return {
        f"{UUID}{number}": read_report(document | changes.get(document["kind"], {}))
        for number, document in enumerate(documents, start=1)
    }


LEVELS = (
    LevelReached(RUBRIC.key, "outcome", "achieved"),
    LevelReached(RUBRIC.key, "outcome", "started"),
    LevelReached("another-rubric", "outcome", "lasting"),
)


def complete(
    definition: PassportDefinition,
    evidence: dict[str, EvidenceReport],
    levels: tuple[LevelReached, ...] = LEVELS,
) -> Completion:
    """Return the completion that `evidence`, all of it accepted, makes."""
    rows = [
        evidence_row(
            report,
            Standing(
                id=identifier,
                status="accepted",
                assurance="system" if report.kind == "attendance" else "reviewed",
                recorded_at=NOW,
                levels=levels if report.kind == "experience" else (),
                accepted_by=("Rita Reviewer",),
            ),
        )
        for identifier, report in evidence.items()
    ]
    return Completion(evaluate(definition, rows, CATALOGUE, as_of=NOW))


PLACE = AchievementPlace(
    "https://passports.example/achievements",
    "community-leadership",
    "1.0.0",
    {FRAMEWORK.ref: "https://passports.example/frameworks/participation-leadership/0.1"},
)
URL = PLACE.url
ISSUER = issuer_profile(
    did="did:web:passports.example:issuers:network",
    name="Open Network",
    url="https://network.example",
    description="We learn together.",
    email="hello@network.example",
    image="https://network.example/logo.png",
)


def an_achievement(definition: PassportDefinition | None = None) -> dict[str, Any]:
    """Return the achievement of a definition, by default of the passport itself."""
    return build_achievement(definition or a_passport(), CATALOGUE, PLACE)
