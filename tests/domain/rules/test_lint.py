from typing import Any

from app.domain.instants import Duration
from app.domain.rules.definition import IssuePolicy, OmittedSection, PassportDefinition, RoleHolder
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Coverage, Leaf, MinLevel, ResultRule, RuleNode, walk
from app.domain.rules.lint import Lint, lint
from tests.domain.rules.builders import all_of, catalogue, content, leaf, n_of

OMITTED = tuple(OmittedSection(section, "a test") for section in ("experience", "content", "choice"))


def linted(rule: RuleNode, known: Catalogue | None = None, **fields: object) -> Lint:
    merged: dict[str, Any] = {"omitted_sections": OMITTED, **fields}
    places = {node.key: f"/{node.key}" for node, _ in walk(rule)}
    passport = PassportDefinition(key="t", version="1.0.0", title="T", rule=rule, places=places, **merged)
    return lint(passport, known or catalogue())


def errors(report: Lint) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in report.faults.found]


def warnings(report: Lint) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in report.warnings.found]


def test_a_missing_section_needs_a_reason() -> None:
    report = linted(leaf("one", section="experience"), omitted_sections=OMITTED[1:2])
    assert (errors(report), warnings(report)) == ([], [("/sections", "missing_section")])
    assert report.warnings.found[0].hint == "Say why: sections: {choice: {omit_reason: …}}."
    assert warnings(linted(leaf("one"))) == []


def test_too_many_combinations_are_refused_with_the_node_that_causes_them() -> None:
    pairs = [all_of(f"p{number}", leaf(f"a{number}"), leaf(f"b{number}")) for number in range(12)]
    report = linted(all_of("root", n_of("huge", 6, *pairs)))
    assert errors(report) == [("/huge", "too_many_combinations")]
    assert "924 combinations" in report.faults.found[0].detail
    apart = [
        all_of(f"p{n}", leaf(f"a{n}", template=(f"x{n}",)), leaf(f"b{n}", template=(f"y{n}",)))
        for n in range(12)
    ]
    assert errors(linted(n_of("huge", 6, *apart))) == [("/huge", "too_many_combinations")]


def test_optional_choices_are_fenced_too() -> None:
    pairs = [all_of(f"p{number}", leaf(f"a{number}"), leaf(f"b{number}")) for number in range(12)]
    rule = all_of("root", leaf("one"), n_of("huge", 6, *pairs, optional=True))
    assert errors(linted(rule)) == [("/huge", "too_many_combinations")]


def test_a_renewal_is_fenced_as_the_rule_is() -> None:
    pairs = [all_of(f"p{number}", leaf(f"a{number}"), leaf(f"b{number}")) for number in range(12)]
    renewal = all_of("renew", n_of("huge", 6, *pairs))
    assert [code for _, code in errors(linted(leaf("one"), renewal=renewal))] == ["too_many_combinations"]
    many = all_of("renew", *(leaf(f"l{number}") for number in range(26)))
    assert warnings(linted(leaf("one"), renewal=many)) == [("/renewal", "many_leaves")]


def test_more_than_25_leaves_are_a_warning_and_more_than_200_a_fault() -> None:
    assert warnings(linted(all_of("root", *(leaf(f"l{number}") for number in range(25))))) == []
    many = all_of("root", *(leaf(f"l{number}") for number in range(26)))
    assert warnings(linted(many)) == [("/rule", "many_leaves")]
    groups = [all_of(f"g{n}", *(leaf(f"l{n}-{m}") for m in range(67))) for n in range(3)]
    assert errors(linted(all_of("root", *groups))) == [("/rule", "too_many_leaves")]


def test_what_is_said_of_approvals_where_nothing_waits_for_one_is_a_warning() -> None:
    said: dict[str, Any] = {"approvers": RoleHolder("mentor"), "completion_holds": Duration.parse("P30D")}
    report = linted(leaf("one"), issue=IssuePolicy(**said))
    assert warnings(report) == [("/issue/approvers", "no_effect"), ("/issue/completion_holds", "no_effect")]
    assert warnings(linted(leaf("one"), issue=IssuePolicy(mode="on_approval", **said))) == []


def test_content_that_does_not_exist_is_a_fault_in_keys_and_a_warning_in_recommendations() -> None:
    known = catalogue(content("talk", mode="hybrid"))
    named = linted(Leaf(key="one", kind="content", keys=("talk", "tolk")), known)
    assert errors(named) == [("/one/content/keys", "unknown_reference")]
    assert named.faults.found[0].hint == "Did you mean 'talk'?"
    recommending = Leaf(key="one", kind="choice", recommend=("content:tolk", "content:talk", "external:x"))
    assert warnings(linted(recommending, known)) == [("/one/choice/recommend", "unknown_reference")]
    assert linted(recommending, catalogue()).warnings.found[0].hint is None
    assert linted(Leaf(key="one", kind="content", keys=("talk",)), catalogue()).faults.found[0].hint is None


def test_what_coverage_asks_for_each_item_is_reported_once() -> None:
    each = Leaf(key="", kind="content", keys=("lost",), recommend=("content:gone",))
    report = linted(Coverage(key="blocks", framework="leading@0.1", each=each))
    assert errors(report) == [("/blocks/coverage/each/content/keys", "unknown_reference")]
    assert warnings(report) == [("/blocks/coverage/each/content/recommend", "unknown_reference")]


def test_a_content_leaf_needs_a_route() -> None:
    leaf_ = Leaf(key="one", kind="content", tags=("iot",))
    assert errors(linted(leaf_, catalogue(content("talk")))) == [("/one", "no_route")]
    waiting = catalogue(content("talk", tags=("iot",), approvals=()))
    assert errors(linted(leaf_, waiting)) == [("/one", "no_route")]
    willing = linted(Leaf(key="one", kind="content", tags=("iot",), accept_rpl=True), waiting)
    assert (errors(willing), warnings(willing)) == ([], [("/one", "no_route")])


def test_one_mode_only_is_a_warning() -> None:
    leaf_ = Leaf(key="one", kind="content")
    assert warnings(linted(leaf_, catalogue(content("talk")))) == [("/one", "no_in_person_route")]
    in_person = catalogue(content("talk", mode="in_person"))
    assert warnings(linted(leaf_, in_person)) == [("/one", "no_online_route")]
    both = catalogue(content("talk", mode="in_person"), content("walk"))
    assert warnings(linted(leaf_, both)) == []
    assert warnings(linted(leaf_, catalogue(content("talk", mode="hybrid")))) == []


def test_each_covered_item_needs_a_route() -> None:
    each = Leaf(key="", kind="content", alignment="primary")
    rule = Coverage(key="blocks", framework="leading@0.1", each=each)
    known = catalogue(content("a", "wikis", mode="hybrid"), content("b", "teams", "action", mode="hybrid"))
    report = linted(rule, known)
    assert errors(report) == [("/blocks", "no_route")]
    assert "'blocks/action'" in report.faults.found[0].detail


def test_what_cannot_be_expanded_is_reported_once() -> None:
    each = Leaf(key="", kind="content")
    rule = all_of("root", Coverage(key="b", framework="lost@1", each=each), Leaf(key="c", kind="content"))
    report = linted(rule)
    assert errors(report) == [("/b/coverage/framework", "unknown_reference")]
    assert not report.definition.expanded


def test_a_result_shows_levels_that_the_node_asks_for() -> None:
    result = ResultRule("RubricCriterionLevel", "outcomes")
    asked = MinLevel("outcomes", "outcome", "done")
    assert errors(linted(leaf("one", result=result, min_level=asked))) == []
    assert errors(linted(leaf("one", result=result))) == [("/one/result", "unknown_reference")]
    assert errors(linted(all_of("group", leaf("one"), result=result))) == [
        ("/group/result", "unknown_reference")
    ]
    assert errors(linted(leaf("one", result=ResultRule("Status")))) == []


def test_a_long_title_is_a_warning() -> None:
    report = linted(leaf("one", title="x" * 281, within=Duration.parse("P1Y")))
    assert warnings(report) == [("/one/title", "long_title")]
    assert warnings(linted(leaf("one", title="x" * 280))) == []
