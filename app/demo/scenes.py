"""What happens in the story: the sessions, what the learner did, and what the reviewer answers.

All times count back from now, so that the passport's windows hold whenever the story is told.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

# fmt: off
SESSIONS = (
    # content               kind                  days ago  minutes
    ("know-your-story",     "attendance",         150,       90),
    ("mission-today",       "attendance",         143,       60),
    ("plan-for-impact",     "content_completion", 120,       45),
    ("open-by-design",      "content_completion", 113,       60),
    ("find-your-specialty", "attendance",          99,       60),
    ("teams-that-last",     "attendance",          92,       90),
)
# fmt: on
"""One session under each of the six building blocks, as the learning platform reports them."""

TOPIC = "open-source"
WHAT_I_LEARNED = "Projects are carried by answers to newcomers more than by code."
WHAT_I_WILL_DO = "We answer every first-time contribution within two days from now on."
RETURNED = "Good log. Please add what you will do with it: that is the half that counts."


def approved_from(now: datetime) -> str:
    """Return since when content is approved: the same moment all year, and before every session."""
    return f"{now.year - 1}-01-01T00:00:00Z"


def sessions(titles: dict[str, str], now: datetime) -> list[dict[str, Any]]:
    """Return the six reports of the learning platform."""
    return [
        {
            "kind": kind,
            "title": titles[content],
            "content": content,
            "occurred_at": _ago(now, days),
            "minutes": minutes,
            "source_id": f"{content}-{now:%Y%m%d%H%M%S}",
        }
        for content, kind, days, minutes in SESSIONS
    ]


def project(now: datetime) -> dict[str, Any]:
    """Return the report of the community project."""
    return {
        "kind": "experience",
        "template": "community-project",
        "title": "A repair café in the library",
        "description": "Eleven volunteers, four Saturdays, 63 things repaired instead of thrown away.",
        "occurred_at": _ago(now, 80),
        "occurred_end": _ago(now, 50),
        "role": "lead",
        "reflection": "Next time I ask for help two weeks earlier, and I hand over the sign-up list.",
        "visibility": "public",
    }


def mentoring(now: datetime) -> dict[str, Any]:
    """Return the report of passing it on."""
    return {
        "kind": "experience",
        "template": "mentoring",
        "title": "Mentored Jo through her first facilitation",
        "description": "Three talks before, one after; Jo now runs the session alone.",
        "occurred_at": _ago(now, 45),
        "minutes": 240,
    }


def learning_log(now: datetime, *, whole: bool) -> dict[str, Any]:
    """Return the learning log: without its last answer, and as it comes back with it."""
    outcomes = {"what-i-learned": WHAT_I_LEARNED}
    return {
        "kind": "learning_log",
        "title": "How open source projects welcome newcomers",
        "description": "Eight projects compared over two weeks, with notes on each.",
        "occurred_at": _ago(now, 30),
        "topics": [TOPIC],
        "minutes": 360,
        "reflection": "I had looked for tools, and found habits.",
        "outcomes": outcomes | ({"what-i-will-do-with-it": WHAT_I_WILL_DO} if whole else {}),
    }


def _ago(now: datetime, days: int) -> str:
    return (now - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%dT%H:00:00Z")
