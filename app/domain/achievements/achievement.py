"""The Achievement of a published passport (Open Badges 3.0, B.1.2): fixed with the version, for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from app.domain.achievements.criteria import describe_criteria
from app.domain.milestones import earned_key
from app.domain.rubrics import Level
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import MINUTES, ItemTarget, Leaf, ResultKind, RuleNode, walk
from app.domain.rules.normal import number_of


@dataclass(frozen=True, slots=True)
class AchievementPlace:
    """Where the achievement and the frameworks it names are published.

    `root` is the address of all achievements, `key` its name there. `framework_urls` gives the page of each
    `key@version` that the rule covers, whose items are anchored by code.
    """

    root: str
    key: str
    version: str
    framework_urls: Mapping[str, str]

    @property
    def url(self) -> str:
        """The achievement's address and id."""
        return f"{self.root}/{self.key}/{self.version}"

    def of_milestone(self, node: str) -> "AchievementPlace":
        """Return the place of the achievement of a part."""
        return replace(self, key=earned_key(self.key, node))


def build_achievement(
    definition: PassportDefinition, catalogue: Catalogue, place: AchievementPlace
) -> dict[str, Any]:
    """Return the Achievement of an expanded definition, without a context.

    A `Certificate` that expires becomes a `Certification`, the standard's word for that.
    """
    achievement_type = definition.issue.achievement_type
    if definition.valid_for is not None and achievement_type == "Certificate":
        achievement_type = "Certification"
    achievement: dict[str, Any] = {
        "id": place.url,
        "type": ["Achievement"],
        "achievementType": achievement_type,
        "name": definition.achievement_title,
        "description": definition.description or _description(definition),
        "version": definition.version,
        "humanCode": definition.key,
        "criteria": {"id": f"{place.url}/criteria", "narrative": describe_criteria(definition, catalogue)},
        "image": {
            "id": f"{place.url}/image.png",
            "type": "Image",
            "caption": f"Badge of {definition.achievement_title}",
        },
    }
    if definition.credits is not None:
        achievement["creditsAvailable"] = number_of(Fraction(definition.credits, 100))
    lists = {
        "alignment": [_described(target, catalogue, place) for target in covered_items(definition)],
        "resultDescription": [
            _result_description(node, catalogue, place)
            for root in (definition.rule, definition.renewal)
            if root is not None
            for node, _ in walk(root)
            if _is_shown(node)
        ],
        "tag": list(definition.tags),
    }
    return achievement | {name: values for name, values in lists.items() if values}


def _description(definition: PassportDefinition) -> str:
    what = "passport" if definition.series is None else "series"
    return f"Earned by completing the {what} “{definition.title}”."


def covered_items(definition: PassportDefinition) -> tuple[ItemTarget, ...]:
    """Return the framework items that the rule covers, each once, in document order."""
    targets = (node.item for node, _ in walk(definition.rule) if isinstance(node, Leaf) and node.item)
    return tuple({(target.framework, target.code): target for target in targets}.values())


def building_blocks(definition: PassportDefinition) -> tuple[str, ...]:
    """Return what the badge's ring is made of: the covered items, or else the parts of the rule."""
    labels = tuple(target.label for target in covered_items(definition))
    rule = definition.rule
    parts: tuple[RuleNode, ...] = (rule,) if isinstance(rule, Leaf) else rule.children
    return labels or tuple(part.title for part in parts if part.title is not None)


def _alignment(target: ItemTarget, catalogue: Catalogue, place: AchievementPlace) -> dict[str, Any]:
    """Return an Alignment. No targetType: the item is not published as CASE or CTDL."""
    framework = catalogue.frameworks[target.framework]
    return {
        "type": ["Alignment"],
        "targetName": target.label,
        "targetCode": target.code,
        "targetFramework": f"{framework.title} {framework.version}",
        "targetUrl": f"{place.framework_urls[target.framework]}#{target.code}",
    }


def _described(target: ItemTarget, catalogue: Catalogue, place: AchievementPlace) -> dict[str, Any]:
    """Return an Alignment with the statement of the item, if it has one."""
    alignment = _alignment(target, catalogue, place)
    item = catalogue.frameworks[target.framework].find(target.code)
    statement = item.statement if item else None
    return alignment if statement is None else alignment | {"targetDescription": statement}


# Results --------------------------------------------------------------------------------------------


NUMBERS: Final = frozenset[ResultKind]({"RawScore", MINUTES})
"""Results that are a number, which a credential shows as `value`."""


def result_id(achievement_url: str, node_key: str) -> str:
    """Return the id of the result description of a node."""
    return f"{achievement_url}#rd-{node_key}"


def level_id(achievement_url: str, node_key: str, criterion: str, level: str) -> str:
    """Return the id of one level of the result description of a node."""
    return f"{achievement_url}#lv-{node_key}:{criterion}:{level}"


def _is_shown(node: RuleNode) -> bool:
    return node.result is not None or (isinstance(node, Leaf) and node.item is not None)


def _result_description(node: RuleNode, catalogue: Catalogue, place: AchievementPlace) -> dict[str, Any]:
    """Return the ResultDescription of a node: rubric levels where it shows them, else a status."""
    target = node.item if isinstance(node, Leaf) else None
    description: dict[str, Any] = {
        "id": result_id(place.url, node.key),
        "type": ["ResultDescription"],
        "name": target.label if target else node.title or node.key,
        "resultType": "Status",
    }
    if target is not None:
        description["alignment"] = [_alignment(target, catalogue, place)]
    if isinstance(node, Leaf) and node.result is not None and node.result.rubric and node.min_level:
        asked = node.min_level
        criterion = catalogue.rubrics[asked.rubric].find(asked.criterion)
        assert criterion is not None  # expansion found the level in it
        description |= {
            "resultType": "RubricCriterionLevel",
            "rubricCriterionLevel": [
                _level(level_id(place.url, node.key, criterion.key, level.key), level, rank)
                for rank, level in enumerate(criterion.levels, start=1)
            ],
            "requiredLevel": level_id(place.url, node.key, criterion.key, asked.level),
        }
    if isinstance(node, Leaf) and node.result is not None and node.result.type in NUMBERS:
        description |= {"resultType": node.result.type} | _range(node)
    return description


def _range(leaf: Leaf) -> dict[str, str]:
    """Return between what the number lies that a result of the leaf shows; less than is asked never shows."""
    if leaf.amount is not None:
        least = str(leaf.amount.at_least)
        return {"requiredValue": least, "valueMin": least}
    assert leaf.min_score is not None  # lint lets a raw score be shown of nothing else
    return {"requiredValue": decimal(leaf.min_score), "valueMin": "0", "valueMax": "1"}


def decimal(score: Fraction) -> str:
    """Return a score from 0 to 1 as a decimal number of at most six digits."""
    return f"{float(score):.6g}"


def _level(identifier: str, level: Level, rank: int) -> dict[str, Any]:
    """Return a RubricCriterionLevel; ranks go from low to high."""
    document = {"id": identifier, "type": ["RubricCriterionLevel"], "name": level.title, "level": str(rank)}
    return document if level.description is None else document | {"description": level.description}
