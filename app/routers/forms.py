"""Evidence forms: scripted over HTTP."""

from typing import Any

from app.routers.definitions import Noun, add_versions, definition_router
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

_NOUN = Noun(forms.KIND, "forms", _EXAMPLE, forms.put_form)

api = definition_router(_NOUN)
add_versions(api, _NOUN, forms.publish_form)
