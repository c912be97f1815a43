"""Approvals before the issue: who may give one, and how many a passport waits for."""

from collections.abc import Collection, Mapping
from datetime import datetime

from app.domain.actors import Actor, Role, is_among
from app.domain.hubs import Hub, holds
from app.domain.instants import format_instant
from app.domain.rules.definition import IssuePolicy, RoleHolder
from app.errors import ConflictOfInterestError, InsufficientScopeError, WrongStateError

ADMINISTRATOR = RoleHolder(Role.ADMINISTRATOR)
"""Who approves where the passport names nobody."""


def approvers_of(policy: IssuePolicy) -> RoleHolder:
    """Return who approves, and how many of them; raises `WrongStateError` where nobody is asked."""
    if policy.mode != "on_approval":
        raise WrongStateError("This passport is issued when it is complete: nobody has to approve it.")
    return policy.approvers or ADMINISTRATOR


def describe_approvers(wanted: RoleHolder) -> str:
    """Return in words who is wanted."""
    return wanted.role if wanted.hub is None else f"{wanted.role} of the hub {wanted.hub}"


def describe_lapse(held_until: datetime) -> str:
    """Return why a completion that nobody approved in time is judged anew."""
    return f"The completion held until {format_instant(held_until)}, and was not approved by then."


def ensure_may_approve(
    actor: Actor,
    wanted: RoleHolder,
    hubs: Mapping[str, Hub],
    *,
    learner_id: str,
    learner_subjects: Collection[str],
) -> None:
    """Return if the actor is somebody else than the learner and holds the role that is wanted.

    A role is a position that the token carries, in the hub or in one above it; `administrator` is the role of
    the token itself. Raises `ConflictOfInterestError` and `InsufficientScopeError`.
    """
    if actor.learner_id == learner_id or is_among(actor.subject, learner_subjects):
        raise ConflictOfInterestError("Nobody approves their own credential.")
    is_administrator = wanted.role == actor.role == Role.ADMINISTRATOR and wanted.hub is None
    if not is_administrator and not holds(actor.positions, wanted.role, wanted.hub, hubs):
        raise InsufficientScopeError(
            f"This passport is approved by: {describe_approvers(wanted)}.",
            hint="A token says so in its `positions`; an administrator makes such tokens.",
        )
