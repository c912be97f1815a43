"""What a learner could do next: each step names the open leaves that it would close a unit of.

A new row for any leaf of a group closes a unit of the group, so the whole group is searched.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from app.domain.content import ContentItem
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.language import Leaf
from app.domain.rules.plan import Plan
from app.domain.rules.predicates import content_fits
from app.domain.rules.progress import NextStep
from app.domain.rules.questions import Moment
from app.domain.rules.reasons import label, listed

MAX_ROUTES = 5
"""Content named per group; who wants more asks the catalogue."""


def suggest(
    plan: Plan,
    groups: Iterable[Sequence[int]],
    ledger: Iterable[EvidenceRow],
    catalogue: Catalogue,
    moment: Moment,
) -> Iterator[NextStep]:
    """Yield the steps that close the groups (of leaf numbers), best recommended first."""
    rows = tuple(ledger)
    seen = {row.content for row in rows if row.content is not None and row.status not in _GONE}
    for group in groups:
        leaves = [plan.leaves[number] for number in group]
        yield from _revisions(plan, group, rows, moment)
        yield from _content(leaves, catalogue, moment, seen)
        for leaf in leaves:
            yield from _acts(leaf)


_GONE = ("rejected", "withdrawn", "invalidated")


def _revisions(
    plan: Plan, group: Sequence[int], rows: Iterable[EvidenceRow], moment: Moment
) -> Iterator[NextStep]:
    for row in rows:
        if row.status in ("returned", "draft"):
            closes = tuple(
                plan.leaves[number].key
                for number, checks in plan.judges.get(row.kind, ())
                if number in group and all(check(row, moment) for check in checks)
            )
            if closes:
                kind, verb = ("revise", "revise") if row.status == "returned" else ("submit", "submit")
                yield NextStep(closes, kind, row.id, f"{verb} {row.title!r}; accepted, it would count here")


def _content(
    leaves: Sequence[Leaf], catalogue: Catalogue, moment: Moment, seen: set[str]
) -> Iterator[NextStep]:
    asking = [leaf for leaf in leaves if leaf.kind == "content"]
    if not asking:
        return
    recommended = [ref for leaf in asking for ref in leaf.recommend]
    found: list[tuple[bool, str, ContentItem, tuple[str, ...]]] = []
    for key, item in catalogue.content.items():
        if key in seen or item.approval_at(moment.as_of, moment.as_of, moment.hubs) is None:
            continue
        closes = tuple(leaf.key for leaf in asking if content_fits(leaf, item))
        if closes:
            found.append((f"content:{key}" not in recommended, key, item, closes))
    for _, key, item, closes in sorted(found, key=lambda each: each[:2])[:MAX_ROUTES]:
        titles = listed([label(leaf) for leaf in asking if leaf.key in closes])
        reason = f"{item.title!r} counts for {titles}"
        if len(leaves) > 1:
            reason += "; one more piece of evidence closes one unit of the group"
        yield NextStep(closes, item.kind, f"content:{key}", reason, item.mode)


def _acts(leaf: Leaf) -> Iterator[NextStep]:
    reason = leaf.hint or label(leaf)
    closes = (leaf.key,)
    match leaf.kind:
        case "content":
            return
        case "choice":
            for ref in leaf.recommend or (None,):
                yield NextStep(closes, "choice", ref, reason)
        case "experience":
            yield NextStep(closes, "experience", _ref("template", leaf.template), reason)
        case "event":
            ref = _ref("event", leaf.event) or _ref("role", leaf.role)
            yield NextStep(closes, "event", ref, reason)
        case "passport":
            yield NextStep(closes, "passport", f"passport:{leaf.passport}", reason)
        case "artifact" | "assessment" | "partnership" | "endorsement" | "credential" | "evidence" | "amount":
            for ref in leaf.recommend or (None,):
                yield NextStep(closes, leaf.kind, ref, reason)
        case _:
            assert_never(leaf.kind)


def _ref(name: str, values: Sequence[str]) -> str | None:
    return f"{name}:{values[0]}" if values else None
