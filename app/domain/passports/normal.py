"""The normal form of passports and series: what is stored of a version, and reads back as equal."""

from fractions import Fraction
from typing import Any

from app.domain.instants import format_instant
from app.domain.rules.definition import (
    COMPLETION_HOLDS,
    Gate,
    IssuePolicy,
    Member,
    MigrationPolicy,
    Owner,
    PassportDefinition,
    RoleHolder,
    Series,
)
from app.domain.rules.normal import normalise_rule, number_of


def normalise(definition: PassportDefinition) -> dict[str, Any]:
    """Return the normal form of a passport or a series: reading it gives an equal definition."""
    if definition.series is not None:
        return _series_document(definition, definition.series)
    owner = definition.owner
    values: dict[str, Any] = {
        "description": definition.description,
        "tags": list(definition.tags),
        "owner": owner and _owner_document(owner),
        "framework": definition.framework,
        "requires": definition.requires and _gate_document(definition.requires),
        "renewal": definition.renewal and normalise_rule(definition.renewal),
        "exclude_evidence_used_by": list(definition.exclude_evidence_used_by),
        "grants_role": definition.grants_role and _holder_document(definition.grants_role),
        "moved": dict(definition.moved),
        "valid_for": definition.valid_for and definition.valid_for.text,
        "credits": definition.credits and number_of(Fraction(definition.credits, 100)),
        "sections": {each.section: {"omit_reason": each.reason} for each in definition.omitted_sections},
        "milestones": [
            {"node": each.node, "title": each.title, "achievement_type": each.achievement_type}
            for each in definition.milestones
        ],
    }
    return {
        "kind": "Passport",
        "key": definition.key,
        "version": definition.version,
        "title": definition.title,
        "double_counting": definition.double_counting,
        "issue": _issue_document(definition.issue),
        "migration": _migration_document(definition.migration),
        **{name: value for name, value in values.items() if value},
        "rule": normalise_rule(definition.rule),
    }


def _owner_document(owner: Owner) -> dict[str, str]:
    return {name: value for name in ("org", "hub") if (value := getattr(owner, name))}


def _migration_document(policy: MigrationPolicy) -> Any:  # noqa: ANN401 (a word or a mapping)
    if policy.on is None:
        return policy.mode
    return {"mode": policy.mode, "on": format_instant(policy.on), "reason": policy.reason}


def _gate_document(gate: Gate) -> dict[str, Any]:
    return {"mode": gate.mode, "leaves": [normalise_rule(leaf) for leaf in gate.leaves]}


def _holder_document(holder: RoleHolder) -> dict[str, Any]:
    values = {"role": holder.role, "hub": holder.hub, "count": holder.count}
    return {name: value for name, value in values.items() if value is not None}


def _issue_document(issue: IssuePolicy) -> dict[str, Any]:
    document: dict[str, Any] = {"mode": issue.mode, "achievement_type": issue.achievement_type}
    if issue.approvers is not None:
        document["approvers"] = _holder_document(issue.approvers)
    if issue.suspendable:
        document["suspendable"] = True
    if issue.on_invalidated != "case":
        document["on_invalidated"] = issue.on_invalidated
    if issue.completion_holds != COMPLETION_HOLDS:
        document["completion_holds"] = issue.completion_holds.text
    return document


# Series ---------------------------------------------------------------------------------------------


def _series_document(definition: PassportDefinition, series: Series) -> dict[str, Any]:
    owner, issue = definition.owner, _issue_document(definition.issue)
    achievement = {"achievement_type": issue.pop("achievement_type")}
    if series.achievement_title is not None:
        achievement["title"] = series.achievement_title
    values: dict[str, Any] = {
        "description": definition.description,
        "tags": list(definition.tags),
        "owner": owner and _owner_document(owner),
        "valid_for": definition.valid_for and definition.valid_for.text,
    }
    return {
        "kind": "Series",
        "key": definition.key,
        "version": definition.version,
        "title": definition.title,
        "issue": issue,
        "migration": _migration_document(definition.migration),
        **{name: value for name, value in values.items() if value},
        "members": [_member_document(member) for member in series.members],
        "complete_when": {"required": "all", "n": series.n},
        "achievement": achievement,
    }


def _member_document(member: Member) -> dict[str, Any]:
    document: dict[str, Any] = {"passport": member.passport}
    if member.version is not None:
        document["version"] = member.version.text
    if member.required:
        document["required"] = True
    return document if member.title is None else document | {"title": member.title}
