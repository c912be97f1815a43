"""Enrolments: where a learner stands on one pinned version of one passport."""

from enum import StrEnum


class EnrolmentStatus(StrEnum):
    """`completed` means that the rule was met, `certified` that the credential was issued.

    `lapsed` is a certified one whose credential has expired or was revoked, once the next cycle has begun.
    """

    ACTIVE = "active"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
