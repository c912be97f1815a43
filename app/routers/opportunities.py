"""Opportunities: what projects need, scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import opportunities

_EXAMPLE: dict[str, Any] = {
    "title": "A lamp that shows who is in the workshop",
    "hub": "internet-of-things",
    "template": "lead-prototype",
    "topics": ["iot"],
    "status": "open",
}

api = definition_router(opportunities.NOUN, _EXAMPLE)
