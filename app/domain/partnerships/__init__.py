"""Partnerships: bridges that learners build to organisations, from the first idea to years of upkeep."""

from app.domain.partnerships.changes import (
    CHANGEABLE,
    IDENTITY,
    add_action,
    change_action,
    check_in,
    close,
    confirm,
    identify,
    invalidate,
    revise,
)
from app.domain.partnerships.records import PartnershipRecord, Word, read_partnership
from app.domain.partnerships.standing import (
    STATUSES,
    Standing,
    ensure_somebody_else,
    partnership_row,
    standing_of,
)

__all__ = [
    "CHANGEABLE",
    "IDENTITY",
    "STATUSES",
    "PartnershipRecord",
    "Standing",
    "Word",
    "add_action",
    "change_action",
    "check_in",
    "close",
    "confirm",
    "ensure_somebody_else",
    "identify",
    "invalidate",
    "partnership_row",
    "read_partnership",
    "revise",
    "standing_of",
]
