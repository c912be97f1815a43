"""Lists of trusted issuers: scripted over HTTP."""

from typing import Any

from app.routers.definitions import Noun, definition_router
from app.services import trusted_lists

_EXAMPLE: dict[str, Any] = {
    "title": "Providers of online courses",
    "issuers": ["did:web:courses.example.org"],
}

api = definition_router(Noun(trusted_lists.KIND, "trusted-lists", _EXAMPLE, trusted_lists.put_trusted_list))
