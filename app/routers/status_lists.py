"""Status lists: the signed bytes, for verifiers."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import errors
from app.dependencies import SessionDep
from app.problems import responses
from app.representations import VC_JSON, Freshness, negotiate, stored
from app.services import status_lists

public = APIRouter(prefix="/status-lists", tags=["public"], responses=responses(errors.NotFoundError))


@public.get("/{id}", summary="Get a status list")
def show_status_list(id: str, request: Request, session: SessionDep) -> Response:  # noqa: A002 (as in the URL)
    """Return the list as it was signed last (Bitstring Status List 1.0)."""
    body = status_lists.load_status_list(session, id).body
    return stored(request, body, negotiate(request, VC_JSON), Freshness(status_lists.MAX_AGE))
