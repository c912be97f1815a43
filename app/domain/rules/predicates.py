"""What a leaf asks of a row, one predicate per field: used to decide and, word for word, to explain.

A row under review is judged as what it would be once accepted: at least `reviewed`, its missing level
reached, an RPL row with its two reviewers. A row that is accepted is judged as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.content import ContentItem
from app.domain.opportunities import Opportunity
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import ASSURANCES, ItemTarget, Leaf, MinLevel
from app.domain.rules.questions import Moment, Predicate, a_or_an, both, day_of, either
from app.domain.rules.record_predicates import asks_of_records, selects_records

RPL = "rpl"
RPL_REVIEWERS = 2
"""How many different reviewers have to accept prior learning."""

_REVIEWED = ASSURANCES.index("reviewed")
_NO_ITEM: tuple[ContentItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """One question to a content item; `why_not` says what was wanted."""

    field: str
    holds: Callable[[ContentItem], bool]
    wanted: str


def predicates_of(leaf: Leaf) -> tuple[Predicate, ...]:
    """Return what the leaf asks of a row of its own kinds, in the order in which a person would ask."""
    return (*_kind(leaf), *_known(leaf), *_item(leaf), *_content(leaf), *_approval(leaf), *_shared(leaf))


def substitute_predicates_of(leaf: Leaf) -> tuple[Predicate, ...]:
    """Return what the leaf asks even of a row that an exception puts in: never what merely selects."""
    return (*_assurance(leaf), *_level(leaf), *asks_of_records(leaf), *_times(leaf))


def rpl_predicates_of(leaf: Leaf) -> tuple[Predicate, ...]:
    """Return what the leaf asks of a row of kind `rpl`: not its kind, nor its content and approval."""
    # the topics of content are asked with the content; here there may be none
    topics = _topics(leaf) if leaf.kind == "content" else ()
    return (*_reviewers(leaf), *_item(leaf), *topics, *_shared(leaf))


def content_filters(leaf: Leaf) -> tuple[ContentFilter, ...]:
    """Return what the leaf asks of the content of a row, its alignment apart."""
    sets: tuple[tuple[str, tuple[str, ...], Callable[[ContentItem], tuple[str, ...]]], ...] = (
        ("keys", leaf.keys, lambda item: (item.key,)),
        ("tags", leaf.tags, lambda item: item.tags),
        ("topics", leaf.topics if leaf.kind == "content" else (), lambda item: item.topics),
        ("origin", leaf.origin, lambda item: (item.origin,)),
        ("mode", leaf.mode, lambda item: item.modes),
    )
    return tuple(_filter(name, asked, has) for name, asked, has in sets if asked)


def _filter(
    name: str, asked: tuple[str, ...], has: Callable[[ContentItem], tuple[str, ...]]
) -> ContentFilter:
    allowed = frozenset(asked)
    return ContentFilter(name, lambda item: not allowed.isdisjoint(has(item)), either(asked))


def covers(target: ItemTarget, weight: str) -> Callable[[EvidenceRow, ContentItem | None], str | None]:
    """Return a function that tells by which weight a row or its content is about the item, or None.

    An alignment to a descendant counts, one to another version of the framework does not; one that
    names no version stands for all. What learners say of their own rows does not count.
    """
    names = (target.framework, target.framework.partition("@")[0])
    targets = frozenset((name, code) for name in names for code in target.codes) | frozenset(target.linked)
    only_primary = weight == "primary"

    def weight_of(row: EvidenceRow, item: ContentItem | None) -> str | None:
        best: str | None = None
        for each in row.items:
            if each.set_by != "learner" and (each.framework, each.code) in targets:
                if each.weight == "primary":
                    return "primary"
                best = each.weight
        for own in () if item is None else item.alignments:
            if (own.framework, own.item) in targets:
                if own.weight == "primary":
                    return "primary"
                best = own.weight
        return None if only_primary else best

    return weight_of


def content_covers(leaf: Leaf, item: ContentItem) -> bool:
    """Tell whether content of this alignment would cover the leaf's item; True when it has none."""
    target = leaf.item
    if target is None:
        return True
    names = (target.framework, target.framework.partition("@")[0])
    return any(
        (
            (each.framework in names and each.item in target.codes)
            or (each.framework, each.item) in target.linked
        )
        and (each.weight == "primary" or leaf.alignment == "any")
        for each in item.alignments
    )


def content_fits(leaf: Leaf, item: ContentItem) -> bool:
    """Tell whether a completion of this content could pay for the content leaf, approval apart."""
    return content_covers(leaf, item) and all(each.holds(item) for each in content_filters(leaf))


def opportunity_fits(leaf: Leaf, need: Opportunity) -> bool:
    """Tell whether what is done for an open opportunity could pay for the leaf, its assurance apart."""
    return (
        need.status == "open"
        and (not leaf.opportunity or need.key in leaf.opportunity)
        and (not leaf.opportunity_hub or need.hub in leaf.opportunity_hub)
        and (not leaf.template or need.template in leaf.template)
        and (not leaf.topics or not frozenset(leaf.topics).isdisjoint(need.topics))
    )


# The predicates -------------------------------------------------------------------------------------


def _kind(leaf: Leaf) -> tuple[Predicate, ...]:
    kinds = frozenset(leaf.kinds)
    asked = either(leaf.kinds)
    return (
        Predicate(
            "kind",
            lambda row, _: row.kind in kinds,
            lambda row, _: f"{a_or_an(row.kind)} is not {a_or_an(asked)}",
        ),
    )


def _reviewers(leaf: Leaf) -> tuple[Predicate, ...]:
    if not leaf.accept_rpl:
        return (
            Predicate("kind", lambda *_: False, lambda *_: "recognised prior learning is not taken here"),
        )

    def holds(row: EvidenceRow, _: Moment) -> bool:
        return row.status != "accepted" or len(set(row.accepted_by)) >= RPL_REVIEWERS

    return (
        Predicate(
            "accept_rpl", holds, lambda *_: f"recognised prior learning needs {RPL_REVIEWERS} reviewers"
        ),
    )


def _known(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.kind != "content":
        return ()

    def why_not(row: EvidenceRow, _: Moment) -> str:
        return "it names no content" if row.content is None else f"{row.content!r} is not known content"

    return (Predicate("content", lambda row, moment: moment.item(row) is not None, why_not),)


def _content(leaf: Leaf) -> tuple[Predicate, ...]:
    return tuple(_on_content(each) for each in content_filters(leaf))


def _on_content(asked: ContentFilter) -> Predicate:
    def holds(row: EvidenceRow, moment: Moment) -> bool:
        item = moment.item(row)
        return item is not None and asked.holds(item)

    def why_not(row: EvidenceRow, moment: Moment) -> str:
        if moment.item(row) is None:
            return "it names no content that is known"
        return f"{asked.field} of {row.content!r}: asked is {asked.wanted}"

    return Predicate(asked.field, holds, why_not)


def _item(leaf: Leaf) -> tuple[Predicate, ...]:
    target = leaf.item
    if target is None:
        return ()
    weight_of = covers(target, leaf.alignment)

    def holds(row: EvidenceRow, moment: Moment) -> bool:
        return weight_of(row, moment.item(row)) is not None

    primary = "primarily " if leaf.alignment == "primary" else ""
    return (Predicate("item", holds, lambda *_: f"it is not {primary}aligned to {target.label}"),)


def _approval(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.kind != "content":
        return ()

    def holds(row: EvidenceRow, moment: Moment) -> bool:
        item = moment.item(row)
        return item is not None and item.approval_at(row.occurred_at, row.end, moment.hubs) is not None

    def why_not(row: EvidenceRow, moment: Moment) -> str:
        day = day_of(row.occurred_at)
        item = moment.item(row)
        elsewhere = () if item is None else (each for each in item.approvals if each.hub is not None)
        held = [each.hub for each in elsewhere if each.holds(row.occurred_at, row.end)]
        if held:
            return f"{row.content!r} was approved on {day} for the hub {held[0]!r} only"
        return f"{row.content!r} was not approved on {day}"

    return (Predicate("approval", holds, why_not),)


def _shared(leaf: Leaf) -> tuple[Predicate, ...]:
    return (
        *_words(leaf),
        *selects_records(leaf),
        *_effort(leaf),
        *_assurance(leaf),
        *_level(leaf),
        *asks_of_records(leaf),
        *_times(leaf),
    )


def _words(leaf: Leaf) -> tuple[Predicate, ...]:
    found = list(_topics(leaf)) if leaf.kind != "content" else []
    for name, asked in (("template", leaf.template), ("event", leaf.event), ("role", leaf.role)):
        if asked:
            found.append(_single(name, asked))
    return tuple(found)


def _topics(leaf: Leaf) -> tuple[Predicate, ...]:
    if not leaf.topics:
        return ()
    topics = frozenset(leaf.topics)

    def about(row: EvidenceRow, moment: Moment) -> bool:
        if not topics.isdisjoint(row.topics):
            return True
        # most rows name no content, and every leaf asks every row
        item = None if row.content is None else moment.item(row)
        return item is not None and not topics.isdisjoint(item.topics)

    return (Predicate("topics", about, lambda *_: f"its topic is not {either(leaf.topics)}"),)


def _single(name: str, asked: tuple[str, ...]) -> Predicate:
    allowed = frozenset(asked)
    return Predicate(
        name,
        lambda row, _: getattr(row, name) in allowed,
        lambda row, _: f"its {name} is {getattr(row, name) or 'not given'}; asked is {either(asked)}",
    )


def _effort(leaf: Leaf) -> tuple[Predicate, ...]:
    found = []
    if leaf.outcomes:
        outcomes = frozenset(leaf.outcomes)
        found.append(
            Predicate(
                "outcomes",
                lambda row, _: outcomes <= row.outcomes,
                lambda row, _: f"it does not answer {both(sorted(outcomes - row.outcomes))}",
            )
        )
    if leaf.min_minutes is not None:
        minutes = leaf.min_minutes
        found.append(
            Predicate(
                "min_minutes",
                lambda row, _: row.minutes >= minutes,
                lambda row, _: f"it has {row.minutes} minutes; asked are {minutes}",
            )
        )
    if leaf.reflection:
        found.append(
            Predicate("reflection", lambda row, _: row.reflection, lambda *_: "it has no reflection")
        )
    return tuple(found)


def _assurance(leaf: Leaf) -> tuple[Predicate, ...]:
    least = ASSURANCES.index(leaf.assurance)
    if least == 0:
        return ()

    def holds(row: EvidenceRow, _: Moment) -> bool:
        have = ASSURANCES.index(row.assurance)
        return have >= least or (row.status != "accepted" and least <= _REVIEWED)

    return (
        Predicate(
            "assurance", holds, lambda row, _: f"its assurance is {row.assurance}; asked is {leaf.assurance}"
        ),
    )


def _level(leaf: Leaf) -> tuple[Predicate, ...]:
    asked = leaf.min_level
    if asked is None:
        return ()

    def holds(row: EvidenceRow, _: Moment) -> bool:
        return level_reached(asked, row) is not None or (row.status != "accepted" and not _judged(asked, row))

    level, criterion = asked.title_of(asked.level), asked.criterion_title or asked.criterion

    def why_not(row: EvidenceRow, _: Moment) -> str:
        if not _judged(asked, row):
            return f"nobody has judged “{criterion}” in it yet; asked is “{level}”"
        return f"it has not reached “{level}” in “{criterion}”"

    return (Predicate("min_level", holds, why_not),)


def level_reached(asked: MinLevel, row: EvidenceRow) -> str | None:
    """Return the highest level of the criterion that the row reached, if it is high enough."""
    reached = [asked.enough.index(level) for level in _judged(asked, row) if level in asked.enough]
    return asked.enough[max(reached)] if reached else None


def _judged(asked: MinLevel, row: EvidenceRow) -> list[str]:
    rubric = asked.rubric.partition("@")[0]
    return [
        each.level
        for each in row.levels
        if each.criterion == asked.criterion and each.rubric.partition("@")[0] == rubric
    ]


def _times(leaf: Leaf) -> tuple[Predicate, ...]:
    within, after, before = leaf.within, leaf.after, leaf.before
    found = []
    if within is not None:
        found.append(
            Predicate(
                "within",
                lambda row, moment: row.end >= moment.cutoff(within),
                lambda row, _: f"it is of {day_of(row.end)}, longer ago than {within.words}",
            )
        )
    if after is not None:
        found.append(
            Predicate(
                "after",
                lambda row, _: row.end >= after,
                lambda row, _: f"it is of {day_of(row.end)}; asked is from {day_of(after)} on",
            )
        )
    if before is not None:
        found.append(
            Predicate(
                "before",
                lambda row, _: row.occurred_at < before,
                lambda row, _: f"it is of {day_of(row.occurred_at)}; asked is before {day_of(before)}",
            )
        )
    return tuple(found)
