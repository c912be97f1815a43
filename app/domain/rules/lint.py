"""What a rule must satisfy before it is published, judged with the catalogue as it stands.

Findings that would make the passport impossible or endless are faults; what is merely unkind is a warning.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.content import ContentItem
from app.domain.payloads import Faults, nearest
from app.domain.rules.definition import COMPLETION_HOLDS, IssuePolicy, PassportDefinition
from app.domain.rules.expand import expand_into
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import MINUTES, SECTIONS, Leaf, ResultRule, RuleNode, walk
from app.domain.rules.lint_cycles import check_cycles
from app.domain.rules.lint_forms import check_forms
from app.domain.rules.lint_reach import check_reach
from app.domain.rules.plan import MAX_COMBINATIONS, MAX_LEAVES, Terms, components, count_combinations
from app.domain.rules.predicates import content_fits
from app.domain.rules.terms import check_terms

MANY_LEAVES = 25
LONG_TITLE = 280
MISSING_SECTION = "missing_section"
"""A warning while a passport is written, and a fault when it is published."""
NO_ROUTE = "no_route"
"""What is approved as things stand: not asked of a simulation that brings its own catalogue."""
ROUTES = frozenset({NO_ROUTE, "no_in_person_route", "no_online_route"})
"""What is said of the content that is approved for a requirement."""


@dataclass(frozen=True, slots=True)
class Lint:
    """The expanded definition with what was found; it is not to be used when there are faults."""

    definition: PassportDefinition
    faults: Faults
    warnings: Faults


def lint(definition: PassportDefinition, catalogue: Catalogue) -> Lint:
    """Return everything that speaks against publishing, and everything that is worth a second look."""
    faults, warnings = Faults(), Faults()
    expanded = expand_into(definition, catalogue, faults)
    report = Lint(expanded, faults, warnings)
    if expanded.series is None:
        _check_sections(expanded, warnings)
    _check_issue(expanded.issue, warnings)
    _check_rule(expanded, "/rule", catalogue, report)
    if expanded.renewal is not None:
        _check_rule(expanded.judging(renews=True), "/renewal", catalogue, report)
    check_forms(expanded, catalogue.forms, faults)
    check_cycles(expanded, catalogue, faults, warnings)
    check_reach(expanded, catalogue, faults, warnings)
    check_terms(expanded, catalogue, faults)
    return report


def _check_rule(definition: PassportDefinition, place: str, catalogue: Catalogue, report: Lint) -> None:
    """Look at what is judged as one: the rule, or the renewal in its place; it stands at `place`."""
    _check_size(definition, place, report)
    _check_content(definition, catalogue, report)
    _check_results(definition, report.faults)
    _check_texts(definition, report.warnings)


def _place(definition: PassportDefinition, node: RuleNode) -> str:
    return definition.places.get(node.key.partition("/")[0], "")


def _leaves(definition: PassportDefinition) -> Iterator[Leaf]:
    for node, _ in walk(definition.rule):
        if isinstance(node, Leaf):
            yield node


def _check_sections(definition: PassportDefinition, warnings: Faults) -> None:
    omitted = {each.section for each in definition.omitted_sections}
    present = {node.section for node, _ in walk(definition.rule)}
    for section in SECTIONS:
        if section not in present and section not in omitted:
            detail = f"Nothing in this passport belongs to the section {section!r}."
            hint = f"Say why: sections: {{{section}: {{omit_reason: …}}}}."
            warnings.add("/sections", MISSING_SECTION, detail, hint)


def _check_issue(issue: IssuePolicy, warnings: Faults) -> None:
    """Find what is said of approvals where nothing waits for one."""
    said = {
        "approvers": issue.approvers is not None,
        "completion_holds": issue.completion_holds != COMPLETION_HOLDS,
    }
    for name in (name for name, is_said in said.items() if is_said and issue.mode == "auto"):
        detail = "This passport issues by itself: nothing waits for approval."
        hint = "Write `mode: on_approval` beside it, or leave it out."
        warnings.add(f"/issue/{name}", "no_effect", detail, hint)


def _check_size(definition: PassportDefinition, place: str, report: Lint) -> None:
    number = sum(1 for _ in _leaves(definition))
    if number > MAX_LEAVES:
        detail = f"{number} leaves are more than the {MAX_LEAVES} that a passport may have."
        report.faults.add(place, "too_many_leaves", detail)
        return
    if number > MANY_LEAVES:
        detail = f"{number} leaves are a lot to ask; people finish passports with up to {MANY_LEAVES}."
        report.warnings.add(place, "many_leaves", detail)
    if not definition.expanded:
        return
    optional = [node for node, _ in walk(definition.rule) if node.optional]
    for roots in ([definition.rule], optional):
        for atoms in components(roots, Terms(definition.double_counting)):
            combinations = count_combinations(atoms)
            if combinations > MAX_COMBINATIONS:
                detail = (
                    f"The choices below come to {combinations} combinations that compete for the same"
                    f" evidence; {MAX_COMBINATIONS} are allowed."
                )
                hint = "Put these options in separate pools, or simplify the choices."
                report.faults.add(_place(definition, atoms[0]), "too_many_combinations", detail, hint)


def _check_content(definition: PassportDefinition, catalogue: Catalogue, report: Lint) -> None:
    known = catalogue.content
    seen: set[str] = set()
    for leaf in _leaves(definition):
        place = _place(definition, leaf)
        fields = f"{place}/coverage/each/{leaf.kind}" if leaf.item else f"{place}/{leaf.kind}"
        unknown = [key for key in leaf.keys if key not in known]
        if fields not in seen:
            # the leaves of one coverage share their fields
            seen.add(fields)
            for key in unknown:
                report.faults.add(f"{fields}/keys", "unknown_reference", *_no_content(key, catalogue))
            for ref in leaf.recommend:
                kind, _, key = ref.partition(":")
                if kind == "content" and key not in known:
                    pointer = f"{fields}/recommend"
                    report.warnings.add(pointer, "unknown_reference", *_no_content(key, catalogue))
        if leaf.kind == "content" and not unknown and definition.expanded:
            _check_routes(leaf, place, catalogue, report)


def _no_content(key: str, catalogue: Catalogue) -> tuple[str, str | None]:
    hint = nearest(key, tuple(catalogue.content)) if catalogue.content else None
    return f"There is no content {key!r} yet.", hint


def _check_routes(leaf: Leaf, place: str, catalogue: Catalogue, report: Lint) -> None:
    hubs = report.definition.hubs_in(catalogue)
    routes = [
        item
        for item in catalogue.content.values()
        if any(each.counts_for(hubs) for each in item.approvals) and content_fits(leaf, item)
    ]
    if not routes:
        found = report.warnings if leaf.accept_rpl else report.faults
        detail = f"No approved content fits {leaf.key!r}, so nobody could meet it."
        found.add(place, NO_ROUTE, detail, "Approve content for it first.")
        return
    if not _offers(routes, "in_person"):
        detail = f"All content for {leaf.key!r} is online; not everybody can learn that way."
        report.warnings.add(place, "no_in_person_route", detail)
    if not _offers(routes, "online"):
        detail = f"All content for {leaf.key!r} is in person; not everybody can travel."
        report.warnings.add(place, "no_online_route", detail)


def _offers(routes: list[ContentItem], mode: str) -> bool:
    return any(mode in item.modes for item in routes)


def _check_results(definition: PassportDefinition, faults: Faults) -> None:
    for node, _ in walk(definition.rule):
        result = node.result
        if result is not None:
            _check_number(definition, node, result, faults)
        if result is None or result.rubric is None:
            continue
        level = node.min_level if isinstance(node, Leaf) else None
        if level is None or level.rubric != result.rubric:
            detail = f"The result shows levels of {result.rubric!r}, which this node does not ask for."
            hint = "Give the leaf a min_level of the same rubric."
            faults.add(f"{_place(definition, node)}/result", "unknown_reference", detail, hint)


def _check_number(definition: PassportDefinition, node: RuleNode, result: ResultRule, faults: Faults) -> None:
    """Find a result that shows a number where the node asks for none."""
    amount = node.amount if isinstance(node, Leaf) else None
    scored = isinstance(node, Leaf) and node.min_score is not None
    if result.type == MINUTES and (amount is None or amount.unit != "minutes"):
        detail = "Minutes are shown of an amount of minutes alone."
        faults.add(f"{_place(definition, node)}/result", "wrong_value", detail, "Show a Status.")
    if result.type == "RawScore" and amount is None and not scored:
        detail = "A raw score is shown of an amount, or of a leaf with a min_score."
        faults.add(f"{_place(definition, node)}/result", "wrong_value", detail, "Show a Status.")


def _check_texts(definition: PassportDefinition, warnings: Faults) -> None:
    for node, _ in walk(definition.rule):
        if node.title is not None and len(node.title) > LONG_TITLE:
            detail = f"This title has {len(node.title)} characters; {LONG_TITLE} are enough for a task."
            warnings.add(f"{_place(definition, node)}/title", "long_title", detail)
