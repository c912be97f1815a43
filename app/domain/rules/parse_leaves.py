"""From a document to a leaf: which fields each kind of leaf has, and what they may hold."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypedDict

from app.domain.payloads import KEY, REFERENCE, TERM, Payload
from app.domain.rules import parse_fields
from app.domain.rules.language import (
    ASSURANCES,
    PARTNERSHIP_STATUSES,
    Leaf,
    LeafKind,
    MinLevel,
    ResultRule,
    Section,
)
from app.domain.rules.parse_fields import MAX_COUNT, WHERE, read_duration, read_filter

RECOMMENDATION = re.compile(r"[a-z]{1,20}:[A-Za-z0-9][A-Za-z0-9._-]{0,80}", re.ASCII)

FIELDS: Mapping[LeafKind, tuple[str, ...]] = MappingProxyType(
    {
        "content": ("keys", "tags", "topics", "origin", "mode"),
        "event": ("event", "role"),
        "experience": ("template", "opportunity", "topics"),
        "choice": ("topics", "outcomes", "evidence", "min_minutes", "reflection"),
        "artifact": ("form", "topics", "checks"),
        "assessment": ("rubric",),
        "partnership": ("status_at_least", "priority", "checks"),
        "endorsement": ("by_role",),
        "credential": ("achievement", "issuers", "topics"),
        "passport": ("passport", "version"),
        "evidence": ("kinds", "where", "checks"),
        "amount": ("unit", "at_least", "of", "cap_per", "within"),
    }
)
"""The fields that each kind has for itself."""

COMMON_FIELDS = (
    "count",
    "assurance",
    "min_level",
    "min_score",
    "within",
    "after",
    "before",
    "distinct",
    "cap_per",
    "pool",
    "shared",
    "accept_rpl",
    "recommend",
)
"""The fields that every leaf but an amount has."""

COVERING_FIELDS = ("alignment", "accept_crosswalk")
"""The fields of a leaf below `coverage.each`."""

Fields = dict[str, Any]


class Common(TypedDict):
    """The keys that every node has, read."""

    key: str
    title: str | None
    hint: str | None
    section: Section | None
    result: ResultRule | None
    optional: bool


def parse_leaf(outer: Payload, kind: LeafKind, common: Common, *, covering: bool = False) -> Leaf | None:
    """Return the leaf that `outer` holds under its kind; `covering` ones stand below `coverage.each`."""
    body = outer.payload(kind)
    if body is None:
        detail = "This is null; it has to be a mapping, {} when it asks for nothing more."
        outer.fault(kind, "wrong_type", detail)
        return None
    own = _amount(body) if kind == "amount" else _own(body, kind) | _common(body, kind)
    if covering:
        own |= _covering(body)
    leaf = Leaf(kind=kind, **own, **common)
    _check(leaf, body, covering=covering)
    return leaf


def _own(body: Payload, kind: LeafKind) -> Fields:
    """Return the fields of one kind."""
    names = FIELDS[kind]
    found = read_filter(body, names)
    if "where" in names and (where := body.payload("where")) is not None:
        found |= read_filter(where, WHERE)
        where.finish()
    if "checks" in names:
        found["checks"] = parse_fields.read_checks(body)
    match kind:
        case "partnership":
            found["priority"] = body.integer("priority", 1, MAX_COUNT)
            if body.raw("status_at_least") is not None:
                found["status_at_least"] = body.one_of("status_at_least", PARTNERSHIP_STATUSES)
        case "passport":
            found["passport"] = parse_fields.read_passport_key(body)
            found["version"] = parse_fields.read_version_range(body)
        case _:
            pass
    return found


def _common(body: Payload, kind: LeafKind) -> Fields:
    """Return the fields that all kinds share."""
    recommend, recommended = _recommend(body)
    count = body.integer("count", 1, MAX_COUNT) or 1
    return {
        "count": count,
        "recommend": recommend,
        "recommended": recommended,
        "assurance": body.one_of("assurance", ASSURANCES, default="self"),
        "min_score": parse_fields.read_score(body),
        "min_level": _min_level(body, kind),
        **_times(body),
        "distinct": parse_fields.read_distinct(body, count),
        "cap_per": parse_fields.read_cap_per(body),
        "pool": body.optional_text("pool", pattern=TERM),
        "shared": body.flag("shared"),
        "accept_rpl": body.flag("accept_rpl"),
    }


def _times(body: Payload) -> Fields:
    return {
        "within": read_duration(body, "within"),
        "after": body.instant("after"),
        "before": body.instant("before"),
    }


def _amount(body: Payload) -> Fields:
    """Return the fields of a meter: a sum, and a filter for what it adds up."""
    amount = parse_fields.read_amount(body)
    found: Fields = {"amount": amount, "cap_per": parse_fields.read_cap_per(body, amount.unit)}
    inner = body.payload("of")
    if inner is None:
        body.fault("of", "missing_key", "The key 'of' says what is added up; {} adds up everything.")
    else:
        found |= read_filter(inner, ("kinds", *WHERE))
        found["assurance"] = inner.one_of("assurance", ASSURANCES, default="self")
        inner.finish()
    return found | _times(body)


def _covering(body: Payload) -> Fields:
    alignment = body.one_of("alignment", ("primary", "any"), default="any")
    return {"alignment": alignment, "accept_crosswalk": parse_fields.read_words(body, "accept_crosswalk")}


def _check(leaf: Leaf, body: Payload, *, covering: bool) -> None:
    if leaf.after is not None and leaf.before is not None and leaf.before <= leaf.after:
        body.fault("before", "wrong_value", "Nothing is both after 'after' and before 'before'.")
    for name in () if covering else COVERING_FIELDS:
        if body.raw(name) is not None:
            body.fault(name, "wrong_value", f"Only what coverage asks for has {name}.")
    if leaf.shared and leaf.pool is not None:
        detail = "A shared leaf claims nothing, so it belongs to no pool."
        body.fault("pool", "wrong_value", detail, "Leave one of them out.")
    if leaf.values is not None and leaf.cap_per is not None and leaf.values.by != leaf.cap_per.by:
        detail = f"The values of one leaf are counted by one field: distinct counts by {leaf.values.by!r}."
        body.fault("cap_per", "wrong_value", detail, "Write two leaves, one of them shared.")
    body.finish()


def _recommend(body: Payload) -> tuple[tuple[str, ...], bool]:
    if body.raw("recommend") is True:
        return (), True
    return body.texts("recommend", pattern=RECOMMENDATION), False


def _min_level(body: Payload, kind: LeafKind) -> MinLevel | None:
    rubric = body.optional_text("rubric", pattern=REFERENCE) if kind == "assessment" else None
    inner = body.payload("min_level")
    if inner is None:
        if kind == "assessment" and not body.has("min_score"):
            detail = "An assessment names the level or the score that is enough."
            body.fault("min_level", "missing_key", detail)
        return None
    rubric = inner.optional_text("rubric", pattern=REFERENCE) or rubric
    if rubric is None and not inner.has("rubric"):
        inner.fault("rubric", "missing_key", "The level belongs to a rubric; name it.")
    level = MinLevel(rubric or "", inner.text("criterion", pattern=KEY), inner.text("level", pattern=KEY))
    inner.finish()
    return level
