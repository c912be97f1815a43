"""Vocabularies: scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import vocabularies

_EXAMPLE: dict[str, Any] = {
    "title": "What people want to learn",
    "terms": [
        {
            "key": "open-source",
            "label": {"en": "Open source", "fr": "Logiciel libre"},
            "aliases": ["opensource", "free-software"],
        }
    ],
}

api = definition_router(vocabularies.NOUN, _EXAMPLE)
