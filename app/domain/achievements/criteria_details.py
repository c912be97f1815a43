"""What one leaf asks for, in plain words: how many of what, and all that narrows it down."""

from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.achievements.wording import (
    date_in_words,
    either,
    escape,
    in_words,
    listed,
    minutes_in_words,
    number,
    plural,
)
from app.domain.rules.checks import COUNTING, Operator, PathCheck
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Leaf, LeafKind, MinLevel
from app.domain.vocabularies import EXPERIENCE_KIND, TOPIC

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
}
_ORIGINS: Final = {"in_house": "made by the issuer", "approved": "made by others and approved"}
_MODES: Final = {"online": "online", "in_person": "in person", "hybrid": "online and in person at once"}
_ASSURANCES: Final = {
    "attested": "confirmed by somebody other than the learner",
    "reviewed": "accepted by a reviewer",
    "system": "recorded by a connected system",
    "signed": "proven by a signed credential",
}
_KINDS: Final = {"content_completion": "completed content"}
_RELATIONS: Final = {
    "exact": "the same",
    "related": "related",
    "replaced_by": "replaced by it",
    "broader": "broader",
}
_CHECKS: Final[dict[Operator, str]] = {
    "exists": "with its {what}",
    "eq": "with {what} {value}",
    "in": "with {what} {value}",
    "gte": "with {what} at least {value}",
    "lte": "with {what} at most {value}",
}
_VALUES: Final = {
    "endorser_org": "the endorser's organisation",
    "item": "part of the framework",
    "template": "kind of task",
}


def describe_leaf(leaf: Leaf, catalogue: Catalogue) -> str:
    """Return the requirement of a leaf without its title, as the end of a sentence."""
    return "; ".join((_what(leaf), *_details(leaf, catalogue)))


def _what(leaf: Leaf) -> str:
    if leaf.amount is not None:
        return f"{_quantity(leaf.amount.unit, leaf.amount.at_least)} in all, at the least"
    singular, plurals = _LEAVES[leaf.kind]
    return f"{number(leaf.count)} {singular if leaf.count == 1 else plurals}"


def _quantity(unit: str, size: int) -> str:
    return minutes_in_words(size) if unit == "minutes" else plural(size, unit.removesuffix("s"))


def _details(leaf: Leaf, catalogue: Catalogue) -> Iterator[str]:
    yield from _subject(leaf, catalogue)
    yield from _record(leaf, catalogue)
    yield from _extent(leaf)
    if leaf.min_level is not None:
        yield _level(leaf.min_level, catalogue)
    yield from _spread(leaf)
    yield from _time(leaf)
    if leaf.assurance in _ASSURANCES:
        yield _ASSURANCES[leaf.assurance]
    if leaf.accept_rpl:
        yield "prior learning that two reviewers recognise will do as well"
    yield from _pool(leaf)


def _subject(leaf: Leaf, catalogue: Catalogue) -> Iterator[str]:
    if leaf.keys:
        content = catalogue.content
        yield f"namely {either(content[key].title if key in content else key for key in leaf.keys)}"
    named = (
        ("task:", _terms(EXPERIENCE_KIND, leaf.template, catalogue)),
        ("at", [in_words(each) for each in leaf.event]),
        ("as", [in_words(each) for each in leaf.role]),
        ("for the opportunity", [_opportunity(key, catalogue) for key in leaf.opportunity]),
        ("for a need of", [_hub(key, catalogue) for key in leaf.opportunity_hub]),
        ("about", _terms(TOPIC, leaf.topics, catalogue)),
    )
    for word, values in named:
        if values:
            yield f"{word} {either(values)}"
    if leaf.tags:
        yield f"tagged {either(leaf.tags)}"
    if leaf.alignment == "primary":
        yield "mainly about that part"
    if leaf.accept_crosswalk:
        relations = either(_RELATIONS[each] for each in leaf.accept_crosswalk)
        yield f"a part of another framework counts where it is {relations}"
    if leaf.origin:
        yield either(_ORIGINS[origin] for origin in leaf.origin)
    if leaf.mode:
        yield either(_MODES[mode] for mode in leaf.mode)


def _opportunity(key: str, catalogue: Catalogue) -> str:
    known = catalogue.opportunities.get(key)
    return in_words(key) if known is None else known.title


def _hub(key: str, catalogue: Catalogue) -> str:
    known = catalogue.hubs.get(key)
    return in_words(key) if known is None else known.name


def _terms(vocabulary: str, words: Iterable[str], catalogue: Catalogue) -> list[str]:
    """Return what the words are called: the labels of their terms, where there is such a vocabulary."""
    known = catalogue.vocabularies.get(vocabulary)
    terms = {word: None if known is None else known.find(word) for word in words}
    return [in_words(word) if term is None else term.text for word, term in terms.items()]


def _record(leaf: Leaf, catalogue: Catalogue) -> Iterator[str]:
    """Yield what is asked of a form, a partnership, an endorsement or a credential."""
    if leaf.form:
        forms = catalogue.forms or {}
        titles = (forms[ref].title if ref in forms else in_words(ref) for ref in leaf.form)
        yield f"written down in the form “{either(titles)}”"
    if leaf.by_role:
        yield f"by somebody who is {either(map(in_words, leaf.by_role))}"
    if leaf.achievement:
        yield f"for {either(leaf.achievement)}"
    if leaf.issuers:
        yield f"issued by {either(map(_issuer, leaf.issuers))}"
    if leaf.passport is not None:
        versions = f" (version {escape(leaf.version.text)})" if leaf.version else ""
        yield f"namely {escape(in_words(leaf.passport))}{versions}"
    if leaf.status_at_least is not None:
        yield f"at least {leaf.status_at_least}"
    if leaf.priority is not None:
        yield f"of priority {leaf.priority}"
    yield from map(_check, leaf.checks)


def _issuer(name: str) -> str:
    sort, _, trusted = name.partition(":")
    return f"an issuer on the list “{in_words(trusted)}”" if sort == "trusted" else name


def _check(check: PathCheck) -> str:
    what = escape(in_words(check.path.replace("[]", "").replace(".", " ")))
    if check.op in COUNTING:
        different = "different ones " if check.op == "distinct_gte" else ""
        return f"with at least {number(check.value)} {different}in its {what}"
    value = either(map(str, check.value)) if check.op == "in" else escape(str(check.value))
    return _CHECKS[check.op].format(what=what, value=value)


def _extent(leaf: Leaf) -> Iterator[str]:
    if leaf.evidence:
        yield f"as {either(_KINDS.get(kind, in_words(kind)) for kind in leaf.evidence)}"
    if leaf.min_minutes is not None:
        yield f"at least {minutes_in_words(leaf.min_minutes)}"
    if leaf.outcomes:
        yield f"saying {listed(map(in_words, leaf.outcomes), 'and')}"
    if leaf.reflection:
        yield "with a reflection on it"
    if leaf.min_score is not None:
        yield f"with a score of at least {float(leaf.min_score * 100):g} %"


def _level(asked: MinLevel, catalogue: Catalogue) -> str:
    """Return the level that has to be reached, by its title where the rubric is known."""
    rubric = catalogue.rubrics.get(asked.rubric)
    criterion = rubric.find(asked.criterion) if rubric else None
    titles = {level.key: level.title for level in criterion.levels} if criterion else {}
    names = (
        titles.get(asked.level, asked.level),
        criterion.title if criterion else asked.criterion,
        rubric.title if rubric else asked.rubric,
    )
    level, judged, where = map(escape, names)
    return f"at the level “{level}” or above for “{judged}” ({where})"


def _spread(leaf: Leaf) -> Iterator[str]:
    """Yield how different the pieces have to be from one another."""
    values = leaf.values
    if values is not None:
        yield f"at least {number(values.at_least)} of them different in {_value(values.by)}"
    if leaf.cap_per is not None:
        most = leaf.cap_per.max
        much = number(most) if leaf.amount is None else _quantity(leaf.amount.unit, most)
        yield f"at most {much} for each {_value(leaf.cap_per.by)}"


def _value(by: str) -> str:
    return _VALUES.get(by, escape(in_words(by)))


def _time(leaf: Leaf) -> Iterator[str]:
    if leaf.within is not None:
        yield f"within the last {leaf.within.words}"
    if leaf.after is not None:
        yield f"not before {date_in_words(leaf.after)}"
    if leaf.before is not None:
        yield f"before {date_in_words(leaf.before)}"


def _pool(leaf: Leaf) -> Iterator[str]:
    if leaf.shared:
        yield "what counts here may count elsewhere too"
    elif leaf.pool is not None:
        yield f"counted once among the requirements of the group “{escape(in_words(leaf.pool))}”"
