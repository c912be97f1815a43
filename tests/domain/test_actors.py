import pytest

from app.domain.actors import ROLE_SCOPES, Actor, Role, Scope, require
from app.errors import InsufficientScopeError


def an_actor(role: Role, learner_id: str | None = None) -> Actor:
    return Actor("issuer", "token", "somebody", role, ROLE_SCOPES[role], learner_id)


def test_every_role_has_scopes_and_only_the_administrator_has_all() -> None:
    assert set(ROLE_SCOPES) == set(Role)
    assert [role for role in Role if ROLE_SCOPES[role] == frozenset(Scope)] == [Role.ADMINISTRATOR]


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        (Scope.CONTENT_APPROVE, {Role.ADMINISTRATOR}),
        (Scope.TOKENS_WRITE, {Role.ADMINISTRATOR}),
        (Scope.CREDENTIALS_REVOKE, {Role.ADMINISTRATOR}),
        (Scope.EVIDENCE_INVALIDATE, {Role.ADMINISTRATOR}),
        (Scope.DEFINITIONS_PUBLISH, {Role.ADMINISTRATOR, Role.AUTHOR}),
        (Scope.EVIDENCE_REVIEW, {Role.ADMINISTRATOR, Role.REVIEWER}),
        (Scope.EVIDENCE_ATTEST, {Role.ADMINISTRATOR, Role.INTEGRATION}),
        (Scope.CREDENTIALS_ISSUE, {Role.ADMINISTRATOR, Role.INTEGRATION}),
        (Scope.EVIDENCE_WRITE, {Role.ADMINISTRATOR, Role.INTEGRATION, Role.LEARNER}),
        (Scope.DEFINITIONS_READ, set(Role)),
    ],
)
def test_a_power_belongs_to_the_roles_that_need_it(scope: Scope, roles: set[Role]) -> None:
    assert {role for role in Role if scope in ROLE_SCOPES[role]} == roles


def test_writing_evidence_and_reviewing_it_meet_in_no_role_but_the_administrators() -> None:
    both = {Scope.EVIDENCE_WRITE, Scope.EVIDENCE_REVIEW}
    assert [role for role in Role if both <= ROLE_SCOPES[role]] == [Role.ADMINISTRATOR]


def test_an_actor_with_the_scope_passes() -> None:
    require(an_actor(Role.REVIEWER), Scope.EVIDENCE_REVIEW)


def test_a_missing_scope_is_named() -> None:
    with pytest.raises(InsufficientScopeError, match="credentials:revoke") as refused:
        require(an_actor(Role.REVIEWER), Scope.CREDENTIALS_REVOKE)
    assert refused.value.hint is not None
    assert "credentials:revoke" in refused.value.hint


def test_a_role_is_no_substitute_for_a_scope() -> None:
    bare = Actor("issuer", "token", "somebody", Role.ADMINISTRATOR, frozenset())
    with pytest.raises(InsufficientScopeError):
        require(bare, Scope.ISSUERS_READ)


def test_only_the_learner_role_is_bound_to_its_own_learner() -> None:
    assert an_actor(Role.LEARNER, "learner-1").is_learner
    assert not an_actor(Role.REVIEWER, "learner-1").is_learner
