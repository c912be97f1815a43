"""Partnerships over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.schemas.bodies import Key
from app.schemas.enrolments import LearnerId
from app.schemas.partnerships import (
    ActionCreate,
    ActionUpdate,
    CheckInCreate,
    ConfirmationCreate,
    EndingCreate,
    PartnershipCreate,
    PartnershipRead,
    PartnershipStatus,
    PartnershipUpdate,
)
from app.services import partnerships
from app.services.definitions import Preconditions
from app.services.partnerships import PartnershipFilter

api = APIRouter(
    prefix="/v1/partnerships",
    tags=["partnerships"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)

Reader = Annotated[Actor, actor_with(Scope.PARTNERSHIPS_READ)]
Writer = Annotated[Actor, actor_with(Scope.PARTNERSHIPS_WRITE)]
IfMatch = Annotated[str | None, Header(description="Only change the partnership that has this ETag.")]
ActionPath = Annotated[int, Path(ge=1, le=1000, description="The number of the action, from 1 on.")]

_READING = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)
_CHANGING = (*_READING, errors.NotFoundError, errors.WrongStateError)


def _shown(view: partnerships.PartnershipView, response: Response) -> PartnershipRead:
    response.headers["ETag"] = view.etag
    return PartnershipRead.model_validate(view)


@api.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Begin a partnership",
    responses=responses(*_READING, errors.AlreadyExistsError, existing=PartnershipRead),
)
def create_partnership(
    body: PartnershipCreate, response: Response, session: SessionDep, now: NowDep, actor: Writer
) -> PartnershipRead:
    """Return the steward's partnership with an organisation in a plan year, begun on the first call.

    How far it has come follows from its record: it is prioritised once it has a priority, designed with
    four actions, initiated with the first of them done, active once the partner confirmed it, maintained
    with the first check-in on time, and dormant after two that were missed.
    """
    members = body.model_dump(exclude_unset=True, exclude={"steward"})
    view, created = partnerships.create_partnership(session, actor, body.steward, members, now=now)
    say_created(response, created)
    response.headers["Location"] = f"/v1/partnerships/{view.row.id}"
    return _shown(view, response)


@api.get("", summary="List partnerships", responses=responses(errors.InvalidPayloadError))
def list_partnerships(
    session: SessionDep,
    paging: PagingDep,
    now: NowDep,
    actor: Reader,
    steward: Annotated[LearnerId | None, Query()] = None,
    organisation: Annotated[Key | None, Query()] = None,
    status: Annotated[PartnershipStatus | None, Query()] = None,
) -> list[PartnershipRead]:
    """Return partnerships, oldest first. A learner's own token sees its own."""
    wanted = PartnershipFilter(steward, organisation, status)
    page = partnerships.list_partnerships(session, actor, paging.window, wanted, now=now)
    return paging.answer(page, PartnershipRead)


@api.get(
    "/{id}",
    summary="Read a partnership",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def read_partnership(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Reader,
) -> PartnershipRead:
    """Return a partnership as it stands, with the ETag of its record."""
    return _shown(partnerships.load_partnership(session, actor, id, now=now), response)


@api.patch(
    "/{id}",
    summary="Change a partnership",
    responses=responses(*_CHANGING, errors.PreconditionFailedError, errors.AlreadyExistsError),
)
def revise_partnership(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: PartnershipUpdate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Writer,
    if_match: IfMatch = None,
) -> PartnershipRead:
    """Change what is given (a JSON merge patch, RFC 7396); a plan is replaced as a whole."""
    changes, conditions = body.model_dump(exclude_unset=True), Preconditions(if_match)
    view = partnerships.revise_partnership(session, actor, id, changes, conditions, now=now)
    return _shown(view, response)


@api.post(
    "/{id}/actions",
    status_code=status.HTTP_201_CREATED,
    summary="Add an action",
    responses=responses(*_CHANGING, existing=PartnershipRead),
)
def add_action(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: ActionCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Writer,
) -> PartnershipRead:
    """Write down one thing to do for the bridge; the same words again are the same action."""
    view, created = partnerships.add_action_to(session, actor, id, body.model_dump(), now=now)
    say_created(response, created)
    return _shown(view, response)


@api.patch(
    "/{id}/actions/{number}",
    summary="Change an action",
    responses=responses(*_CHANGING, errors.PreconditionFailedError, errors.AlreadyExistsError),
)
def change_action(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    number: ActionPath,
    body: ActionUpdate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Writer,
    if_match: IfMatch = None,
) -> PartnershipRead:
    """Change what is given of an action: `done_at` says that it is done, `null` that it is not."""
    changes, conditions = body.model_dump(exclude_unset=True), Preconditions(if_match)
    view = partnerships.change_action_of(session, actor, (id, number), changes, conditions, now=now)
    return _shown(view, response)


@api.post(
    "/{id}/checkins",
    status_code=status.HTTP_201_CREATED,
    summary="Check in on a partnership",
    responses=responses(
        *_CHANGING, errors.AlreadyExistsError, errors.ConflictOfInterestError, existing=PartnershipRead
    ),
)
def check_in(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: CheckInCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Writer,
) -> PartnershipRead:
    """Note how the bridge is doing. It is on time before a cadence has passed since the last one."""
    view, created = partnerships.check_in_on(session, actor, id, body.model_dump(), now=now)
    say_created(response, created)
    return _shown(view, response)


@api.post(
    "/{id}/confirm",
    summary="Confirm a partnership for the partner",
    responses=responses(*_CHANGING, errors.ConflictOfInterestError),
)
def confirm_partnership(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: ConfirmationCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EVIDENCE_ATTEST)],
) -> PartnershipRead:
    """Keep the partner's word that the bridge stands: from then on the record counts as attested.

    It comes from somebody other than the steward, once the first action is done. There is one word for a
    partnership; a second call changes nothing.
    """
    view = partnerships.confirm_partnership(session, actor, id, body.model_dump(), now=now)
    return _shown(view, response)


@api.post("/{id}/close", summary="Close a partnership", responses=responses(*_CHANGING))
def close_partnership(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: EndingCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Writer,
) -> PartnershipRead:
    """End a partnership. What was completed with it stays complete. A second call changes nothing."""
    return _shown(partnerships.close_partnership(session, actor, id, body.reason, now=now), response)


@api.post("/{id}/invalidate", summary="Invalidate a partnership", responses=responses(*_CHANGING))
def invalidate_partnership(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: EndingCreate,
    response: Response,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EVIDENCE_INVALIDATE)],
) -> PartnershipRead:
    """Declare that a partnership does not count. No credential is revoked by this.

    A completion that rests on it and has not led to a credential is undone. A second call changes nothing.
    """
    return _shown(partnerships.invalidate_partnership(session, actor, id, body.reason, now=now), response)
