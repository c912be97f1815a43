"""Rubrics: scripted over HTTP."""

from typing import Any

from app.routers.definitions import Noun, add_versions, definition_router
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

_NOUN = Noun(rubrics.KIND, "rubrics", _EXAMPLE, rubrics.put_rubric)

api = definition_router(_NOUN)
add_versions(api, _NOUN, rubrics.publish_rubric)
