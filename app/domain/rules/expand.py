"""Makes a rule self-contained: coverage becomes leaves, rubric levels become lists of keys.

What is looked up is published and never changes, so expanding the same document again gives the same
rule.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from app.domain.frameworks import Framework
from app.domain.payloads import Faults, nearest
from app.domain.rubrics import Rubric
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import (
    AllOf,
    Coverage,
    ItemTarget,
    Leaf,
    MinLevel,
    NOf,
    ResultRule,
    RuleNode,
)
from app.domain.vocabularies import EXPERIENCE_KIND, key_of
from app.errors import LintFailedError


def expand(definition: PassportDefinition, catalogue: Catalogue) -> PassportDefinition:
    """Return the definition with its rule expanded. Raises `LintFailedError` for what is not published."""
    faults = Faults()
    expanded = expand_into(definition, catalogue, faults)
    faults.raise_if_any(LintFailedError, "The passport refers to what is not published.")
    return expanded


def expand_into(definition: PassportDefinition, catalogue: Catalogue, faults: Faults) -> PassportDefinition:
    """Return the expanded definition; what could not be found goes to `faults` and stays unexpanded."""
    if definition.expanded:
        return definition
    walk_rule = _Expansion(catalogue, definition.places, faults)
    rule = walk_rule.node(definition.rule)
    gate, renewal = definition.requires, definition.renewal
    if gate is not None:
        gate = replace(gate, leaves=tuple(walk_rule.leaf(leaf) for leaf in gate.leaves))
    if renewal is not None:
        renewal = walk_rule.node(renewal)
    if definition.framework is not None and definition.framework not in catalogue.frameworks:
        _unpublished("/framework", "framework", definition.framework, catalogue.frameworks, faults)
    return replace(definition, rule=rule, requires=gate, renewal=renewal, expanded=not faults.found)


def _unpublished(pointer: str, what: str, ref: str, known: Mapping[str, object], faults: Faults) -> None:
    detail = f"No published {what} is called {ref!r}."
    faults.add(pointer, "unknown_reference", detail, nearest(ref, tuple(known)) if known else None)


def _linked(
    framework: str, family: tuple[str, ...], relations: tuple[str, ...], catalogue: Catalogue
) -> tuple[tuple[str, str], ...]:
    """Return the items of other frameworks, and all below them, that stand for one of the family."""
    own = {(framework, code) for code in family}
    found = {link.source for link in catalogue.crosswalk if link.target in own and link.relation in relations}
    if "exact" in relations:
        found |= {
            link.target for link in catalogue.crosswalk if link.source in own and link.relation == "exact"
        }
    below = {
        (other, each)
        for other, code in found
        if other in catalogue.frameworks
        for each in catalogue.frameworks[other].family.get(code, ())
    }
    return tuple(sorted((found | below) - own))


class _Expansion:
    """One walk over one rule."""

    def __init__(self, catalogue: Catalogue, places: Mapping[str, str], faults: Faults) -> None:
        self._catalogue = catalogue
        self._places = places
        self._faults = faults

    def node(self, node: RuleNode) -> RuleNode:
        match node:
            case AllOf() | NOf():
                return replace(node, children=tuple(self.node(child) for child in node.children))
            case Coverage():
                return self._coverage(node)
            case Leaf():
                return self.leaf(node)
            case _:
                assert_never(node)

    def leaf(self, leaf: Leaf) -> Leaf:
        return self._leaf(leaf, self._places.get(leaf.key, ""))

    def _coverage(self, node: Coverage) -> Coverage:
        place = f"{self._places.get(node.key, '')}/coverage"
        each = self._leaf(node.each, f"{place}/each")
        framework = self._catalogue.frameworks.get(node.framework)
        if framework is None:
            known = self._catalogue.frameworks
            _unpublished(f"{place}/framework", "framework", node.framework, known, self._faults)
            return replace(node, each=each)
        codes = framework.blocks() if node.items is None else node.items
        if not codes:
            detail = f"The framework {node.framework} has no items of kind block."
            self._faults.add(f"{place}/items", "empty_group", detail)
        if node.n is not None and node.n > len(codes):
            self._faults.add(f"{place}/n", "n_too_large", f"{node.n} of {len(codes)} items can never be met.")
        leaves = tuple(self._covering(node, each, framework, code, place) for code in codes)
        if self._faults.found:
            return replace(node, each=each)
        return replace(node, each=each, items=codes, children=tuple(leaf for leaf in leaves if leaf))

    def _covering(
        self, node: Coverage, each: Leaf, framework: Framework, code: str, place: str
    ) -> Leaf | None:
        item = framework.find(code)
        if item is None:
            known = tuple(one.code for one in framework.items)
            detail = f"The framework {framework.ref} has no item {code!r}."
            self._faults.add(f"{place}/items", "unknown_reference", detail, nearest(code, known))
            return None
        family = framework.family[code]
        linked = _linked(framework.ref, family, each.accept_crosswalk or ("exact",), self._catalogue)
        target = ItemTarget(framework.ref, code, item.label, family, linked)
        return replace(each, key=f"{node.key}/{code}", title=each.title or item.label, item=target)

    def _leaf(self, leaf: Leaf, place: str) -> Leaf:
        level = leaf.min_level and self._level(leaf.min_level, f"{place}/{leaf.kind}")
        result = leaf.result and self._result(leaf.result, f"{place}/result")
        template = tuple(
            dict.fromkeys(
                key_of(self._catalogue.vocabularies, EXPERIENCE_KIND, word) for word in leaf.template
            )
        )
        return replace(leaf, min_level=level, result=result, template=template)

    def _level(self, asked: MinLevel, place: str) -> MinLevel:
        place = f"{place}/min_level"
        rubric = self._rubric(asked.rubric, f"{place}/rubric")
        if rubric is None:
            return asked
        criterion = rubric.find(asked.criterion)
        if criterion is None:
            known = tuple(one.key for one in rubric.criteria)
            detail = f"The rubric {rubric.ref} has no criterion {asked.criterion!r}."
            self._faults.add(
                f"{place}/criterion", "unknown_reference", detail, nearest(asked.criterion, known)
            )
            return asked
        enough = criterion.from_level(asked.level)
        if not enough:
            known = tuple(level.key for level in criterion.levels)
            detail = f"The criterion {criterion.key!r} of {rubric.ref} has no level {asked.level!r}."
            self._faults.add(f"{place}/level", "unknown_reference", detail, nearest(asked.level, known))
        named = {each.key: each.title for each in criterion.levels}
        titles = tuple(named[key] for key in enough)
        return replace(
            asked, rubric=rubric.ref, enough=enough, titles=titles, criterion_title=criterion.title
        )

    def _result(self, result: ResultRule, place: str) -> ResultRule:
        if result.rubric is None:
            return result
        rubric = self._rubric(result.rubric, f"{place}/rubric")
        return result if rubric is None else replace(result, rubric=rubric.ref)

    def _rubric(self, ref: str, pointer: str) -> Rubric | None:
        rubric = self._catalogue.rubrics.get(ref)
        if rubric is None:
            _unpublished(pointer, "rubric", ref, self._catalogue.rubrics, self._faults)
        return rubric
