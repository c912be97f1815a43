"""The normal form of a rule: one spelling for each meaning, which `parse` reads back unchanged."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, assert_never

from app.domain.digests import digest_of
from app.domain.instants import format_instant
from app.domain.rules.language import AllOf, Coverage, Leaf, MinLevel, NOf, RuleNode

_LISTS = (
    *("keys", "tags", "topics", "origin", "mode", "template", "event", "role", "outcomes", "evidence"),
    *("form", "by_role", "achievement", "issuers"),
)
_WORDS = ("title", "hint", "recommend")
"""What may change without changing the digest: it helps people and decides nothing."""


def normalise_rule(node: RuleNode, section: str | None = None) -> dict[str, Any]:
    """Return the document of a node; `section` is the one it inherits."""
    document: dict[str, Any] = {"key": node.key} if node.key else {}
    for name in ("title", "hint"):
        if (text := getattr(node, name)) is not None:
            document[name] = text
    if node.section != section:
        document["section"] = node.section
    if node.optional:
        document["optional"] = True
    if node.result is not None:
        document["result"] = {"type": node.result.type}
        if node.result.rubric is not None:
            document["result"]["rubric"] = node.result.rubric
    return document | _kind(node)


def _kind(node: RuleNode) -> dict[str, Any]:
    match node:
        case AllOf():
            return {"all_of": [normalise_rule(child, node.section) for child in node.children]}
        case NOf():
            children = [normalise_rule(child, node.section) for child in node.children]
            return {"n_of": {"n": node.n, "from": children}}
        case Coverage():
            return {
                "coverage": {
                    "framework": node.framework,
                    "items": "all" if node.items is None else list(node.items),
                    "n": "all" if node.n is None else node.n,
                    "each": normalise_rule(node.each, node.section),
                }
            }
        case Leaf():
            return {node.kind: _leaf(node)}
        case _:
            assert_never(node)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    filters: dict[str, Any] = {name: list(getattr(leaf, name)) for name in _LISTS} | {
        "opportunity": _opportunity(leaf),
        "min_minutes": leaf.min_minutes,
        "reflection": "required" if leaf.reflection else None,
    }
    if leaf.kind in ("evidence", "amount"):
        kinds = filters.pop("evidence")
        assurance = {"assurance": leaf.assurance} if leaf.amount and leaf.assurance != "self" else {}
        where = {name: value for name, value in filters.items() if value} | assurance
        if leaf.amount is not None:
            of = {"kinds": kinds, **where} if kinds else where
            amount = {"unit": leaf.amount.unit, "at_least": leaf.amount.at_least, "of": of}
            return amount | _asked(replace(leaf, assurance="self"))
        filters = {"kinds": kinds, "where": where}
    # what is empty, false or absent is the default
    return {name: value for name, value in filters.items() if value} | _asked(leaf)


def _opportunity(leaf: Leaf) -> Any:  # noqa: ANN401 (a list or a mapping)
    if not leaf.opportunity_hub:
        return list(leaf.opportunity)
    keys = {"keys": list(leaf.opportunity)} if leaf.opportunity else {}
    return {"hub": list(leaf.opportunity_hub), **keys}


def _asked(leaf: Leaf) -> dict[str, Any]:
    values: dict[str, Any] = {
        "count": leaf.count if leaf.count > 1 else None,
        "recommend": list(leaf.recommend) or leaf.recommended,
        "passport": leaf.passport,
        "version": leaf.version and leaf.version.text,
        "status_at_least": leaf.status_at_least,
        "priority": leaf.priority,
        "checks": [check.to_document() for check in leaf.checks],
        "min_score": leaf.min_score and number_of(leaf.min_score),
        "distinct": leaf.distinct and {"by": leaf.distinct.by, "at_least": leaf.distinct.at_least},
        "cap_per": leaf.cap_per and {"by": leaf.cap_per.by, "max": leaf.cap_per.max},
        "pool": leaf.pool,
        "shared": leaf.shared,
        "accept_crosswalk": list(leaf.accept_crosswalk),
        "assurance": leaf.assurance if leaf.assurance != "self" else None,
        "min_level": leaf.min_level and _level(leaf.min_level),
        "within": leaf.within and leaf.within.text,
        "after": leaf.after and format_instant(leaf.after),
        "before": leaf.before and format_instant(leaf.before),
        "alignment": leaf.alignment if leaf.alignment != "any" else None,
        "accept_rpl": leaf.accept_rpl,
    }
    return {name: value for name, value in values.items() if value}


def number_of(value: Fraction) -> int | float:
    """Return the number as JSON has it: whole where it is whole."""
    return int(value) if value.denominator == 1 else float(value)


def _level(level: MinLevel) -> dict[str, str]:
    return {"rubric": level.rubric, "criterion": level.criterion, "level": level.level}


def digest_of_rule(node: RuleNode, beside: Mapping[str, Any] | None = None) -> str:
    """Return the SHA-256 of the rule's normal form without titles, hints and recommendations.

    What is decided `beside` the rule belongs to it. Where there is nothing, the digest is that of the rule
    alone: stored ones have always been so.
    """
    rule = normalise_rule(node)
    return digest_of(_without_words({"rule": rule, **beside} if beside else rule))


def _without_words(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return {name: _without_words(each) for name, each in value.items() if name not in _WORDS}
    if isinstance(value, list):
        return [_without_words(each) for each in value]
    return value
