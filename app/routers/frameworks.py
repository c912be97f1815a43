"""Competency frameworks: scripted over HTTP."""

from typing import Any

from app.routers.definitions import Noun, add_versions, definition_router
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

_NOUN = Noun(frameworks.KIND, "frameworks", _EXAMPLE, frameworks.put_framework)

api = definition_router(_NOUN)
add_versions(api, _NOUN, frameworks.publish_framework)
