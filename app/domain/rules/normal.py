"""The normal form of a rule: one spelling for each meaning, which `parse` reads back unchanged."""

from typing import Any, assert_never

from app.domain.digests import digest_of
from app.domain.instants import format_instant
from app.domain.rules.language import AllOf, Coverage, Leaf, MinLevel, NOf, RuleNode

_LISTS = ("keys", "tags", "topics", "origin", "mode", "template", "event", "role", "outcomes", "evidence")
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
    values: dict[str, Any] = {name: list(getattr(leaf, name)) for name in _LISTS} | {
        "count": leaf.count if leaf.count > 1 else None,
        "min_minutes": leaf.min_minutes,
        "reflection": "required" if leaf.reflection else None,
        "recommend": list(leaf.recommend) or leaf.recommended,
        "assurance": leaf.assurance if leaf.assurance != "self" else None,
        "min_level": leaf.min_level and _level(leaf.min_level),
        "within": leaf.within and leaf.within.text,
        "after": leaf.after and format_instant(leaf.after),
        "before": leaf.before and format_instant(leaf.before),
        "alignment": leaf.alignment if leaf.alignment != "any" else None,
        "accept_rpl": leaf.accept_rpl,
    }
    # what is empty, false or absent is the default
    return {name: value for name, value in values.items() if value}


def _level(level: MinLevel) -> dict[str, str]:
    return {"rubric": level.rubric, "criterion": level.criterion, "level": level.level}


def digest_of_rule(node: RuleNode) -> str:
    """Return the SHA-256 of the rule's normal form without titles, hints and recommendations."""
    return digest_of(_without_words(normalise_rule(node)))


def _without_words(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return {name: _without_words(each) for name, each in value.items() if name not in _WORDS}
    if isinstance(value, list):
        return [_without_words(each) for each in value]
    return value
