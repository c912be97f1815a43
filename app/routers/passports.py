"""Passports: scripted over HTTP."""

from typing import Any

from app.routers.definitions import Noun, add_versions, definition_router
from app.services import passports

_EXAMPLE: dict[str, Any] = {
    "kind": "Passport",
    "version": "1.0.0",
    "title": "Community Leadership Passport",
    "framework": "participation-leadership@0.1",
    "issue": {"mode": "auto", "achievement_type": "Certificate"},
    "rule": {
        "key": "root",
        "all_of": [
            {
                "key": "content",
                "title": "One session under every building block",
                "section": "content",
                "coverage": {
                    "framework": "participation-leadership@0.1",
                    "items": "all",
                    "each": {"content": {"origin": ["in_house", "approved"], "assurance": "attested"}},
                },
            },
            {
                "key": "community-project",
                "title": "Run a project in your community and show what changed",
                "section": "experience",
                "experience": {"template": "community-project", "assurance": "reviewed"},
            },
            {
                "key": "choice",
                "title": "Learn something you chose",
                "section": "choice",
                "choice": {"min_minutes": 300, "reflection": "required", "assurance": "reviewed"},
            },
        ],
    },
}

_NOUN = Noun(passports.KIND, "passports", _EXAMPLE, passports.put_passport)

api = definition_router(_NOUN)
add_versions(api, _NOUN, passports.publish_passport)
