"""Content and its approvals: scripted over HTTP."""

from typing import Annotated, Any

from fastapi import Body, Response, status

from app import errors
from app.dependencies import IdPath, NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.routers.definitions import KeyPath, Reader, definition_router
from app.schemas.content import ApprovalRead, ApprovalWithdraw
from app.services import content
from app.services.definitions import Document

_EXAMPLE: dict[str, Any] = {
    "title": "Open by design",
    "kind": "session",
    "description": "How to plan work so that others can join it.",
    "origin": "in_house",
    "mode": "in_person",
    "language": "en",
    "effort_minutes": 60,
    "topics": ["open-source"],
    "objectives": ["Name three ways to let others in early."],
    "alignments": [{"framework": "participation-leadership", "item": "working-open", "weight": "primary"}],
}
_APPROVAL: dict[str, Any] = {"from": "2026-01-01T00:00:00Z", "to": None, "retroactive": False, "hub": None}

api = definition_router(content.NOUN, _EXAMPLE)


@api.post(
    "/{key}/approvals",
    status_code=status.HTTP_201_CREATED,
    summary="Approve content",
    responses=responses(
        errors.NotFoundError,
        errors.ConflictOfInterestError,
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        existing=ApprovalRead,
    ),
)
def approve_content(
    key: KeyPath,
    body: Annotated[Document, Body(examples=[_APPROVAL])],
    session: SessionDep,
    response: Response,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CONTENT_APPROVE)],
) -> ApprovalRead:
    """Approve an item for an interval. Whoever wrote it last cannot be the one who approves it."""
    approval, created = content.approve_content(session, actor, key, body, now=now)
    say_created(response, created)
    return ApprovalRead.model_validate(approval)


@api.post(
    "/{key}/approvals/{approval}/withdraw",
    summary="Withdraw an approval",
    responses=responses(
        errors.NotFoundError,
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def withdraw_approval(
    key: KeyPath,
    approval: IdPath,
    body: ApprovalWithdraw,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CONTENT_APPROVE)],
) -> ApprovalRead:
    """End an approval now. What was done before goes on counting, unless the approval is recalled.

    A recall may follow a withdrawal. Doing either again changes nothing.
    """
    withdrawal = content.Withdrawal(body.reason, recall=body.recall)
    row = content.withdraw_approval(session, actor, (key, approval), withdrawal, now=now)
    return ApprovalRead.model_validate(row)


@api.get(
    "/{key}/approvals",
    summary="List the approvals of content",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def list_approvals(key: KeyPath, session: SessionDep, actor: Reader) -> list[ApprovalRead]:
    """Return all approvals of an item, oldest first."""
    return [ApprovalRead.model_validate(row) for row in content.list_approvals(session, actor, key)]
