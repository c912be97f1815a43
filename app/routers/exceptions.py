"""Exceptions for one learner over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.schemas.exceptions import DecisionCreate, ExceptionDocument, ExceptionRead
from app.services import exceptions

api = APIRouter(
    prefix="/v1/enrolments/{id}/exceptions",
    tags=["enrolments"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError, errors.NotFoundError),
)

_WRITING = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
    errors.WrongStateError,
)


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Propose an exception",
    responses=responses(*_WRITING, existing=ExceptionRead),
)
def propose_exception(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: Annotated[ExceptionDocument, Body()],
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EXCEPTIONS_PROPOSE)],
) -> ExceptionRead:
    """Propose to waive, substitute, allow, pin or adjust something for this learner, with the reason.

    It counts once somebody else grants it. The same proposal again is the same exception.
    """
    row, created = exceptions.propose_exception(session, actor, id, body, now=now)
    say_created(response, created)
    return ExceptionRead.model_validate(row)


@api.get("", summary="List the exceptions of an enrolment", responses=responses(errors.InvalidPayloadError))
def list_exceptions(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_READ)],
) -> list[ExceptionRead]:
    """Return all exceptions with what was decided, oldest first. The progress says which are effective."""
    return [ExceptionRead.model_validate(row) for row in exceptions.list_exceptions(session, actor, id)]


@api.post(
    "/{exception}/decisions",
    status_code=status.HTTP_201_CREATED,
    summary="Decide about an exception",
    responses=responses(*_WRITING, errors.ConflictOfInterestError, existing=ExceptionRead),
)
def decide_exception(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    exception: IdPath,
    body: DecisionCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EXCEPTIONS_DECIDE)],
) -> ExceptionRead:
    """Grant or decline what somebody else proposed, or revoke what was granted.

    Never for oneself, and never by whoever proposed it. The same decision again changes nothing.
    """
    place = (id, exception)
    row, created = exceptions.decide_exception(session, actor, place, body.decision, body.reason, now=now)
    say_created(response, created)
    return ExceptionRead.model_validate(row)
