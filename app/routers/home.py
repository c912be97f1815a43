"""The front door, and whether the service is alive."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.dependencies import SessionDep, SiteDep
from app.pages import render
from app.schemas.credential_summaries import LinkedName
from app.schemas.pages import HomePage
from app.services import health, issuers

public = APIRouter(tags=["public"])


@public.get("/", summary="Show what this service is")
def show_home(session: SessionDep) -> Response:
    """Return the front page."""
    published = issuers.list_issuers(session)
    return render(HomePage(issuers=tuple(LinkedName(i.name, f"/issuers/{i.key}") for i in published)))


@public.get("/health/live", summary="Say whether the process answers")
async def show_live() -> Response:
    """Answer without touching anything else."""
    return JSONResponse({"status": "alive"})


@public.get("/health/ready", summary="Say whether requests can be served")
def show_ready(request: Request, session: SessionDep, site: SiteDep) -> Response:
    """Check database, schema and signing keys; 503 while anything is missing."""
    health.check_ready(session, request.app.state.engine, site)
    return JSONResponse({"status": "ready"})
