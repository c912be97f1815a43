"""What it takes to earn a passport, in plain words: written from the rule, so the two cannot differ.

The text is Markdown (CommonMark): one nested list that mirrors the rule. Words of authors are escaped,
so nothing of theirs becomes markup.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Final

from app.domain.instants import Duration, format_instant
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import AllOf, Coverage, Leaf, LeafKind, MinLevel, NOf, RuleNode, required

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LEAVES: Final[dict[LeafKind, tuple[str, str]]] = {
    "content": (
        "approved session or course, completed or attended",
        "approved sessions or courses, completed or attended",
    ),
    "event": ("event, attended", "events, attended"),
    "experience": ("experience of doing, shown with evidence", "experiences of doing, shown with evidence"),
    "choice": ("piece of learning of one's own choice", "pieces of learning of one's own choice"),
    "artifact": ("piece of work, made and shown", "pieces of work, made and shown"),
    "assessment": ("assessment", "assessments"),
    "partnership": ("partnership, built and kept", "partnerships, built and kept"),
    "endorsement": ("endorsement by somebody else", "endorsements by somebody else"),
    "credential": ("verified credential", "verified credentials"),
    "passport": ("earlier passport", "earlier passports"),
    "evidence": ("piece of evidence", "pieces of evidence"),
    "amount": ("sum of effort", "sums of effort"),
}
_SECTIONS: Final = {"experience": "Experience", "content": "Content", "choice": "Learner choice"}
_ORIGINS: Final = {"in_house": "made by the issuer", "approved": "made by others and approved"}
_MODES: Final = {"online": "online", "in_person": "in person", "hybrid": "online and in person at once"}
_ASSURANCES: Final = {
    "attested": "confirmed by somebody other than the learner",
    "reviewed": "accepted by a reviewer",
    "system": "recorded by a connected system",
    "signed": "proven by a signed credential",
}
_KINDS: Final = {"content_completion": "completed content"}
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#|~!&$])")


def describe_criteria(definition: PassportDefinition, catalogue: Catalogue) -> str:
    """Return the criteria of an expanded definition as Markdown, ending in one line feed."""
    rule, narrator = definition.rule, _Narrator(catalogue)
    if isinstance(rule, AllOf):
        start = f"To earn **{_escape(definition.title)}**, meet all of these requirements:"
        lines = [line for child in rule.children for line in narrator.lines(child, 0)]
    else:
        start = f"To earn **{_escape(definition.title)}**, meet this requirement:"
        lines = list(narrator.lines(rule, 0))
    closing = []
    if definition.double_counting == "forbid":
        closing.append("No piece of evidence counts for two requirements.")
    if definition.valid_for is not None:
        closing.append(f"The credential is valid for {_duration(definition.valid_for)}.")
    closing.extend(
        f"{_SECTIONS[omitted.section]} is left out on purpose: {_escape(omitted.reason.rstrip('.'))}."
        for omitted in definition.omitted_sections
    )
    return "\n".join((start, "", *lines, *(("", " ".join(closing)) if closing else ()))) + "\n"


class _Narrator:
    """Writes nodes as list items; looks up the names of what they refer to."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def lines(self, node: RuleNode, depth: int) -> Iterator[str]:
        """Yield the item of a node and, deeper, those of its children."""
        if isinstance(node, Leaf):
            yield _item(node, depth, f"{self._sentence(node)}.")
        elif isinstance(node, Coverage):
            yield _item(node, depth, f"{self._span(node)}, {self._sentence(node.each)}:")
            for leaf in node.children:
                yield f"{_indent(depth + 1)}{_escape(leaf.item.label if leaf.item else leaf.key)}"
        else:
            count = len(required(node.children))
            share = _share(node.n, count) if isinstance(node, NOf) else "all"
            yield _item(node, depth, f"{share} of these:")
            for child in node.children:
                yield from self.lines(child, depth + 1)

    def _span(self, node: Coverage) -> str:
        """Return how much of a framework is to be covered."""
        framework = self._catalogue.frameworks.get(node.framework)
        name = node.framework if framework is None else f"{framework.title} {framework.version}"
        share = _share(node.wanted, len(node.children), every="each")
        return f"for {share} of these parts of {_escape(name)}"

    def _sentence(self, leaf: Leaf) -> str:
        """Return what a leaf asks for: how many of what, and all that narrows it down."""
        singular, plural = _LEAVES[leaf.kind]
        return "; ".join(
            (f"{_number(leaf.count)} {singular if leaf.count == 1 else plural}", *self._details(leaf))
        )

    def _details(self, leaf: Leaf) -> Iterator[str]:
        yield from self._subject(leaf)
        yield from _extent(leaf)
        if leaf.min_level is not None:
            yield self._level(leaf.min_level)
        yield from _time(leaf)
        if leaf.assurance in _ASSURANCES:
            yield _ASSURANCES[leaf.assurance]
        if leaf.accept_rpl:
            yield "prior learning that two reviewers recognise will do as well"

    def _subject(self, leaf: Leaf) -> Iterator[str]:
        if leaf.keys:
            content = self._catalogue.content
            yield f"namely {_either(content[key].title if key in content else key for key in leaf.keys)}"
        if leaf.template:
            yield f"task: {_either(map(_words, leaf.template))}"
        if leaf.event:
            yield f"at {_either(map(_words, leaf.event))}"
        if leaf.role:
            yield f"as {_either(map(_words, leaf.role))}"
        if leaf.topics:
            yield f"about {_either(map(_words, leaf.topics))}"
        if leaf.tags:
            yield f"tagged {_either(leaf.tags)}"
        if leaf.alignment == "primary":
            yield "mainly about that part"
        if leaf.origin:
            yield _either(_ORIGINS[origin] for origin in leaf.origin)
        if leaf.mode:
            yield _either(_MODES[mode] for mode in leaf.mode)

    def _level(self, asked: MinLevel) -> str:
        """Return the level that has to be reached, by its title where the rubric is known."""
        rubric = self._catalogue.rubrics.get(asked.rubric)
        criterion = rubric.find(asked.criterion) if rubric else None
        titles = {level.key: level.title for level in criterion.levels} if criterion else {}
        names = (
            titles.get(asked.level, asked.level),
            criterion.title if criterion else asked.criterion,
            rubric.title if rubric else asked.rubric,
        )
        level, judged, where = map(_escape, names)
        return f"at the level “{level}” or above for “{judged}” ({where})"


def _extent(leaf: Leaf) -> Iterator[str]:
    if leaf.evidence:
        yield f"as {_either(_KINDS.get(kind, _words(kind)) for kind in leaf.evidence)}"
    if leaf.min_minutes is not None:
        yield f"at least {_minutes(leaf.min_minutes)}"
    if leaf.outcomes:
        yield f"saying {_list(map(_words, leaf.outcomes), 'and')}"
    if leaf.reflection:
        yield "with a reflection on it"


def _time(leaf: Leaf) -> Iterator[str]:
    if leaf.within is not None:
        yield f"within the last {_duration(leaf.within)}"
    if leaf.after is not None:
        yield f"not before {_date(leaf.after)}"
    if leaf.before is not None:
        yield f"before {_date(leaf.before)}"


# Words ----------------------------------------------------------------------------------------------


def _item(node: RuleNode, depth: int, text: str) -> str:
    """Return a list item: the title in bold or, without one, the text alone."""
    optional = " (optional)" if node.optional else ""
    title = node.title or (_SECTIONS[node.section] if node.section and not isinstance(node, Leaf) else None)
    if title is None:
        return f"{_indent(depth)}{text[0].upper()}{text[1:]}{optional}"
    return f"{_indent(depth)}**{_escape(title)}**{optional}: {text}"


def _indent(depth: int) -> str:
    return f"{'  ' * depth}- "


def _share(wanted: int, count: int, every: str = "all") -> str:
    return every if wanted == count else f"at least {_number(wanted)}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _words(key: str) -> str:
    """Return a key as words: `what-i-learned` as "what I learned"."""
    return re.sub(r"\bi\b", "I", re.sub(r"[-_]+", " ", key))


def _either(names: "Iterator[str] | map[str] | Sequence[str]") -> str:
    return _list(names, "or")


def _list(names: "Iterator[str] | map[str] | Sequence[str]", word: str) -> str:
    """Return names as an escaped list with `word` before the last."""
    *first, last = map(_escape, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return _plural(minutes, "minute") if rest else _plural(hours, "hour")


def _duration(duration: Duration) -> str:
    years, months = divmod(duration.months, 12)
    days, minutes = divmod(duration.minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    counts = ((years, "year"), (months, "month"), (days, "day"), (hours, "hour"), (minutes, "minute"))
    return _list([_plural(count, unit) for count, unit in counts if count], "and")


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _date(instant: datetime) -> str:
    text = format_instant(instant)
    return text.partition("T")[0] if instant.time() == time() else text


def _escape(text: str) -> str:
    """Return text in which Markdown sees no markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
