"""Reviews over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.schemas.reviews import ReviewDocument, ReviewRead
from app.services import reviews

api = APIRouter(
    prefix="/v1/evidence/{id}/reviews",
    tags=["reviews"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError, errors.NotFoundError),
)


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Review evidence",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        errors.AlreadyExistsError,
        errors.ConflictOfInterestError,
        errors.WrongStateError,
        existing=ReviewRead,
    ),
)
def review_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: Annotated[ReviewDocument, Body()],
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EVIDENCE_REVIEW)],
) -> ReviewRead:
    """Accept, return or reject the present revision; returning and rejecting need a comment.

    Nobody reviews their own evidence or what they submitted for somebody. Recognised prior learning
    (`rpl`) counts once two reviewers have accepted it. Repeating the same review changes nothing.
    """
    review, created = reviews.review_evidence(session, actor, id, body, now=now)
    say_created(response, created)
    return ReviewRead.model_validate(review)


@api.get("", summary="List the reviews of evidence", responses=responses(errors.InvalidPayloadError))
def list_reviews(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.EVIDENCE_READ)],
) -> list[ReviewRead]:
    """Return the reviews of all revisions, oldest first."""
    return [ReviewRead.model_validate(row) for row in reviews.list_reviews(session, actor, id)]
