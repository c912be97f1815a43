"""What is public of a passport: its achievement, the criteria in words, and a learner's credential."""

from app.domain.achievements.achievement import (
    AchievementPlace,
    build_achievement,
    building_blocks,
)
from app.domain.achievements.credential import (
    ClaimedEvidence,
    CredentialFacts,
    HashedEmail,
    StatusPlace,
    SubjectFacts,
    build_credential,
    valid_until,
)
from app.domain.achievements.criteria import describe_criteria
from app.domain.achievements.profile import issuer_profile

__all__ = [
    "AchievementPlace",
    "ClaimedEvidence",
    "CredentialFacts",
    "HashedEmail",
    "StatusPlace",
    "SubjectFacts",
    "build_achievement",
    "build_credential",
    "building_blocks",
    "describe_criteria",
    "issuer_profile",
    "valid_until",
]
