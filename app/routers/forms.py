"""Evidence forms: scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import forms

_EXAMPLE: dict[str, Any] = {
    "title": "Somebody welcomed",
    "version": "1",
    "prompt": "Whom did you help to contribute, and to which community do they belong?",
    "schema": {
        "type": "object",
        "properties": {
            "community": {"type": "string", "minLength": 1, "maxLength": 100},
            "contributions": {"type": "integer", "minimum": 1},
        },
        "required": ["community"],
    },
    "groupable": ["community"],
}

api = definition_router(forms.NOUN, _EXAMPLE)
