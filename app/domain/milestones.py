"""Milestones: parts of a passport that are worth a credential of their own.

A milestone is told and issued as if it were a passport whose whole rule is its node. Its name in public is
that of the passport, `MARK`, and the key of the node.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from app.domain.rules.definition import Milestone, PassportDefinition
from app.domain.rules.language import walk

MARK: Final = "~"
"""No key can contain it, and a URL never escapes it (RFC 3986, 2.3)."""

PASSPORT: Final = ""
"""In the place of a node's key: the passport as a whole."""


def earned_key(passport: str, milestone: str | None) -> str:
    """Return the name of what is earned: a passport, or a part of it."""
    return f"{passport}{MARK}{milestone}" if milestone else passport


def split_key(earned: str) -> tuple[str, str]:
    """Return the passport and the milestone of a name; `PASSPORT` when it is no milestone."""
    passport, _, milestone = earned.partition(MARK)
    return passport, milestone


def as_passport(definition: PassportDefinition, milestone: Milestone) -> PassportDefinition:
    """Return the milestone of an expanded definition as a passport of its own.

    A gate before the issue holds the passport's credential back and not those of its parts; the credits
    are those of the whole.
    """
    [node] = [node for node, _ in walk(definition.rule) if node.key == milestone.node]
    gate = definition.requires
    return replace(
        definition,
        key=earned_key(definition.key, milestone.node),
        title=milestone.title,
        description=f"Earned on the way to the passport “{definition.title}”.",
        rule=node,
        issue=replace(definition.issue, achievement_type=milestone.achievement_type),
        requires=None if gate is not None and gate.mode == "before_issue" else gate,
        milestones=(),
        omitted_sections=(),
        renewal=None,
        credits=None,
    )


def still_due(
    reached: Collection[str], issued: Collection[str], definition: PassportDefinition
) -> tuple[str, ...]:
    """Return which of the milestones that are reached have no credential in this cycle.

    `issued` are the nodes of those that have one; an earlier version may have named a node otherwise.
    """
    moved = dict(definition.moved)
    had = {*issued, *(moved[node] for node in issued if node in moved)}
    return tuple(node for node in reached if node not in had)


def with_credentials(document: Mapping[str, Any], urls: Mapping[str, str]) -> dict[str, Any]:
    """Return a progress answer whose milestones name their credentials, by node."""
    shown = [{**each, "credential": urls.get(each["node"])} for each in document["milestones"]]
    return {**document, "milestones": shown}
