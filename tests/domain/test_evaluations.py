import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.evaluations import claimed_evidence, read_completion, with_gate
from app.domain.instants import parse_instant
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.language import AllOf, Leaf, ResultRule
from app.domain.rules.progress import (
    Claim,
    Completion,
    Evaluation,
    FitElsewhere,
    MilestoneProgress,
    NextStep,
    NodeProgress,
    Shortfall,
    Units,
    UnusedEvidence,
)
from app.errors import NotCompleteError

RESULT = ResultRule("RubricCriterionLevel", "project-outcomes@1.0.0")

PROJECT = Leaf(key="project", kind="experience", section="experience", result=RESULT)
EXTRA = Leaf(key="extra", kind="choice", optional=True)
DEFINITION = PassportDefinition(
    key="small",
    version="1.0.0",
    title="Small Passport",
    rule=AllOf(key="root", children=(PROJECT, EXTRA)),
    expanded=True,
)

EVALUATION = Evaluation(
    passport="small",
    version="1.0.0",
    rule_digest="0" * 64,
    as_of=datetime(2016, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC),
    units=Units(met=1, pending=0, total=1),
    nodes=(
        NodeProgress(
            key="root",
            parent=None,
            kind="all_of",
            title=None,
            hint=None,
            section=None,
            optional=False,
            result=None,
            status="met",
            need=1,
            have=1,
        ),
        NodeProgress(
            key="project",
            parent="root",
            kind="experience",
            title="Run a project",
            hint="Small is fine.",
            section="experience",
            optional=False,
            result=RESULT,
            status="met",
            need=1,
            have=1,
            claimed=(Claim("e1", "experience 'Library coding club'"),),
        ),
        NodeProgress(
            key="extra",
            parent="root",
            kind="choice",
            title=None,
            hint=None,
            section=None,
            optional=True,
            result=None,
            status="pending",
            need=1,
            have=0,
            also_fits=(FitElsewhere("e1", "project"),),
            in_review=("e2",),
        ),
    ),
    shortfalls=(Shortfall(("extra",), 1, 1, ("e1",), "Extra needs one row."),),
    next_steps=(
        NextStep(("extra",), "content", "content:x", "fits", "online"),
        NextStep(("extra",), "act", None, "anything will do"),
    ),
    unused_evidence=(UnusedEvidence("e3", "a reviewer rejected it"),),
)


def test_a_frozen_evaluation_is_read_back_as_it_was() -> None:
    document = EVALUATION.to_document(enrolment="n1", explain_url="/v1/evaluations/v1")
    stored = json.loads(json.dumps(document))
    assert read_completion(stored, DEFINITION) == Completion(EVALUATION)


def test_what_was_frozen_for_a_milestone_is_its_completion() -> None:
    reached = replace(EVALUATION, milestones=(MilestoneProgress("project", "Runner", "met"),))
    stored = reached.to_document(enrolment="n1") | {"milestone": "project"}
    assert read_completion(stored, DEFINITION) == Completion(reached, "project")
    assert claimed_evidence(stored) == {"e1"}
    assert claimed_evidence(stored | {"milestone": "extra"}) == set()


def test_members_that_were_added_later_do_not_matter() -> None:
    document = EVALUATION.to_document(enrolment="n1")
    nodes = [node | {"added": 1} for node in document["nodes"]]
    assert read_completion(document | {"nodes": nodes, "added": {}}, DEFINITION) == Completion(EVALUATION)


def test_what_is_not_complete_is_no_completion() -> None:
    root = replace(EVALUATION.nodes[0], status="partial")
    unmet = replace(EVALUATION, nodes=(root, *EVALUATION.nodes[1:]))
    with pytest.raises(NotCompleteError):
        read_completion(unmet.to_document(enrolment="n1"), DEFINITION)


def test_the_moment_keeps_its_fraction() -> None:
    document = EVALUATION.to_document(enrolment="n1")
    assert parse_instant(document["as_of"]) == EVALUATION.as_of


def test_without_a_gate_a_stored_answer_stays_as_it_is() -> None:
    stored = {"nodes": [], "issue": {"needs_officer": True}}
    assert with_gate(stored, None) == stored
