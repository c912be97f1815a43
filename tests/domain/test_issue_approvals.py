from dataclasses import replace

import pytest

from app.domain.actors import ROLE_SCOPES, Actor, Role
from app.domain.hubs import Hub, Position
from app.domain.issue_approvals import ADMINISTRATOR, approvers_of, describe_approvers, ensure_may_approve
from app.domain.rules.definition import IssuePolicy, RoleHolder
from app.errors import ConflictOfInterestError, InsufficientScopeError, WrongStateError

HUBS = {"iot": Hub("iot", "Internet of Things", parent="all"), "all": Hub("all", "All")}
WANTED = RoleHolder("hub_admin", "iot", 2)
MENTOR = Actor("i", "t", "rosa", Role.REVIEWER, ROLE_SCOPES[Role.REVIEWER])
ADMIN = replace(MENTOR, role=Role.ADMINISTRATOR, subject="ada")


def check(actor: Actor, wanted: RoleHolder) -> None:
    ensure_may_approve(actor, wanted, HUBS, learner_id="l", learner_subjects=["amina"])


def test_a_passport_names_its_approvers_or_leaves_it_to_administrators() -> None:
    assert approvers_of(IssuePolicy("on_approval", approvers=WANTED)) == WANTED
    assert approvers_of(IssuePolicy("on_approval")) == ADMINISTRATOR
    with pytest.raises(WrongStateError):
        approvers_of(IssuePolicy("auto", approvers=WANTED))


def test_they_are_named_in_words() -> None:
    assert describe_approvers(WANTED) == "hub_admin of the hub iot"
    assert describe_approvers(RoleHolder("mentor")) == "mentor"


@pytest.mark.parametrize(
    "position", [Position("hub_admin", "iot"), Position("hub_admin", "all"), Position("hub_admin")]
)
def test_a_position_in_the_hub_or_above_it_approves(position: Position) -> None:
    check(replace(MENTOR, positions=(position,)), WANTED)


@pytest.mark.parametrize(
    ("actor", "wanted"),
    [
        (MENTOR, WANTED),
        (replace(MENTOR, positions=(Position("mentor", "iot"),)), WANTED),
        (replace(MENTOR, positions=(Position("hub_admin", "science"),)), WANTED),
        (ADMIN, WANTED),
        (MENTOR, ADMINISTRATOR),
        (ADMIN, RoleHolder("administrator", "iot")),
    ],
)
def test_who_does_not_hold_the_role_does_not_approve(actor: Actor, wanted: RoleHolder) -> None:
    with pytest.raises(InsufficientScopeError):
        check(actor, wanted)


def test_the_role_of_an_administrator_is_that_of_the_token() -> None:
    check(ADMIN, ADMINISTRATOR)


@pytest.mark.parametrize("actor", [replace(ADMIN, learner_id="l"), replace(ADMIN, subject=" AMINA ")])
def test_nobody_approves_their_own(actor: Actor) -> None:
    with pytest.raises(ConflictOfInterestError):
        check(actor, ADMINISTRATOR)
