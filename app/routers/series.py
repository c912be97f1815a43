"""Series of passports: scripted, looked over, tried out and published like passports."""

from typing import Any

from app.routers.passports import trial_router
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

_SIMULATION: dict[str, Any] = {
    "series": _EXAMPLE,
    "evidence": [
        {
            "id": "cr_1",
            "kind": "credential",
            "passport": "community-leadership",
            "version": "1.0.0",
            "verified": True,
            "bound": True,
            "occurred_at": "2016-01-22T09:00:00Z",
            "status": "accepted",
            "assurance": "signed",
        }
    ],
    "as_of": "2016-02-20T10:00:00Z",
}

api = trial_router(series.NOUN, _EXAMPLE, [_SIMULATION])
