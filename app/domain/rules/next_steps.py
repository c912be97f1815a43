"""What a learner could do next: each step names the open leaves that it would close a unit of.

A new row for any leaf of a group closes a unit of the group, so the whole group is searched.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from app.domain.content import ContentItem
from app.domain.instants import format_instant
from app.domain.opportunities import Opportunity
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.rules.language import Leaf
from app.domain.rules.plan import Plan
from app.domain.rules.predicates import content_fits, opportunity_fits
from app.domain.rules.progress import NextStep
from app.domain.rules.questions import Moment
from app.domain.rules.reasons import label, listed

MAX_ROUTES = 5
"""Content, and opportunities, named per group; who wants more asks the catalogue."""


def suggest(
    plan: Plan,
    groups: Iterable[Sequence[int]],
    ledger: Iterable[EvidenceRow],
    catalogue: Catalogue,
    moment: Moment,
) -> Iterator[NextStep]:
    """Yield the steps that close the groups (of leaf numbers), best recommended first."""
    rows = tuple(ledger)
    done = [row for row in rows if row.status not in _GONE]
    seen = {row.content for row in done if row.content is not None}
    taken = {row.opportunity for row in done}
    interests = frozenset(topic for row in done for topic in row.topics)
    for group in groups:
        leaves = [plan.leaves[number] for number in group]
        yield from _revisions(plan, group, rows, moment)
        yield from _content(leaves, catalogue, moment, seen)
        needs = [each for key, each in catalogue.opportunities.items() if key not in taken]
        yield from _opportunities(leaves, needs, moment, interests)
        for number, leaf in zip(group, leaves, strict=True):
            upkeep = list(_upkeep(plan, number, rows, moment))
            yield from upkeep or _acts(leaf)


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


_BRINGS_ON = {
    "identified": "give it a place among your priorities",
    "prioritised": "write down four actions",
    "designed": "do the first action",
    "initiated": "have somebody else bring the partner's word",
    "active": "plan its upkeep and check in on time",
    "maintained": "check in on time",
    "dormant": "check in, which wakes it, and go on doing so on time",
}
_MOVES_ON = frozenset({"status", "ended", "within"})
"""What a partnership can lack and still be the right one: time and its steward bring it there."""


def _upkeep(plan: Plan, number: int, rows: Iterable[EvidenceRow], moment: Moment) -> Iterator[NextStep]:
    """Yield what brings those of the learner's own partnerships on that a leaf would count if they were."""
    leaf = plan.leaves[number]
    for row in rows if leaf.kind == "partnership" else ():
        status = (row.partnership or {}).get("status")
        lacking = {each.field for each in plan.questions[number] if not each.holds(row, moment)}
        if row.status == "accepted" and status in _BRINGS_ON and lacking and lacking <= _MOVES_ON:
            reason = f"{row.title} is {status}: {_BRINGS_ON[status]}"
            yield NextStep((leaf.key,), leaf.kind, row.id, reason)


def _content(
    leaves: Sequence[Leaf], catalogue: Catalogue, moment: Moment, seen: set[str]
) -> Iterator[NextStep]:
    asking = [leaf for leaf in leaves if leaf.kind == "content"]
    if not asking:
        return
    recommended = [ref for leaf in asking for ref in leaf.recommend]
    found: list[tuple[bool, str, ContentItem, tuple[str, ...]]] = []
    for key, item in catalogue.content.items():
        is_over = item.last_call is not None and item.last_call <= moment.as_of
        if key in seen or is_over or item.approval_at(moment.as_of, moment.as_of, moment.hubs) is None:
            continue
        closes = tuple(leaf.key for leaf in asking if content_fits(leaf, item))
        if closes:
            found.append((f"content:{key}" not in recommended, key, item, closes))
    for _, key, item, closes in sorted(found, key=lambda each: each[:2])[:MAX_ROUTES]:
        titles = listed([label(leaf) for leaf in asking if leaf.key in closes])
        reason = f"{item.title!r} counts for {titles}"
        if len(leaves) > 1:
            reason += "; one more piece of evidence closes one unit of the group"
        when = None if item.starts is None else format_instant(item.starts)
        yield NextStep(closes, item.kind, f"content:{key}", reason, item.mode, when)


def _opportunities(
    leaves: Sequence[Leaf], needs: Iterable[Opportunity], moment: Moment, interests: frozenset[str]
) -> Iterator[NextStep]:
    """Yield what projects need and what would count: that of the passport's own hubs comes first.

    Then comes what is about a topic that the learner has reported something on.
    """
    asking = [leaf for leaf in leaves if leaf.kind == "experience"]
    found: list[tuple[tuple[int, bool, bool, str], Opportunity, tuple[str, ...]]] = []
    for need in needs if asking else ():
        closes = tuple(leaf.key for leaf in asking if opportunity_fits(leaf, need))
        if closes:
            foreign = need.hub is None or need.hub not in moment.hubs
            rank = (-len(closes), foreign, interests.isdisjoint(need.topics), need.key)
            found.append((rank, need, closes))
    for _, need, closes in sorted(found, key=lambda each: each[0])[:MAX_ROUTES]:
        wanted = f"is wanted by the hub {need.hub}" if need.hub else "is wanted"
        titles = listed([label(leaf) for leaf in asking if leaf.key in closes])
        reason = f"{need.title!r} {wanted}, and doing it counts for {titles}"
        yield NextStep(closes, "opportunity", f"opportunity:{need.key}", reason)


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
