"""Passports: scripted over HTTP, looked over and tried out before they are published."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from app import errors
from app.dependencies import SessionDep
from app.problems import responses
from app.routers.definitions import KeyPath, Reader, definition_router
from app.schemas.enrolments import ProgressRead
from app.schemas.passports import FindingRead, LintRead
from app.services import passports
from app.services.definitions import Document, Noun

_EXAMPLE: dict[str, Any] = {
    "kind": "Passport",
    "version": "1.0.0",
    "title": "Community Leadership Passport",
    "framework": "participation-leadership@0.1",
    "issue": {"mode": "auto", "achievement_type": "Certificate"},
    "rule": {
        "key": "root",
        "all_of": [
            {
                "key": "content",
                "title": "One session under every building block",
                "section": "content",
                "coverage": {
                    "framework": "participation-leadership@0.1",
                    "items": "all",
                    "each": {"content": {"origin": ["in_house", "approved"], "assurance": "attested"}},
                },
            },
            {
                "key": "community-project",
                "title": "Run a project in your community and show what changed",
                "section": "experience",
                "experience": {"template": "community-project", "assurance": "reviewed"},
            },
            {
                "key": "choice",
                "title": "Learn something you chose",
                "section": "choice",
                "choice": {"min_minutes": 300, "reflection": "required", "assurance": "reviewed"},
            },
        ],
    },
}

_SIMULATION: dict[str, Any] = {
    "passport": {
        "version": "1.0.0",
        "title": "Two projects",
        "rule": {"key": "projects", "experience": {"template": "community-project", "count": 2}},
    },
    "evidence": [
        {
            "id": "ev_1",
            "kind": "experience",
            "template": "community-project",
            "occurred_at": "2016-01-22T09:00:00Z",
            "status": "accepted",
            "assurance": "reviewed",
        }
    ],
    "exceptions": [],
    "as_of": "2016-02-20T10:00:00Z",
}

_RENEWAL: dict[str, Any] = {
    "passport": {
        "version": "1.0.0",
        "title": "Two projects",
        "rule": {"key": "projects", "experience": {"template": "community-project", "count": 2}},
        "valid_for": "P2Y",
        "renewal": {"key": "one-more", "experience": {"opportunity": {"hub": "things"}, "within": "P1Y"}},
    },
    "renews": True,
    "evidence": _SIMULATION["evidence"],
    "as_of": "2018-03-01T10:00:00Z",
    "catalogue": {
        "opportunities": [
            {
                "key": "lamp",
                "title": "A lamp for the workshop",
                "hub": "things",
                "template": "community-project",
            }
        ]
    },
}
_REFUSALS = responses(
    errors.NotFoundError,
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.LintFailedError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)


def trial_router(noun: Noun, example: Document, simulations: list[Document]) -> APIRouter:
    """Return a router with the routes for looking over and trying out what learners enrol on."""
    kind = noun.kind
    api = definition_router(noun, example)

    @api.post("/{key}:lint", summary=f"Look a {kind} over", responses=_REFUSALS)
    def lint_draft(
        key: KeyPath,
        session: SessionDep,
        actor: Reader,
        body: Annotated[Document | None, Body(examples=[example])] = None,
    ) -> LintRead:
        """Say what would keep it from being published, and what is worth a second look.

        Without a body it is about the draft. Nothing is stored.
        """
        found = passports.lint_draft(session, actor, kind, key, body)
        return LintRead(
            publishable=not found.blocking,
            faults=[FindingRead.model_validate(each) for each in found.faults],
            warnings=[FindingRead.model_validate(each) for each in found.warnings],
        )

    @api.post(
        "/{key}:simulate",
        summary=f"Try a {kind} out",
        responses=_REFUSALS,
        response_model_exclude_unset=True,
    )
    def simulate_draft(
        key: KeyPath,
        body: Annotated[Document, Body(examples=simulations)],
        session: SessionDep,
        actor: Reader,
    ) -> ProgressRead:
        """Answer how far the evidence of the body meets it. Nothing is stored.

        The body holds `evidence`, `as_of` and, if wished, `exceptions`, a `passport` (or `series`) in place
        of the draft and a `catalogue` (`frameworks`, `rubrics`, `content` with `approvals`, `crosswalk`,
        `trusted`, `opportunities`, `vocabularies`, `hubs`) in place of what is published. With
        `renews: true` the passport's `renewal` judges, as it does for whoever begins again once their
        credential has expired; without one that is refused. The order of rows plays no part.
        """
        return ProgressRead.model_validate(passports.simulate_draft(session, actor, kind, key, body))

    return api


api = trial_router(passports.NOUN, _EXAMPLE, [_SIMULATION, _RENEWAL])
