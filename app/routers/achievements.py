"""Achievements: what a passport version asks for, for everybody to read."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import errors
from app.dependencies import SessionDep
from app.pages import render
from app.problems import responses
from app.representations import HTML, JSON, SVG_HEADERS, Freshness, represent, stored
from app.services import achievements

_IMMUTABLE = Freshness(86_400)

public = APIRouter(prefix="/achievements", tags=["public"], responses=responses(errors.NotFoundError))


@public.get("/{key}/{version}", summary="Show an achievement")
@public.get("/{key}/{version}/criteria", summary="Show the criteria of an achievement")
def show_achievement(key: str, version: str, request: Request, session: SessionDep) -> Response:
    """Return the Achievement as JSON-LD, or as a page; it never changes."""
    found = achievements.load_achievement(session, key, version)
    return represent(
        request,
        {
            (JSON, "application/ld+json"): lambda kind: stored(
                request, achievements.achievement_document(found), kind, _IMMUTABLE
            ),
            (HTML,): lambda _: render(achievements.describe_achievement(session, found)),
        },
    )


@public.get("/{key}/{version}/image.svg", summary="Show the picture of an achievement as SVG")
def show_svg(key: str, version: str, request: Request, session: SessionDep) -> Response:
    """Return the badge without a credential in it."""
    svg = achievements.load_achievement(session, key, version).svg
    return stored(request, svg.encode(), "image/svg+xml", _IMMUTABLE, SVG_HEADERS)


@public.get("/{key}/{version}/image.png", summary="Show the picture of an achievement as PNG")
def show_png(key: str, version: str, request: Request, session: SessionDep) -> Response:
    """Return the badge without a credential in it."""
    png = achievements.achievement_png(achievements.load_achievement(session, key, version))
    return stored(request, png, "image/png", _IMMUTABLE)
