"""What each error code means, at the address that problem details name as their type."""

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import NotFoundError
from app.pages import load_problem, render
from app.problems import responses

public = APIRouter(prefix="/problems", tags=["public"], responses=responses(NotFoundError))


@public.get("/{code}", summary="Explain an error code")
def show_problem(code: str) -> Response:
    """Return the page of docs/problems.md about `code`."""
    return render(load_problem(code))
