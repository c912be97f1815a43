"""Lists of trusted issuers: scripted over HTTP."""

from typing import Any

from app.routers.definitions import definition_router
from app.services import trusted_lists

_EXAMPLE: dict[str, Any] = {
    "title": "Providers of online courses",
    "issuers": ["did:web:courses.example.org"],
}

api = definition_router(trusted_lists.NOUN, _EXAMPLE)
