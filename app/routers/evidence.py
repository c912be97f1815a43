"""Evidence over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import IdPath, NowDep, PagingDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.rules.facts import EvidenceStatus
from app.domain.rules.language import EVIDENCE_KINDS
from app.problems import responses
from app.representations import say_created
from app.schemas.enrolments import LearnerId
from app.schemas.evidence import (
    EvidenceDetail,
    EvidenceDocument,
    EvidenceRead,
    InvalidationCreate,
    RevisionDocument,
)
from app.services import evidence

api = APIRouter(
    prefix="/v1",
    tags=["evidence"],
    route_class=ApiRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)

Reader = Annotated[Actor, actor_with(Scope.EVIDENCE_READ)]
Writer = Annotated[Actor, actor_with(Scope.EVIDENCE_WRITE)]
Kind = Annotated[str | None, Query(pattern=f"^({'|'.join(EVIDENCE_KINDS)})$")]
State = Annotated[EvidenceStatus | None, Query()]

_READING = (
    errors.MalformedBodyError,
    errors.InvalidPayloadError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
    errors.NotFoundError,
)
_MOVING = responses(errors.NotFoundError, errors.InvalidPayloadError, errors.WrongStateError)


@api.post(
    "/enrolments/{id}/evidence",
    status_code=status.HTTP_201_CREATED,
    summary="Submit evidence",
    responses=responses(*_READING, errors.AlreadyExistsError, existing=EvidenceRead),
)
def submit_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: Annotated[EvidenceDocument, Body()],
    response: Response,
    session: SessionDep,
    site: SiteDep,
    now: NowDep,
    actor: Writer,
) -> EvidenceRead:
    """Enter one act of the enrolment's learner into the ledger, where it counts for all their passports.

    The same act in the same words is the same row, so repeating the call is safe. What a connected
    system reports of completions and attendance (scope evidence:attest) is accepted as it comes, as a new
    revision where somebody else had reported the act before; everything else waits for a reviewer. A
    credential is verified here; it is accepted when it is about the learner and its issuer is trusted.
    """
    row, created = evidence.submit_evidence(session, actor, id, body, now=now, site=site)
    say_created(response, created)
    response.headers["Location"] = f"/v1/evidence/{row.id}"
    return EvidenceRead.model_validate(row)


@api.get(
    "/enrolments/{id}/evidence",
    summary="List the evidence of an enrolment's learner",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def list_enrolment_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    paging: PagingDep,
    actor: Reader,
    status: State = None,
    kind: Kind = None,
) -> list[EvidenceRead]:
    """Return what the ledger holds of the learner, oldest first; all of it counts for this enrolment."""
    wanted = evidence.EvidenceFilter(status, kind)
    page = evidence.list_enrolment_evidence(session, actor, id, paging.window, wanted)
    return paging.answer(page, EvidenceRead)


@api.get("/evidence", summary="List evidence", responses=responses(errors.InvalidPayloadError))
def list_evidence(
    session: SessionDep,
    paging: PagingDep,
    actor: Reader,
    status: State = None,
    kind: Kind = None,
    learner: Annotated[LearnerId | None, Query()] = None,
) -> list[EvidenceRead]:
    """Return evidence, oldest first: with `status=submitted`, the queue of a reviewer.

    Reviewers see neither drafts nor what a learner keeps private; a learner's own token sees its own.
    """
    wanted = evidence.EvidenceFilter(status, kind, learner)
    return paging.answer(evidence.list_evidence(session, actor, paging.window, wanted), EvidenceRead)


@api.get(
    "/evidence/{id}",
    summary="Read evidence",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def read_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    actor: Reader,
) -> EvidenceDetail:
    """Return a piece of evidence with its revisions, transitions and reviews."""
    return EvidenceDetail.model_validate(evidence.load_detailed_evidence(session, actor, id))


@api.post(
    "/evidence/{id}/revisions",
    status_code=status.HTTP_201_CREATED,
    summary="Revise evidence",
    responses=responses(*_READING, errors.WrongStateError, errors.AlreadyExistsError, existing=EvidenceRead),
)
def revise_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: Annotated[RevisionDocument, Body()],
    response: Response,
    session: SessionDep,
    site: SiteDep,
    now: NowDep,
    actor: Writer,
) -> EvidenceRead:
    """Replace the whole text of a draft, or of evidence that a reviewer returned, which submits it again.

    Earlier revisions stay readable. The text that it has already changes nothing.
    """
    row, created = evidence.revise_evidence(session, actor, id, body, now=now, site=site)
    say_created(response, created)
    return EvidenceRead.model_validate(row)


@api.post("/evidence/{id}/submit", summary="Submit a draft", responses=_MOVING)
def submit_draft(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Writer,
) -> EvidenceRead:
    """Hand a draft in for review. Doing it again changes nothing."""
    return EvidenceRead.model_validate(evidence.submit_draft(session, actor, id, now=now))


@api.post("/evidence/{id}/withdraw", summary="Withdraw evidence", responses=_MOVING)
def withdraw_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    session: SessionDep,
    now: NowDep,
    actor: Writer,
) -> EvidenceRead:
    """Take evidence back, accepted evidence only while no live credential rests on it."""
    return EvidenceRead.model_validate(evidence.withdraw_evidence(session, actor, id, now=now))


@api.post(
    "/evidence/{id}/invalidate",
    summary="Invalidate accepted evidence",
    responses=responses(*_READING, errors.WrongStateError),
)
def invalidate_evidence(
    id: IdPath,  # noqa: A002 (the name that the URL shows)
    body: InvalidationCreate,
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, actor_with(Scope.EVIDENCE_INVALIDATE)],
) -> EvidenceRead:
    """Declare that accepted evidence does not count. No credential is revoked by this.

    A completion that rests on it and has not led to a credential is undone. Repeating the call with the
    same reason changes nothing.
    """
    row = evidence.invalidate_evidence(session, actor, id, body.reason, now=now)
    return EvidenceRead.model_validate(row)
