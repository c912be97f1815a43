"""Going over to a later version of a passport over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.schemas.enrolments import EnrolmentRead
from app.schemas.upgrades import UpgradeAccept, UpgradeRead
from app.services import upgrades

api = APIRouter(
    tags=["enrolments"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError,
        errors.InsufficientScopeError,
        errors.NotFoundError,
        errors.InvalidPayloadError,
    ),
)


@api.get(
    "/v1/enrolments/{id}/upgrade",
    summary="See what a later version would change",
    response_model_exclude_unset=True,
)
def read_upgrade(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_READ)],
) -> UpgradeRead:
    """Return the version that is offered, with the progress on the pinned one and on it side by side.

    There is none for an enrolment that is completed, or on the last version.
    """
    return UpgradeRead.model_validate(upgrades.read_upgrade(session, actor, id, now=now))


@api.post(
    "/v1/enrolments/{id}/upgrade",
    summary="Go over to a later version",
    responses=responses(
        errors.WrongStateError,
        errors.MalformedBodyError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def accept_upgrade(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: UpgradeAccept,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_WRITE)],
) -> EnrolmentRead:
    """Pin the enrolment to the version that was shown. There is no way back; again, it changes nothing."""
    return EnrolmentRead.model_validate(upgrades.accept_upgrade(session, actor, id, body.version, now=now))
