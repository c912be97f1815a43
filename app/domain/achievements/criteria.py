"""What it takes to earn a passport, in plain words: written from the rule, so the two cannot differ.

The text is Markdown (CommonMark): one nested list that mirrors the rule. Words of authors are escaped,
so nothing of theirs becomes markup.
"""

from collections.abc import Iterator
from typing import Final

from app.domain.achievements.criteria_details import describe_leaf
from app.domain.achievements.wording import either, escape, in_words, share
from app.domain.rules.definition import GateMode, PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import AllOf, Coverage, Leaf, NOf, RuleNode, required, walk
from app.domain.rules.plan import DoubleCounting

_SECTIONS: Final = {"experience": "Experience", "content": "Content", "choice": "Learner choice"}
_COUNTING: Final[dict[DoubleCounting, str]] = {
    "forbid": "No piece of evidence counts for two requirements",
    "per_section": "No piece of evidence counts for two requirements of one section",
    "allow": "One piece of evidence may count for several requirements",
}
_GATES: Final[dict[GateMode, str]] = {
    "before_enrol": "Before enrolling, meet all of these:",
    "before_count": "Nothing counts before all of these are met:",
    "before_issue": "The credential is issued once all of these are met as well:",
}


def describe_criteria(definition: PassportDefinition, catalogue: Catalogue) -> str:
    """Return the criteria of an expanded definition as Markdown, ending in one line feed."""
    narrator, title = _Narrator(catalogue), escape(definition.achievement_title)
    several = isinstance(definition.rule, AllOf)
    asked = "meet all of these requirements:" if several else "meet this requirement:"
    parts = [[f"To earn **{title}**, {asked}"], list(narrator.top(definition.rule))]
    gate = definition.requires
    if gate is not None:
        parts += [[_GATES[gate.mode]], [line for leaf in gate.leaves for line in narrator.lines(leaf, 0)]]
    if closing := " ".join(_closing(definition)):
        parts.append([closing])
    if definition.renewal is not None:
        parts += [["To renew it later:"], list(narrator.top(definition.renewal))]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _closing(definition: PassportDefinition) -> Iterator[str]:
    """Yield what holds for the rule as a whole."""
    counting = _COUNTING[definition.double_counting]
    leaves = [node for node, _ in walk(definition.rule) if isinstance(node, Leaf)]
    apart = any(leaf.observes or leaf.pool is not None for leaf in leaves)
    special = apart and definition.double_counting != "allow"
    if definition.series is None:
        yield f"{counting}{', except where it says so' if special else ''}."
    if definition.exclude_evidence_used_by:
        names = either(map(in_words, definition.exclude_evidence_used_by))
        yield f"What an issued credential of {names} rests on does not count here."
    if definition.issue.mode == "on_approval":
        yield "The issuer approves each credential before it is issued."
    if definition.valid_for is not None:
        yield f"The credential is valid for {definition.valid_for.words}."
    for omitted in definition.omitted_sections:
        yield f"{_SECTIONS[omitted.section]} is left out on purpose: {escape(omitted.reason.rstrip('.'))}."


class _Narrator:
    """Writes nodes as list items; looks up the names of what they refer to."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def top(self, rule: RuleNode) -> Iterator[str]:
        """Yield the items of a rule; one that asks for everything needs no item of its own."""
        for node in rule.children if isinstance(rule, AllOf) else (rule,):
            yield from self.lines(node, 0)

    def lines(self, node: RuleNode, depth: int) -> Iterator[str]:
        """Yield the item of a node and, deeper, those of its children."""
        if isinstance(node, Leaf):
            yield _item(node, depth, f"{describe_leaf(node, self._catalogue)}.")
        elif isinstance(node, Coverage):
            yield _item(node, depth, f"{self._span(node)}, {describe_leaf(node.each, self._catalogue)}:")
            for leaf in node.children:
                yield f"{_indent(depth + 1)}{escape(leaf.item.label if leaf.item else leaf.key)}"
        else:
            count = len(required(node.children))
            part = share(node.n, count) if isinstance(node, NOf) else "all"
            yield _item(node, depth, f"{part} of these:")
            for child in node.children:
                yield from self.lines(child, depth + 1)

    def _span(self, node: Coverage) -> str:
        """Return how much of a framework is to be covered."""
        framework = self._catalogue.frameworks.get(node.framework)
        name = node.framework if framework is None else f"{framework.title} {framework.version}"
        part = share(node.wanted, len(node.children), every="each")
        return f"for {part} of these parts of {escape(name)}"


def _item(node: RuleNode, depth: int, text: str) -> str:
    """Return a list item: the title in bold or, without one, the text alone."""
    optional = " (optional)" if node.optional else ""
    title = node.title or (_SECTIONS[node.section] if node.section and not isinstance(node, Leaf) else None)
    if title is None:
        return f"{_indent(depth)}{text[0].upper()}{text[1:]}{optional}"
    return f"{_indent(depth)}**{escape(title)}**{optional}: {text}"


def _indent(depth: int) -> str:
    return f"{'  ' * depth}- "
