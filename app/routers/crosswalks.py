"""Crosswalks between frameworks: scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import crosswalks

_EXAMPLE: dict[str, Any] = {
    "title": "From the first draft to version 1",
    "links": [
        {
            "from": "participation-leadership@0.1/working-open",
            "to": "participation-leadership@1.0/openness",
            "relation": "exact",
        }
    ],
}

api = definition_router(crosswalks.NOUN, _EXAMPLE)
