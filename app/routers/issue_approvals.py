"""Approvals before the issue over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.milestones import PASSPORT
from app.problems import responses
from app.representations import say_created
from app.schemas.issue_approvals import IssueApprovalCreate, IssueApprovalRead, IssueApprovalRevoke
from app.services import issue_approvals

api = APIRouter(
    prefix="/v1/enrolments/{id}/approvals",
    tags=["enrolments"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError,
        errors.InsufficientScopeError,
        errors.NotFoundError,
        errors.InvalidPayloadError,
    ),
)

Approver = Annotated[Actor, actor_with(Scope.CREDENTIALS_APPROVE)]

_WRITING = (
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
    errors.WrongStateError,
)


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Approve the issue of a credential",
    responses=responses(
        *_WRITING, errors.ConflictOfInterestError, errors.NotCompleteError, existing=IssueApprovalRead
    ),
)
def approve_issue(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: IssueApprovalCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Approver,
) -> IssueApprovalRead:
    """Say that a completed passport, or a milestone, may be issued, as one of those in `issue.approvers`.

    Once enough have, a job issues it. Approving again changes nothing.
    """
    row, created = issue_approvals.approve_issue(
        session, actor, id, body.comment, now=now, milestone=body.milestone or PASSPORT
    )
    say_created(response, created)
    return IssueApprovalRead.model_validate(row)


@api.get("", summary="List the approvals of an enrolment")
def list_approvals(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_READ)],
) -> list[IssueApprovalRead]:
    """Return who approved, and what was taken back, oldest first."""
    rows = issue_approvals.list_approvals(session, actor, id)
    return [IssueApprovalRead.model_validate(row) for row in rows]


@api.post("/{approval}/revoke", summary="Take an approval back", responses=responses(*_WRITING))
def revoke_approval(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    approval: IdPath,
    body: IssueApprovalRevoke,
    session: SessionDep,
    now: NowDep,
    actor: Approver,
) -> IssueApprovalRead:
    """Take back what was approved, as long as nothing has been issued. Again, it changes nothing."""
    row = issue_approvals.revoke_approval(session, actor, (id, approval), body.reason, now=now)
    return IssueApprovalRead.model_validate(row)
