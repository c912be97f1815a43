"""Small rules, rows and catalogues for the tests of the rule language."""

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.content import Alignment, ApprovalInterval, ContentItem
from app.domain.frameworks import Framework, FrameworkItem
from app.domain.rubrics import Criterion, Level, Rubric
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.language import AllOf, Leaf, NOf, RuleNode

NOW = datetime(2016, 3, 1, 12, tzinfo=UTC)
START = datetime(2016, 1, 1, tzinfo=UTC)
TRACED = 200

FRAMEWORK = Framework(
    "leading",
    "0.1",
    "Leading",
    None,
    (
        FrameworkItem("open", "block", "Working Open"),
        FrameworkItem("teams", "block", "Empowering Teams"),
        FrameworkItem("action", "block", "Building for Action"),
        FrameworkItem("docs", "skill", "Documenting", parent="open"),
        FrameworkItem("wikis", "skill", "Keeping a wiki", parent="docs"),
    ),
)

RUBRIC = Rubric(
    "outcomes",
    "1.0.0",
    "Outcomes",
    None,
    (
        Criterion(
            "outcome", "Outcome", (Level("started", "Started"), Level("done", "Done"), Level("kept", "Kept"))
        ),
        Criterion("learning", "Learning", (Level("told", "Told"), Level("reflected", "Reflected"))),
    ),
)


def content(key: str, *items: str, weight: str = "primary", **fields: object) -> ContentItem:
    """Return approved content aligned to `items` of the framework, the first one by `weight`."""
    alignments = tuple(
        Alignment("leading", item, "primary" if number == 0 and weight == "primary" else "secondary")
        for number, item in enumerate(items)
    )
    defaults: dict[str, Any] = {
        "title": key.replace("-", " ").capitalize(),
        "kind": "session",
        "origin": "in_house",
        "mode": "online",
        "approvals": (ApprovalInterval(START - timedelta(days=30)),),
        "alignments": alignments,
    }
    merged: dict[str, Any] = {**defaults, **fields}
    return ContentItem(key=key, **merged)


def catalogue(*items: ContentItem) -> Catalogue:
    """Return a catalogue of the framework, the rubric and this content."""
    return Catalogue(
        {FRAMEWORK.ref: FRAMEWORK},
        {RUBRIC.ref: RUBRIC, RUBRIC.key: RUBRIC},
        {item.key: item for item in items},
    )


def row(number: int, kind: str = "experience", **fields: object) -> EvidenceRow:
    """Return an accepted row with the id `ev_<number>`, a day younger than the one before."""
    defaults: dict[str, Any] = {
        "status": "accepted",
        "title": f"Act {number}",
        "occurred_at": START + timedelta(days=number),
        "recorded_at": START + timedelta(days=number + 1),
        "assurance": "reviewed",
    }
    merged: dict[str, Any] = {**defaults, **fields}
    return EvidenceRow(id=f"ev_{number:02}", kind=kind, **merged)


def leaf(key: str, *topics: str, **fields: object) -> Leaf:
    """Return an experience leaf that takes rows of one of `topics`, or of its own key."""
    merged: dict[str, Any] = {"kind": "experience", "topics": topics or (key,), **fields}
    return Leaf(key=key, **merged)


def all_of(key: str, *children: RuleNode, **fields: object) -> AllOf:
    merged: dict[str, Any] = {**fields}
    return AllOf(key=key, children=children, **merged)


def n_of(key: str, n: int, *children: RuleNode, **fields: object) -> NOf:
    merged: dict[str, Any] = {**fields}
    return NOf(key=key, n=n, children=children, **merged)


def definition(rule: RuleNode, **fields: object) -> PassportDefinition:
    """Return a published passport with this rule."""
    merged: dict[str, Any] = {"key": "test", "version": "1.0.0", "title": "Test", **fields}
    return PassportDefinition(rule=rule, expanded=True, **merged)


def about(number: int, *topics: str, **fields: object) -> EvidenceRow:
    """Return a row of kind experience about `topics`."""
    merged: dict[str, Any] = {"topics": frozenset(topics), **fields}
    return row(number, **merged)


def shuffled(rows: Iterable[EvidenceRow], chance: random.Random) -> list[EvidenceRow]:
    mixed = list(rows)
    chance.shuffle(mixed)
    return mixed


def cases(number: int) -> pytest.MarkDecorator:
    """Run a test on so many random cases, of which the first show the tracer of coverage every line."""
    traced, rest = range(TRACED), range(TRACED, number)
    return pytest.mark.parametrize(
        "numbers", [traced, pytest.param(rest, marks=pytest.mark.untraced)], ids=str
    )


def statuses(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the status of each node of a progress answer."""
    return {node["key"]: node["status"] for node in document["nodes"]}
