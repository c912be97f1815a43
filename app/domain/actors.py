"""Who may do what: roles, scopes, and the actor that every service function is told of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.hubs import Position
from app.errors import InsufficientScopeError


class Role(StrEnum):
    """What kind of party holds a token."""

    ADMINISTRATOR = "administrator"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    INTEGRATION = "integration"
    LEARNER = "learner"


class Scope(StrEnum):
    """One permission; an operation asks for exactly one, or for the one its body calls for."""

    ISSUERS_READ = "issuers:read"
    ISSUERS_WRITE = "issuers:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"
    DEFINITIONS_READ = "definitions:read"
    DEFINITIONS_WRITE = "definitions:write"
    DEFINITIONS_PUBLISH = "definitions:publish"
    CONTENT_APPROVE = "content:approve"
    LEARNERS_READ = "learners:read"
    LEARNERS_WRITE = "learners:write"
    ENROLMENTS_READ = "enrolments:read"
    ENROLMENTS_WRITE = "enrolments:write"
    EXCEPTIONS_PROPOSE = "exceptions:propose"
    EXCEPTIONS_DECIDE = "exceptions:decide"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_WRITE = "evidence:write"
    EVIDENCE_ATTEST = "evidence:attest"
    EVIDENCE_REVIEW = "evidence:review"
    EVIDENCE_INVALIDATE = "evidence:invalidate"
    PARTNERSHIPS_READ = "partnerships:read"
    PARTNERSHIPS_WRITE = "partnerships:write"
    CREDENTIALS_READ = "credentials:read"
    CREDENTIALS_ISSUE = "credentials:issue"
    CREDENTIALS_APPROVE = "credentials:approve"
    CREDENTIALS_REVOKE = "credentials:revoke"
    CASES_READ = "cases:read"
    CASES_DECIDE = "cases:decide"
    INSTANCES_READ = "instances:read"
    INSTANCES_WRITE = "instances:write"
    INSTANCES_ISSUE = "instances:issue"


ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(Scope),
        Role.AUTHOR: frozenset(
            {Scope.DEFINITIONS_READ, Scope.DEFINITIONS_WRITE, Scope.DEFINITIONS_PUBLISH},
        ),
        Role.REVIEWER: frozenset(
            {
                Scope.DEFINITIONS_READ,
                Scope.LEARNERS_READ,
                Scope.ENROLMENTS_READ,
                Scope.EXCEPTIONS_PROPOSE,
                Scope.EVIDENCE_READ,
                Scope.EVIDENCE_REVIEW,
                Scope.PARTNERSHIPS_READ,
                Scope.CREDENTIALS_APPROVE,
            }
        ),
        Role.INTEGRATION: frozenset(
            {
                Scope.DEFINITIONS_READ,
                Scope.LEARNERS_READ,
                Scope.LEARNERS_WRITE,
                Scope.ENROLMENTS_READ,
                Scope.ENROLMENTS_WRITE,
                Scope.EXCEPTIONS_PROPOSE,
                Scope.EVIDENCE_READ,
                Scope.EVIDENCE_WRITE,
                Scope.EVIDENCE_ATTEST,
                Scope.PARTNERSHIPS_READ,
                Scope.PARTNERSHIPS_WRITE,
                Scope.CREDENTIALS_READ,
                Scope.CREDENTIALS_ISSUE,
            }
        ),
        Role.LEARNER: frozenset(
            {
                Scope.DEFINITIONS_READ,
                Scope.LEARNERS_READ,
                Scope.ENROLMENTS_READ,
                Scope.ENROLMENTS_WRITE,
                Scope.EXCEPTIONS_PROPOSE,
                Scope.EVIDENCE_READ,
                Scope.EVIDENCE_WRITE,
                Scope.PARTNERSHIPS_READ,
                Scope.PARTNERSHIPS_WRITE,
                Scope.CREDENTIALS_READ,
                Scope.CASES_READ,
            }
        ),
    }
)
"""The most that a token of each role may carry, and what it carries unless it asks for less.

Approving content is apart from writing it, so that nobody does both unnoticed. A person who is to
approve and nothing else gets an administrator's token with only the scopes needed for that.
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: `subject` names the person or system, `learner_id` the learner they are, if any.

    `positions` are the roles that they hold in the organisation, as passports name them. `reviews_in` are the
    hubs for whose passports a learner may review because of a credential, None among them being everywhere.
    """

    issuer_id: str
    token_id: str
    subject: str
    role: Role
    scopes: frozenset[Scope]
    learner_id: str | None = None
    positions: tuple[Position, ...] = ()
    reviews_in: frozenset[str | None] = frozenset()

    @property
    def is_learner(self) -> bool:
        """Whether this actor sees only what belongs to its own learner."""
        return self.role is Role.LEARNER

    def may(self, scope: Scope) -> bool:
        """Whether the token carries `scope`."""
        return scope in self.scopes


def is_among(subject: str, others: Iterable[str]) -> bool:
    """Tell whether a subject is one of `others`: another spelling does not make somebody else.

    They are compared without regard to case and surrounding space.
    """
    return plain_name(subject) in map(plain_name, others)


def require(actor: Actor, scope: Scope) -> None:
    """Return if `actor` has `scope`; raises `InsufficientScopeError`, which names it, if not."""
    if not actor.may(scope):
        raise InsufficientScopeError(
            f"This operation needs the scope {scope}.",
            hint=f"An administrator can make a token that carries {scope}.",
        )


def plain_name(subject: str) -> str:
    """Return a subject as it is compared: another spelling of a name is not somebody else."""
    return subject.strip().casefold()
