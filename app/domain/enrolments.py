"""Enrolments: where a learner stands on one pinned version of one passport."""

from enum import StrEnum


class EnrolmentStatus(StrEnum):
    """`completed` means that the rule was met, `certified` that the credential was issued."""

    ACTIVE = "active"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    WITHDRAWN = "withdrawn"
