"""Learners over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.schemas.learners import (
    ExternalId,
    LearnerCreate,
    LearnerRead,
    LearnerRoleRead,
    LearnerUpdate,
    Namespace,
)
from app.services import learners, roles

api = APIRouter(
    prefix="/v1/learners",
    tags=["learners"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Find or create a learner",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.AlreadyExistsError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        existing=LearnerRead,
    ),
)
def create_learner(
    body: LearnerCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.LEARNERS_WRITE)],
) -> LearnerRead:
    """Return the learner that `external_id` means in `namespace`, and create them on the first call.

    Repeating the call is safe. When the learner exists and differs in a member that you give, the answer
    is `already_exists`, and nothing changes.
    """
    name = learners.LearnerName(body.namespace, body.external_id)
    given = body.model_dump(include=set(learners.PROFILE), exclude_unset=True)
    learner, created = learners.create_learner(session, actor, name, given, now=now)
    say_created(response, created)
    response.headers["Location"] = f"/v1/learners/{learner.id}"
    return LearnerRead.model_validate(learner)


@api.get("", summary="List learners", responses=responses(errors.InvalidPayloadError))
def list_learners(
    session: SessionDep,
    paging: PagingDep,
    actor: Annotated[Actor, actor_with(Scope.LEARNERS_READ)],
    namespace: Annotated[Namespace | None, Query()] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> list[LearnerRead]:
    """Return learners, oldest first. A learner's own token sees one: themselves."""
    page = learners.list_learners(session, actor, paging.window, namespace=namespace, external_id=external_id)
    return paging.answer(page, LearnerRead)


@api.get(
    "/{id}", summary="Read a learner", responses=responses(errors.NotFoundError, errors.InvalidPayloadError)
)
def read_learner(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.LEARNERS_READ)],
) -> LearnerRead:
    """Return one learner."""
    return LearnerRead.model_validate(learners.load_learner(session, actor, id))


@api.get(
    "/{id}/roles",
    summary="List the roles of a learner",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def list_roles(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.LEARNERS_READ)],
) -> list[LearnerRoleRead]:
    """Return the roles that the learner's credentials bring as long as they are in force (`grants_role`).

    The learner's own tokens hold them, unless they were made with fewer scopes than a learner may have.
    """
    return [LearnerRoleRead.model_validate(each) for each in roles.list_roles(session, actor, id, now=now)]


@api.patch(
    "/{id}",
    summary="Change a learner",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.NotFoundError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def update_learner(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: LearnerUpdate,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.LEARNERS_WRITE)],
) -> LearnerRead:
    """Change what is given (a JSON merge patch, RFC 7396); the name in the partner system stays.

    Credentials name the learner as they were when each was issued.
    """
    changes = body.model_dump(exclude_unset=True)
    return LearnerRead.model_validate(learners.update_learner(session, actor, id, changes, now=now))
