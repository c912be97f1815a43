"""Enrolments and progress over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.enrolments import EnrolmentStatus
from app.problems import responses
from app.representations import say_created
from app.schemas.bodies import Key
from app.schemas.enrolments import EnrolmentCreate, EnrolmentRead, LearnerId, ProgressRead
from app.services import enrolments

api = APIRouter(
    prefix="/v1/enrolments",
    tags=["enrolments"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)

Reader = Annotated[Actor, actor_with(Scope.ENROLMENTS_READ)]


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Enrol a learner",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.AlreadyExistsError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        existing=EnrolmentRead,
    ),
)
def enrol_learner(
    body: EnrolmentCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.ENROLMENTS_WRITE)],
) -> EnrolmentRead:
    """Let a learner go for a passport; the version stays pinned, and what they did before counts too.

    Enrolling again gives the enrolment that there is. A learner's own token enrols its learner only.
    """
    order = enrolments.EnrolmentOrder(body.learner, body.passport, body.version)
    enrolment, created = enrolments.enrol_learner(session, actor, order, now=now)
    say_created(response, created)
    response.headers["Location"] = f"/v1/enrolments/{enrolment.id}"
    return EnrolmentRead.model_validate(enrolment)


@api.get("", summary="List enrolments", responses=responses(errors.InvalidPayloadError))
def list_enrolments(
    session: SessionDep,
    paging: PagingDep,
    actor: Reader,
    learner: Annotated[LearnerId | None, Query()] = None,
    passport: Annotated[Key | None, Query()] = None,
    status: Annotated[EnrolmentStatus | None, Query()] = None,
) -> list[EnrolmentRead]:
    """Return enrolments, oldest first. A learner's own token sees its learner's."""
    wanted = enrolments.EnrolmentFilter(learner, passport, status)
    page = enrolments.list_enrolments(session, actor, paging.window, wanted)
    return paging.answer(page, EnrolmentRead)


@api.get(
    "/{id}",
    summary="Read an enrolment",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def read_enrolment(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Reader,
) -> EnrolmentRead:
    """Return one enrolment."""
    return EnrolmentRead.model_validate(enrolments.load_enrolment(session, actor, id))


@api.get(
    "/{id}/progress",
    summary="Read the progress on an enrolment",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
    response_model_exclude_unset=True,
)
def read_progress(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Reader,
) -> ProgressRead:
    """Say of each requirement whether it is met and by what, what is missing, and what would close it.

    It is worked out from the ledger at the moment of asking, so it is never stale. Once the rule was
    met the answer is the frozen evaluation, and `explain_url` names it.
    """
    return ProgressRead.model_validate(enrolments.read_progress(session, actor, id, now=now))
