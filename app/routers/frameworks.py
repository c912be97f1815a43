"""Competency frameworks: scripted over HTTP, published for everybody to point at."""

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import errors
from app.dependencies import SessionDep
from app.pages import render
from app.problems import responses
from app.representations import HTML, JSON, Freshness, represent, stored
from app.routers.definitions import definition_router
from app.services import frameworks

_EXAMPLE: dict[str, Any] = {
    "title": "Participation Leadership Framework",
    "version": "0.1",
    "description": "Six building blocks of leading in a community.",
    "items": [
        {
            "code": "working-open",
            "kind": "block",
            "label": "Working Open",
            "statement": "Work where everybody can see it and join in.",
            "aliases": ["Work Open"],
        }
    ],
}

api = definition_router(frameworks.NOUN, _EXAMPLE)

public = APIRouter(prefix="/frameworks", tags=["public"], responses=responses(errors.NotFoundError))


@public.get("/{key}/{version}", summary="Show a framework")
def show_framework(key: str, version: str, request: Request, session: SessionDep) -> Response:
    """Return a published framework as JSON or as a page with an anchor for each item; it never changes."""
    found, framework = frameworks.load_public_framework(session, key, version)
    return represent(
        request,
        {
            (JSON,): lambda kind: stored(
                request, json.dumps(found.document, ensure_ascii=False).encode(), kind, Freshness(86_400)
            ),
            (HTML,): lambda _: render(frameworks.describe_framework(session, found, framework)),
        },
    )
