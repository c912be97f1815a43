"""Roles that come with a credential: what its holder may do beside what a learner may."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.actors import ROLE_SCOPES, Role, Scope
from app.domain.hubs import Position

WITHHELD: Final = frozenset({*Role, "tenant_admin", "hub_admin"} - {Role.REVIEWER})
"""What no credential brings: administration, and what a token is made for."""

REVIEWING: Final = frozenset({str(Role.REVIEWER), "mentor"})
"""Whoever holds one of these may review what others have reported."""


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """A role that a learner holds because of a credential, in a hub or everywhere, and until when."""

    role: str
    hub: str | None
    credential: str
    until: datetime | None

    @property
    def position(self) -> Position:
        """The role as passports ask for it."""
        return Position(self.role, self.hub)

    @property
    def reviews(self) -> bool:
        """Whether it is a role that reviews."""
        return self.role in REVIEWING


def may_be_granted(role: str) -> bool:
    """Tell whether a credential may bring this role: none that is withheld or reviews, spelled otherwise."""
    plain = role.casefold()
    return plain not in WITHHELD and (plain == role or plain not in REVIEWING)


def is_whole(scopes: Collection[Scope]) -> bool:
    """Tell whether a learner's token carries all that it may: one that was narrowed gains nothing."""
    return ROLE_SCOPES[Role.LEARNER] <= frozenset(scopes)


def scopes_with(roles: Collection[GrantedRole]) -> frozenset[Scope]:
    """Return what a learner's token carries because of these roles, beside what it has."""
    reviewing = {Scope.EVIDENCE_REVIEW} if any(each.reviews for each in roles) else set()
    return frozenset({Scope.CREDENTIALS_APPROVE, *reviewing} if roles else ())
