"""From one version of a passport to a later one: who is moved, who is asked, and what moves with them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from app.domain.instants import format_instant
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.language import walk
from app.domain.rules.normal import digest_of_rule
from app.domain.rules.progress import Evaluation
from app.errors import Fault, LintFailedError

Sweep: TypeAlias = Literal["patch", "if_not_worse", "force"]
"""Why enrolments are gone through: to move those to whom nothing changes, nobody who loses, or everybody."""

GRACE = timedelta(days=30)
"""How long before everybody is moved they have to be told."""


def ensure_grace(definition: PassportDefinition, *, now: datetime) -> None:
    """Return unless the version would move everybody sooner than `GRACE` after its publication.

    Raises `LintFailedError`.
    """
    on = definition.migration.on
    if on is not None and on < now + GRACE:
        earliest = format_instant(now + GRACE)
        fault = Fault("/migration/on", "grace_too_short", f"Learners are told {GRACE.days} days before.")
        hint = f"The earliest that can be published now is {earliest}."
        raise LintFailedError(fault.detail, faults=[Fault(fault.pointer, fault.code, fault.detail, hint)])


def sweeps_of(definition: PassportDefinition, *, now: datetime) -> tuple[tuple[Sweep, datetime], ...]:
    """Return how often, why and when the enrolments on earlier versions have to be gone through."""
    policy = definition.migration
    if policy.mode == "if_not_worse":
        return (("if_not_worse", now),)
    if policy.on is not None:
        return (("patch", now), ("force", policy.on))
    return (("patch", now),)


def is_patch(old: PassportDefinition, new: PassportDefinition) -> bool:
    """Tell whether two expanded versions differ in words only: the same is asked and the same follows."""
    return _decided(old) == _decided(new)


def _decided(definition: PassportDefinition) -> tuple[object, ...]:
    return (
        definition.rule_digest,
        definition.issue,
        definition.valid_for,
        definition.credits,
        definition.renewal and digest_of_rule(definition.renewal),
        definition.grants_role,
        tuple(milestone.node for milestone in definition.milestones),
    )


def remaining_units(evaluation: Evaluation) -> int:
    """Return how many units of the rule are still missing."""
    units = evaluation.units
    return units.total - units.met - units.waived


def is_not_worse(old: Evaluation, new: Evaluation) -> bool:
    """Tell whether the learner loses nothing: the new rule is met, or no more is missing than before."""
    return new.complete or remaining_units(new) <= remaining_units(old)


def followed(earlier: Mapping[str, str], moved: Mapping[str, str]) -> dict[str, str]:
    """Return where nodes of all earlier versions live on: those that moved before may move once more.

    `earlier` says it for the version before, `moved` for the step from there.
    """
    return {key: moved.get(now, now) for key, now in earlier.items()} | dict(moved)


def node_keys(definition: PassportDefinition) -> frozenset[str]:
    """Return the keys of all nodes, those of the gate too."""
    nodes = (node for node, _ in walk(definition.rule))
    return frozenset(node.key for node in (*nodes, *definition.gate_leaves))


def carry_key(key: str, definition: PassportDefinition) -> str | None:
    """Return the key under which a node of an earlier version lives on; None when nothing of it is left."""
    present = node_keys(definition)
    moved = key if key in present else dict(definition.moved).get(key)
    return moved if moved in present else None


def lost_nodes(old: Evaluation, new: Evaluation, moved: Mapping[str, str]) -> tuple[str, ...]:
    """Return the nodes of `old` in which the learner has something, and of which nothing is left in `new`.

    They have evidence there, accepted or under review, or need none. `moved` says where nodes live on.
    """
    left = {node.key for node in new.nodes}
    return tuple(
        node.key
        for node in old.nodes
        if left.isdisjoint((node.key, moved.get(node.key)))
        and (node.claimed or node.observed or node.in_review or node.status == "waived")
    )
