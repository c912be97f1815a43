"""Rubrics: scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import rubrics

_EXAMPLE: dict[str, Any] = {
    "title": "Outcome of a community project",
    "version": "1.0.0",
    "criteria": [
        {
            "key": "outcome",
            "title": "What changed",
            "levels": [
                {"key": "started", "title": "Started", "description": "There is a plan and a first step."},
                {"key": "achieved", "title": "Achieved", "description": "Something changed, and it shows."},
            ],
        }
    ],
}

api = definition_router(rubrics.NOUN, _EXAMPLE)
