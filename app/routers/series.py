"""Series of passports: scripted, published and read like passports."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import series

_EXAMPLE: dict[str, Any] = {
    "kind": "Series",
    "title": "IoT Leadership Series",
    "members": [
        {"passport": "community-leadership", "version": ">=1.0.0 <3", "required": True},
        {"passport": "building-bridges"},
        {"passport": "iot-project-lead", "required": True},
    ],
    "complete_when": {"required": "all", "n": 3},
    "achievement": {"title": "IoT Leadership Series", "achievement_type": "Certificate"},
}

api = definition_router(series.NOUN, _EXAMPLE)
