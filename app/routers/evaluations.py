"""Frozen evaluations over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.schemas.evaluations import EvaluationRead
from app.services import evaluations

api = APIRouter(
    prefix="/v1/evaluations",
    tags=["evaluations"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)


@api.get(
    "/{id}",
    summary="Read a frozen evaluation",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def read_evaluation(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_READ)],
) -> EvaluationRead:
    """Return the answer that the rule gave when it was met: why a credential was issued. It never changes."""
    return EvaluationRead.model_validate(evaluations.describe_evaluation(session, actor, id))
