"""Tokens: what they may carry, how long they live, and that their secrets are nowhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select
from sqlalchemy.orm import Session

from app.auth import authenticate
from app.domain.actors import ROLE_SCOPES, Actor, Role, Scope
from app.errors import InsufficientScopeError, InvalidPayloadError, NotAuthenticatedError, NotFoundError
from app.models import AuditEvent, Issuer, Token
from app.services.pages import Window
from app.services.tokens import (
    DEFAULT_LIFETIME,
    MAX_LIFETIME,
    PREFIX,
    TokenOrder,
    create_token,
    find_actor,
    list_tokens,
    operator_actor,
    revoke_token,
)
from tests.ledgers import NOW, actor_of, make_issuer, make_learner

ORDER = TokenOrder("Learning platform", Role.INTEGRATION, "lms.example.org")
SECOND = timedelta(seconds=1)


@pytest.fixture
def issuer(session: Session) -> Issuer:
    return make_issuer(session)


@pytest.fixture
def admin(issuer: Issuer) -> Actor:
    return actor_of(issuer, Role.ADMINISTRATOR, "ada")


def refusal(session: Session, actor: Actor, order: TokenOrder) -> dict[str, str]:
    """Return the codes of the faults by their pointers."""
    with pytest.raises(InvalidPayloadError) as refused:
        create_token(session, actor, order, now=NOW)
    return {fault.pointer: fault.code for fault in refused.value.faults}


@pytest.mark.parametrize("role", Role)
def test_a_token_carries_what_its_role_may(
    session: Session, issuer: Issuer, admin: Actor, role: Role
) -> None:
    learner = make_learner(session, issuer).id if role is Role.LEARNER else None
    token, secret = create_token(session, admin, replace(ORDER, role=role, learner_id=learner), now=NOW)
    actor = find_actor(session, secret, now=NOW)
    assert actor == Actor(issuer.id, token.id, "lms.example.org", role, ROLE_SCOPES[role], learner)
    assert secret.startswith(PREFIX)
    assert len(secret) == len(PREFIX) + 43
    assert token.hint == secret[:8]
    assert token.expires_at == NOW + DEFAULT_LIFETIME


def test_a_token_may_carry_less(session: Session, admin: Actor) -> None:
    order = replace(ORDER, scopes=(Scope.LEARNERS_READ, Scope.EVIDENCE_WRITE, Scope.LEARNERS_READ))
    token, _ = create_token(session, admin, order, now=NOW)
    assert token.scopes == ["evidence:write", "learners:read"]


def test_scopes_beyond_the_role_are_refused(session: Session, admin: Actor) -> None:
    order = replace(ORDER, role=Role.AUTHOR, scopes=(Scope.DEFINITIONS_READ, Scope.TOKENS_WRITE))
    assert refusal(session, admin, order) == {"/scopes": "scope_not_allowed"}


def test_a_token_without_scopes_is_refused(session: Session, admin: Actor) -> None:
    assert refusal(session, admin, replace(ORDER, scopes=())) == {"/scopes": "no_scopes"}


@pytest.mark.parametrize("lifetime", [timedelta(0), -SECOND, MAX_LIFETIME + SECOND])
def test_a_lifetime_out_of_range_is_refused(session: Session, admin: Actor, lifetime: timedelta) -> None:
    order = replace(ORDER, lifetime=lifetime)
    assert refusal(session, admin, order) == {"/expires_in_days": "lifetime_out_of_range"}


def test_nobody_gives_away_what_they_do_not_have(session: Session, admin: Actor) -> None:
    helper = replace(admin, scopes=frozenset({Scope.TOKENS_WRITE, Scope.LEARNERS_READ}))
    with pytest.raises(InsufficientScopeError, match=r"credentials:issue.*learners:write"):
        create_token(session, helper, ORDER, now=NOW)
    with pytest.raises(InsufficientScopeError):
        create_token(session, helper, replace(ORDER, role=Role.ADMINISTRATOR), now=NOW)
    create_token(session, helper, replace(ORDER, scopes=(Scope.LEARNERS_READ,)), now=NOW)


def test_only_administrators_tokens_can_carry_the_right_to_make_tokens() -> None:
    assert [role for role in Role if Scope.TOKENS_WRITE in ROLE_SCOPES[role]] == [Role.ADMINISTRATOR]


def test_a_learners_token_needs_a_learner_of_the_same_issuer(session: Session, admin: Actor) -> None:
    order = replace(ORDER, role=Role.LEARNER)
    assert refusal(session, admin, order) == {"/learner": "learner_missing"}
    elsewhere = make_learner(session, make_issuer(session, "elsewhere"))
    for unknown in (elsewhere.id, "nobody"):
        assert refusal(session, admin, replace(order, learner_id=unknown)) == {"/learner": "learner_unknown"}
        wrong = replace(ORDER, role=Role.REVIEWER, learner_id=unknown)
        assert refusal(session, admin, wrong) == {"/learner": "learner_unknown"}


def test_a_reviewers_token_may_name_the_learner_that_they_are_too(
    session: Session, issuer: Issuer, admin: Actor
) -> None:
    learner = make_learner(session, issuer)
    _, secret = create_token(
        session, admin, replace(ORDER, role=Role.REVIEWER, learner_id=learner.id), now=NOW
    )
    actor = find_actor(session, secret, now=NOW)
    assert actor is not None
    assert (actor.learner_id, actor.is_learner) == (learner.id, False)


def test_a_token_ends_with_its_lifetime(session: Session, admin: Actor) -> None:
    _, secret = create_token(session, admin, replace(ORDER, lifetime=timedelta(days=1)), now=NOW)
    end = NOW + timedelta(days=1)
    assert find_actor(session, secret, now=end - SECOND) is not None
    assert find_actor(session, secret, now=end) is None


def test_a_token_does_not_outlive_the_one_that_orders_it(session: Session, admin: Actor) -> None:
    _, secret = create_token(
        session, admin, replace(ORDER, role=Role.ADMINISTRATOR, lifetime=timedelta(days=7)), now=NOW
    )
    later = NOW + timedelta(days=3)
    week = find_actor(session, secret, now=later)
    assert week is not None
    for lifetime, days in ((timedelta(days=90), 7), (timedelta(days=2), 5)):
        token, _ = create_token(session, week, replace(ORDER, lifetime=lifetime), now=later)
        assert token.expires_at == NOW + timedelta(days=days)


def test_a_revoked_token_ends_at_once_and_once(session: Session, admin: Actor) -> None:
    token, secret = create_token(session, admin, ORDER, now=NOW)
    revoke_token(session, admin, token.id, now=NOW)
    revoke_token(session, admin, token.id, now=NOW + SECOND)
    assert find_actor(session, secret, now=NOW) is None
    assert token.revoked_at == NOW
    session.flush()
    events = session.scalars(select(AuditEvent.action).where(AuditEvent.thing_id == token.id))
    assert sorted(events) == ["create", "revoke"]


def test_another_issuers_tokens_are_not_there(session: Session, admin: Actor) -> None:
    token, secret = create_token(session, admin, ORDER, now=NOW)
    stranger = actor_of(make_issuer(session, "elsewhere"), Role.ADMINISTRATOR)
    for unknown in (token.id, "nothing"):
        with pytest.raises(NotFoundError):
            revoke_token(session, stranger, unknown, now=NOW)
    assert list_tokens(session, stranger, Window(10)).rows == []
    assert find_actor(session, secret, now=NOW) is not None


def test_tokens_are_listed_oldest_first_in_pages(session: Session, admin: Actor) -> None:
    made = [create_token(session, admin, ORDER, now=NOW)[0].id for _ in range(3)]
    first = list_tokens(session, admin, Window(2))
    assert [token.id for token in first.rows] == made[:2]
    rest = list_tokens(session, admin, Window(2, first.next_after))
    assert ([token.id for token in rest.rows], rest.next_after) == (made[2:], None)


def test_the_secret_is_nowhere_in_the_database(session: Session, admin: Actor) -> None:
    """Every column of every table is looked through."""
    _, secret = create_token(session, admin, ORDER, now=NOW)
    session.flush()
    tables = MetaData()
    tables.reflect(session.connection())
    kept = [str(row) for table in tables.sorted_tables for row in session.execute(select(table))]
    assert any(secret[:8] in row for row in kept)
    assert not any(secret[8:24] in row for row in kept)


@pytest.mark.parametrize("secret", ["", "lpt_", "lpt_" + "A" * 43, "x" * 10_000, "\u00e9"])
def test_an_unknown_secret_is_nobody(session: Session, admin: Actor, secret: str) -> None:
    create_token(session, admin, ORDER, now=NOW)
    assert find_actor(session, secret, now=NOW) is None


def test_a_hash_is_no_secret(session: Session, admin: Actor) -> None:
    token, _ = create_token(session, admin, ORDER, now=NOW)
    assert find_actor(session, token.secret_sha256, now=NOW) is None


def test_the_operator_may_do_everything_for_one_issuer(session: Session, issuer: Issuer) -> None:
    operator = operator_actor(issuer)
    assert operator.scopes == frozenset(Scope)
    assert operator.issuer_id == issuer.id
    token, _ = create_token(session, operator, ORDER, now=NOW)
    assert session.scalars(select(Token)).one() is token


def test_who_asks_is_told_what_is_missing(session: Session, admin: Actor) -> None:
    _, secret = create_token(session, admin, ORDER, now=NOW)
    assert authenticate(session, secret, now=NOW).subject == "lms.example.org"
    with pytest.raises(NotAuthenticatedError, match="needs a token"):
        authenticate(session, None, now=NOW)
    with pytest.raises(NotAuthenticatedError, match="unknown, expired or revoked"):
        authenticate(session, "lpt_x", now=NOW)
