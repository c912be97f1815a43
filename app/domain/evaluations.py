"""Evaluations frozen at completion: what is stored of one, and how it is read back.

The stored document is a progress answer with the engine's name in it. It is read back as it stands and
never worked out anew, so that a credential issued later rests on what was true when the rule was met,
whatever has happened to approvals, evidence or the engine since. Members may be added to the document;
none that stands in stored ones may change its meaning.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.instants import parse_instant
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.language import ResultRule, walk
from app.domain.rules.progress import (
    AmountProgress,
    Claim,
    Completion,
    Evaluation,
    FitElsewhere,
    GateProgress,
    MilestoneProgress,
    NextStep,
    NodeProgress,
    Shortfall,
    Units,
    UnusedEvidence,
)

VEIL = "private evidence"


def claimed_evidence(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of all rows that the stored evaluation claims or observes; of a milestone, there."""
    within = {document.get("milestone", document["nodes"][0]["key"])}
    found = set()
    for node in document["nodes"]:  # parents come before their children
        if node["key"] in within or node["parent"] in within:
            within.add(node["key"])
            found |= {each["evidence"] for each in (*node.get("claimed", ()), *node.get("observed", ()))}
    return frozenset(found)


def rests_on_exception(document: Mapping[str, Any], exception_id: str) -> bool:
    """Tell whether the stored evaluation is what it is because of this exception too."""
    return any(each["id"] == exception_id and each["effective"] for each in document["exceptions"])


def rests_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two evaluations of one milestone rest on the same: version, evidence, and exceptions."""
    return _footing(one) == _footing(other)


def _footing(document: Mapping[str, Any]) -> tuple[object, ...]:
    exceptions = frozenset(each["id"] for each in document["exceptions"] if each["effective"])
    return document["version"], claimed_evidence(document), exceptions


def with_gate(document: Mapping[str, Any], gate: GateProgress | None) -> dict[str, Any]:
    """Return the stored answer with the gate as it is now: it may open after the rule was met."""
    if gate is None:
        return dict(document)
    issue = {"needs_officer": False} | dict(document.get("issue", {}))
    held_by = list(gate.closed) if gate.mode == "before_issue" else []
    shown = {**document, "gate": gate.to_document(), "issue": {**issue, "held_by": held_by}}
    return shown if held_by or issue["needs_officer"] else {k: v for k, v in shown.items() if k != "issue"}


def veil(document: Mapping[str, Any], private: frozenset[str]) -> dict[str, Any]:
    """Return the stored answer without the words about private evidence; what it decided stays."""

    def hidden(entry: Mapping[str, Any], name: str, said: str) -> dict[str, Any]:
        return {**entry, said: VEIL} if entry.get(name) in private else dict(entry)

    def node(entry: Mapping[str, Any]) -> dict[str, Any]:
        lists = {
            name: [hidden(claim, "evidence", "why") for claim in entry[name]]
            for name in ("claimed", "observed")
            if name in entry
        }
        return {**entry, **lists}

    return {
        **document,
        "nodes": [node(each) for each in document["nodes"]],
        "next_steps": [hidden(each, "ref", "reason") for each in document["next_steps"]],
        "unused_evidence": [hidden(each, "evidence", "why_not") for each in document["unused_evidence"]],
    }


def read_completion(document: Mapping[str, Any], definition: PassportDefinition) -> Completion:
    """Return the completion that `document` was made from; `definition` is the version it is about.

    One that was frozen for a milestone names its node. Raises `NotCompleteError` for a document that does not
    say that the rule, or this part of it, is met.
    """
    results = {node.key: node.result for node, _ in walk(definition.rule)}
    units = document["units"]
    return Completion(
        Evaluation(
            passport=document["passport"],
            version=document["version"],
            rule_digest=document["rule_digest"],
            as_of=parse_instant(document["as_of"]),
            units=Units(units["met"], units["pending"], units["total"], units.get("waived", 0)),
            nodes=tuple(_node(node, results.get(node["key"])) for node in document["nodes"]),
            shortfalls=tuple(_shortfall(each) for each in document["shortfalls"]),
            next_steps=tuple(_step(each) for each in document["next_steps"]),
            unused_evidence=tuple(
                UnusedEvidence(each["evidence"], each["why_not"]) for each in document["unused_evidence"]
            ),
            milestones=tuple(
                MilestoneProgress(each["node"], each["title"], each["status"])
                for each in document.get("milestones", ())
            ),
        ),
        document.get("milestone"),
    )


def _node(document: Mapping[str, Any], result: ResultRule | None) -> NodeProgress:
    return NodeProgress(
        key=document["key"],
        parent=document["parent"],
        kind=document["kind"],
        title=document.get("title"),
        hint=document.get("hint"),
        section=document.get("section"),
        optional=document.get("optional", False),
        result=result,
        status=document["status"],
        need=document["need"],
        have=document["have"],
        claimed=tuple(Claim(each["evidence"], each["why"]) for each in document.get("claimed", ())),
        also_fits=tuple(
            FitElsewhere(each["evidence"], each["claimed_by"]) for each in document.get("also_fits", ())
        ),
        in_review=tuple(document.get("in_review", ())),
        waived=document.get("waived", 0),
        observed=tuple(Claim(each["evidence"], each["why"]) for each in document.get("observed", ())),
        amount=AmountProgress(**document["amount"]) if "amount" in document else None,
    )


def _shortfall(document: Mapping[str, Any]) -> Shortfall:
    return Shortfall(
        group=tuple(document["group"]),
        needs=document["needs"],
        missing=document["missing"],
        fitting_rows=tuple(document["fitting_rows"]),
        text=document["text"],
    )


def _step(document: Mapping[str, Any]) -> NextStep:
    return NextStep(
        closes=tuple(document["closes"]),
        kind=document["kind"],
        ref=document["ref"],
        reason=document["reason"],
        mode=document.get("mode"),
        when=document.get("when"),
    )
