"""Officer cases over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.cases import CaseStatus, CauseKind
from app.problems import responses
from app.representations import say_created
from app.schemas.cases import CaseDecide, CaseRead
from app.services import cases

api = APIRouter(
    prefix="/v1/cases",
    tags=["credentials"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError, errors.InsufficientScopeError, errors.InvalidPayloadError
    ),
)

Reader = Annotated[Actor, actor_with(Scope.CASES_READ)]


@api.get("", summary="List officer cases")
def list_cases(
    paging: PagingDep,
    session: SessionDep,
    actor: Reader,
    status: Annotated[CaseStatus | None, Query(description="`open` gives what waits for an officer.")] = None,
    credential: Annotated[str | None, Query(max_length=64)] = None,
    learner: Annotated[str | None, Query(max_length=64)] = None,
    cause: CauseKind | None = None,
) -> list[CaseRead]:
    """Return the cases of the issuer, oldest first; a learner gets those about their own credentials."""
    wanted = cases.CaseFilter(status, credential, learner, cause)
    return paging.answer(cases.list_cases(session, actor, paging.window, wanted), CaseRead)


@api.get("/{id}", summary="Get an officer case", responses=responses(errors.NotFoundError))
def read_case(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Reader,
) -> CaseRead:
    """Return a case: what fell away, what the rule comes to without it, and what was decided."""
    return CaseRead.model_validate(cases.load_case(session, actor, id))


@api.post(
    "/{id}/decisions",
    status_code=status.HTTP_201_CREATED,
    summary="Decide an officer case",
    responses=responses(
        errors.NotFoundError,
        errors.WrongStateError,
        errors.ConflictOfInterestError,
        errors.MalformedBodyError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        existing=CaseRead,
    ),
)
def decide_case(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CaseDecide,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.CASES_DECIDE)],
) -> CaseRead:
    """Keep the credential, suspend it until a later decision, or revoke it for good.

    Keeping a credential reinstates it where this case alone holds the suspension; one that somebody suspended
    by hand stays suspended. The same decision with the same reason changes nothing.
    """
    case, created = cases.decide_case(session, actor, id, body.decision, body.reason, now=now)
    say_created(response, created)
    return CaseRead.model_validate(case)
