import pytest

from app.domain.frameworks import Framework, FrameworkItem
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import AllOf, Coverage, ItemTarget, Leaf, MinLevel, NOf, ResultRule, RuleNode
from app.errors import Fault, LintFailedError
from tests.domain.rules.builders import FRAMEWORK, RUBRIC, all_of, catalogue, leaf, n_of

EACH = Leaf(key="", kind="content", mode=("online",))


def draft(rule: RuleNode, framework: str | None = None) -> PassportDefinition:
    return PassportDefinition(
        key="test",
        version="1.0.0",
        title="Test",
        framework=framework,
        rule=rule,
        places={"blocks": "/rule/all_of/0", "one": "/rule"},
    )


def coverage(**fields: object) -> Coverage:
    merged = {"framework": "leading@0.1", "each": EACH, **fields}
    return Coverage(key="blocks", **merged)  # type: ignore[arg-type] # the fields of each test differ


def faults_of(
    rule: RuleNode, known: Catalogue | None = None, framework: str | None = None
) -> tuple[Fault, ...]:
    with pytest.raises(LintFailedError) as caught:
        expand(draft(rule, framework), known or catalogue())
    return caught.value.faults


def test_coverage_of_all_is_one_leaf_per_building_block() -> None:
    expanded = expand(draft(all_of("root", coverage())), catalogue())
    assert expanded.expanded
    assert isinstance(expanded.rule, AllOf)
    (node,) = expanded.rule.children
    assert isinstance(node, Coverage)
    assert node.items == ("open", "teams", "action")
    assert [(child.key, child.title) for child in node.children] == [
        ("blocks/open", "Working Open"),
        ("blocks/teams", "Empowering Teams"),
        ("blocks/action", "Building for Action"),
    ]
    assert node.children[0].item == ItemTarget(
        "leading@0.1", "open", "Working Open", ("open", "docs", "wikis")
    )
    assert node.children[0].mode == ("online",)


def test_expanding_again_changes_nothing() -> None:
    once = expand(draft(coverage(items=("docs",))), catalogue())
    assert expand(once, Catalogue({}, {}, {})) is once


def test_levels_are_resolved_and_pinned() -> None:
    asked = MinLevel("outcomes", "outcome", "done")
    rule = n_of(
        "root", 1, leaf("one", min_level=asked, result=ResultRule("RubricCriterionLevel", "outcomes"))
    )
    expanded = expand(draft(rule), catalogue()).rule
    assert isinstance(expanded, NOf)
    (one,) = expanded.children
    assert isinstance(one, Leaf)
    assert one.min_level == MinLevel(
        "outcomes@1.0.0", "outcome", "done", ("done", "kept"), ("Done", "Kept"), "Outcome"
    )
    assert one.result == ResultRule("RubricCriterionLevel", "outcomes@1.0.0")
    status = expand(draft(leaf("one", result=ResultRule("Status"))), catalogue()).rule
    assert status.result == ResultRule("Status")


def test_a_framework_that_is_not_published_is_named_with_the_nearest() -> None:
    (fault,) = faults_of(all_of("root", coverage(framework="leading@0.2")))
    assert (fault.pointer, fault.code) == ("/rule/all_of/0/coverage/framework", "unknown_reference")
    assert fault.hint == "Did you mean 'leading@0.1'?"
    (fault,) = faults_of(coverage(), Catalogue({}, {}, {}))
    assert fault.hint is None
    (fault,) = faults_of(leaf("one"), framework="lost@1.0")
    assert fault.pointer == "/framework"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"items": ("open", "opne")}, "/rule/all_of/0/coverage/items", "unknown_reference"),
        ({"n": 4}, "/rule/all_of/0/coverage/n", "n_too_large"),
    ],
)
def test_coverage_that_cannot_be_met_is_refused(fields: dict[str, object], pointer: str, code: str) -> None:
    (fault,) = faults_of(all_of("root", coverage(**fields)))
    assert (fault.pointer, fault.code) == (pointer, code)


def test_a_framework_without_blocks_covers_nothing() -> None:
    bare = Framework("bare", "1.0", "Bare", None, (FrameworkItem("skill", "skill", "Skill"),))
    (fault,) = faults_of(coverage(framework="bare@1.0"), Catalogue({bare.ref: bare}, {}, {}))
    assert fault.code == "empty_group"


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        (MinLevel("lost", "outcome", "done"), "/rule/experience/min_level/rubric"),
        (MinLevel("outcomes", "outcom", "done"), "/rule/experience/min_level/criterion"),
        (MinLevel("outcomes", "outcome", "don"), "/rule/experience/min_level/level"),
    ],
)
def test_levels_that_do_not_exist_are_refused(asked: MinLevel, pointer: str) -> None:
    (fault,) = faults_of(leaf("one", min_level=asked))
    assert (fault.pointer, fault.code) == (pointer, "unknown_reference")


def test_a_result_by_an_unknown_rubric_is_refused() -> None:
    (fault,) = faults_of(leaf("one", result=ResultRule("RubricCriterionLevel", "outcome")))
    assert (fault.pointer, fault.hint) == ("/rule/result/rubric", "Did you mean 'outcomes'?")
    assert RUBRIC.ref in catalogue().rubrics
    assert FRAMEWORK.ref in catalogue().frameworks
