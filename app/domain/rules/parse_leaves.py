"""From a document to a leaf: which fields each kind of leaf has, and what they may hold."""

import re
from typing import TypedDict

from app.domain.content import MODES, ORIGINS
from app.domain.instants import Duration
from app.domain.payloads import KEY, REFERENCE, TERM, Payload
from app.domain.rules.language import (
    ASSURANCES,
    EVIDENCE_KINDS,
    Leaf,
    LeafKind,
    MinLevel,
    ResultRule,
    Section,
)

RECOMMENDATION = re.compile(r"[a-z]{1,20}:[A-Za-z0-9][A-Za-z0-9._-]{0,80}", re.ASCII)
MAX_COUNT = 1000

_FIELDS: dict[LeafKind, tuple[str, ...]] = {
    "content": ("keys", "tags", "topics", "origin", "mode"),
    "event": ("event", "role"),
    "experience": ("template", "topics"),
    "choice": ("topics", "outcomes", "evidence", "min_minutes", "reflection"),
    "artifact": ("topics",),
    "assessment": ("rubric",),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "origin": ORIGINS,
    "mode": MODES,
    "evidence": tuple(kind for kind in EVIDENCE_KINDS if kind != "rpl"),
}
_UNSUPPORTED = (
    "where",
    "min_score",
    "distinct",
    "cap_per",
    "pool",
    "shared",
    "checks",
    "form",
    "opportunity",
    "accept_crosswalk",
    "kinds",
)


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

    def texts(name: str) -> tuple[str, ...]:
        if name not in _FIELDS[kind]:
            return ()
        return _words(body, name) if name in _WORDS else body.texts(name, pattern=TERM)

    recommend, recommended = _recommend(body)
    leaf = Leaf(
        kind=kind,
        count=body.integer("count", 1, MAX_COUNT) or 1,
        keys=texts("keys"),
        tags=texts("tags"),
        topics=texts("topics"),
        origin=texts("origin"),
        mode=texts("mode"),
        template=texts("template"),
        event=texts("event"),
        role=texts("role"),
        outcomes=texts("outcomes"),
        evidence=texts("evidence"),
        min_minutes=body.integer("min_minutes", 1, 10_000_000) if kind == "choice" else None,
        reflection=kind == "choice" and _reflection(body),
        recommend=recommend,
        recommended=recommended,
        assurance=body.one_of("assurance", ASSURANCES, default="self"),
        min_level=_min_level(body, kind),
        within=read_duration(body, "within"),
        after=body.instant("after"),
        before=body.instant("before"),
        alignment="primary" if covering and _is_primary(body) else "any",
        accept_rpl=body.flag("accept_rpl"),
        **common,
    )
    _check(leaf, body, covering=covering)
    return leaf


def _check(leaf: Leaf, body: Payload, *, covering: bool) -> None:
    if leaf.after is not None and leaf.before is not None and leaf.before <= leaf.after:
        body.fault("before", "wrong_value", "Nothing is both after 'after' and before 'before'.")
    if not covering and body.raw("alignment") is not None:
        body.fault("alignment", "wrong_value", "Only what coverage asks for has an alignment.")
    body.finish(unsupported=_UNSUPPORTED)


def _words(body: Payload, name: str) -> tuple[str, ...]:
    found = body.texts(name)
    return tuple(word for word in found if body.check_word(body.at(name), word, _WORDS[name]))


def _recommend(body: Payload) -> tuple[tuple[str, ...], bool]:
    if body.raw("recommend") is True:
        return (), True
    return body.texts("recommend", pattern=RECOMMENDATION), False


def _reflection(body: Payload) -> bool:
    return body.one_of("reflection", ("required", "optional"), default="optional") == "required"


def _is_primary(body: Payload) -> bool:
    return body.one_of("alignment", ("primary", "any"), default="any") == "primary"


def _min_level(body: Payload, kind: LeafKind) -> MinLevel | None:
    rubric = body.optional_text("rubric", pattern=REFERENCE) if kind == "assessment" else None
    inner = body.payload("min_level")
    if inner is None:
        if kind == "assessment":
            body.fault("min_level", "missing_key", "An assessment names the level that is enough.")
        return None
    rubric = inner.optional_text("rubric", pattern=REFERENCE) or rubric
    if rubric is None and not inner.has("rubric"):
        inner.fault("rubric", "missing_key", "The level belongs to a rubric; name it.")
    level = MinLevel(rubric or "", inner.text("criterion", pattern=KEY), inner.text("level", pattern=KEY))
    inner.finish()
    return level


def read_duration(body: Payload, name: str) -> Duration | None:
    """Return the ISO 8601 duration at `name`, or None when it is absent or faulty."""
    text = body.optional_text(name)
    if text is None:
        return None
    try:
        return Duration.parse(text)
    except ValueError as error:
        body.fault(name, "wrong_value", f"{error}.")
        return None
