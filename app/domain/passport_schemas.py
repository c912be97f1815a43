"""The language of passports and series as JSON Schemas, made from the tables that the reader reads by.

It says all that a schema can say. What compares one place of a document with another (keys that are
unique, `distinct` within `count`, depth) only the reader knows.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_args

from app.domain.instants import DURATION, INSTANT
from app.domain.passports import (
    ACHIEVEMENT_TYPES,
    EXTENSION,
    MAX_APPROVERS,
    MAX_CREDITS,
    MAX_GATE_LEAVES,
    MAX_MEMBERS,
    SEMVER,
)
from app.domain.payloads import CODE, KEY, MAX_LIST, REFERENCE, TERM
from app.domain.rules.checks import COUNTING, OPERATORS, PATH
from app.domain.rules.definition import GateMode, InvalidationMode, IssueMode, MigrationMode
from app.domain.rules.language import (
    ASSURANCES,
    LEAF_KINDS,
    PARTNERSHIP_STATUSES,
    RESULT_KINDS,
    SECTIONS,
    UNITS,
    LeafKind,
)
from app.domain.rules.parse import MAX_CHILDREN, NODE_KEY
from app.domain.rules.parse_fields import (
    FIELD,
    HOURS,
    MAX_AMOUNT,
    MAX_CHECKS,
    MAX_COUNT,
    TEXTS,
    WHERE,
    WORDS,
)
from app.domain.rules.parse_leaves import COMMON_FIELDS, COVERING_FIELDS, FIELDS, RECOMMENDATION
from app.domain.rules.plan import DoubleCounting
from app.domain.rules.version_ranges import COMPARATOR, MAX_LENGTH
from app.domain.versions import VersionStatus

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_GROUPS = ("all_of", "any_of", "n_of", "coverage")
_COVERABLE = tuple(kind for kind in LEAF_KINDS if kind != "amount")
_NAMED_GROUP = re.compile(r"\?P<\w+>")


# Values ---------------------------------------------------------------------------------------------


def _text(limit: int = 500, pattern: re.Pattern[str] | None = None) -> Schema:
    """Return a text that says something; patterns are anchored, and named groups are Python's alone."""
    said = r"\S" if pattern is None else f"^(?:{_NAMED_GROUP.sub('?:', pattern.pattern)})$"
    return {"type": "string", "maxLength": limit, "pattern": said}


def _one_or_list(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "maxItems": MAX_LIST}]}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _word(words: Sequence[str]) -> Schema:
    return {"enum": list(words)}


def _list(item: Schema, *, least: int = 0, most: int = MAX_LIST) -> Schema:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def _mapping(properties: Mapping[str, Schema], required: Sequence[str] = (), **more: Any) -> Schema:  # noqa: ANN401 (further keywords)
    """Return a mapping without other members; null is as good as absent, but for what is required."""
    members = {
        name: schema if name in required or schema == _NULL else {"anyOf": [schema, _NULL]}
        for name, schema in properties.items()
    }
    return {
        "type": "object",
        "properties": members,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_NULL: Schema = {"type": "null"}
_FLAG: Schema = {"type": "boolean"}
_INSTANT = _text(pattern=INSTANT)
_DURATION = _text(pattern=DURATION)
_QUANTITY: Schema = {"anyOf": [_whole(1, MAX_AMOUNT), _text(pattern=HOURS)]}
_RANGE: Schema = {
    "type": "string",
    "maxLength": MAX_LENGTH,
    "pattern": r"^\s*{0}(\s+{0})*\s*$".replace("{0}", f"(?:{_NAMED_GROUP.sub('?:', COMPARATOR.pattern)})"),
}
_ACHIEVEMENT_TYPE: Schema = {"anyOf": [_word(ACHIEVEMENT_TYPES), _text(pattern=EXTENSION)]}


# Leaves ---------------------------------------------------------------------------------------------


def _names(name: str) -> Schema:
    return _one_or_list(_text(600, TEXTS[name]) if name in TEXTS else _word(WORDS[name]))


def _opportunity() -> Schema:
    names = _one_or_list(_text(200, TERM))
    return {"anyOf": [names, _mapping({"keys": names, "hub": names})]}


def _rubric() -> Schema:
    return _text(pattern=REFERENCE)


_FIELDS: dict[str, Schema] = {
    **{name: _names(name) for name in (*TEXTS, *WORDS)},
    "opportunity": _opportunity(),
    "min_minutes": _whole(1, MAX_AMOUNT),
    "reflection": _word(("required", "optional")),
    "checks": _list(_ref("check"), most=MAX_CHECKS),
    "rubric": _rubric(),
    "status_at_least": _word(PARTNERSHIP_STATUSES),
    "priority": _whole(1, MAX_COUNT),
    "passport": _text(pattern=KEY),
    "version": _RANGE,
    "count": _whole(1, MAX_COUNT),
    "assurance": _word(ASSURANCES),
    "min_level": _ref("min_level"),
    "min_score": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "within": _DURATION,
    "after": _INSTANT,
    "before": _INSTANT,
    "distinct": _mapping({"by": _text(pattern=FIELD), "at_least": _whole(1, MAX_COUNT)}, ("by", "at_least")),
    "cap_per": _mapping({"by": _text(pattern=FIELD), "max": _whole(1, MAX_COUNT)}, ("by", "max")),
    "pool": _text(pattern=TERM),
    "shared": _FLAG,
    "accept_rpl": _FLAG,
    "recommend": {"anyOf": [{"const": True}, _one_or_list(_text(200, RECOMMENDATION))]},
    "alignment": _word(("primary", "any")),
}
"""The fields of leaves by name; wherever one stands, it is the same."""


def _filter(names: Sequence[str], **more: Schema) -> Schema:
    return _mapping({name: _FIELDS[name] for name in names} | more)


_FIELDS["where"] = _filter(WHERE)


def _leaf(kind: LeafKind, *, covering: bool = False) -> Schema:
    if kind == "amount":
        return _amount()
    names = (*FIELDS[kind], *COMMON_FIELDS, *(COVERING_FIELDS if covering else ()))
    fields = {name: _FIELDS[name] for name in names}
    pooled = {"required": ["shared", "pool"], "properties": {"shared": {"const": True}, "pool": _text()}}
    if kind == "assessment":
        return _assessment(fields, pooled)
    required = ("passport",) if kind == "passport" else ()
    return _mapping(fields, required) | {"not": pooled}


def _assessment(fields: Mapping[str, Schema], pooled: Schema) -> Schema:
    """Return the one leaf whose level may leave its rubric out, because the leaf names one."""
    level = {"criterion": _text(pattern=KEY), "level": _text(pattern=KEY), "rubric": _rubric()}
    named = {"required": ["min_level"], "properties": {"min_level": {"type": "object"}}}
    somewhere = [
        {"required": ["rubric"], "properties": {"rubric": {"type": "string"}}},
        {"properties": {"min_level": {"required": ["rubric"], "properties": {"rubric": _rubric()}}}},
    ]
    scored = {"required": ["min_score"], "properties": {"min_score": {"type": "number"}}}
    fields = {**fields, "min_level": _mapping(level, ("criterion", "level"))}
    named_or_scored = {"anyOf": [scored, named], "if": named, "then": {"anyOf": somewhere}}
    return _mapping(fields) | {"not": pooled} | named_or_scored


def _amount() -> Schema:
    hours = {"properties": {"unit": {"const": "minutes"}}}
    whole = {
        "properties": {
            "at_least": {"type": "integer"},
            "cap_per": {"anyOf": [_NULL, {"properties": {"max": {"type": "integer"}}}]},
        }
    }
    fields = {
        "unit": _word(UNITS),
        "at_least": _QUANTITY,
        "of": _filter(("kinds", *WHERE), assurance=_FIELDS["assurance"]),
        "cap_per": _mapping({"by": _text(pattern=FIELD), "max": _QUANTITY}, ("by", "max")),
        **{name: _FIELDS[name] for name in ("within", "after", "before")},
    }
    return _mapping(fields, ("unit", "at_least", "of"), **{"if": hours, "else": whole})


def _check() -> Schema:
    short = {"type": "string", "maxLength": MAX_COUNT}
    plain = {"anyOf": [{"type": ["boolean", "number"]}, short]}
    ordered = {"anyOf": [{"type": "number"}, short]}
    values = {
        "exists": {"enum": [None, True]},
        "eq": plain,
        "in": _list(plain, least=1, most=MAX_COUNT),
        **dict.fromkeys(COUNTING, _whole(1, MAX_COUNT)),
    }
    rules = [
        {
            "properties": {"op": {"const": op}, "value": values.get(op, ordered)},
            "required": [] if op == "exists" else ["value"],
        }
        for op in OPERATORS
    ]
    checked = {"path": _text(pattern=PATH), "op": _word(OPERATORS), "value": {}}
    return _mapping(checked, ("path", "op"), oneOf=rules)


# Nodes ----------------------------------------------------------------------------------------------


def _groups() -> dict[str, Schema]:
    children = _list(_ref("node"), least=1, most=MAX_CHILDREN)
    number = {"anyOf": [{"const": "all"}, _whole(1, MAX_CHILDREN)]}
    codes = {"anyOf": [_text(200, CODE), _list(_text(200, CODE), least=1)]}
    items = {"anyOf": [{"const": "all"}, codes]}
    covered = {"framework": _rubric(), "items": items, "n": number, "each": _ref("each")}
    return {
        "all_of": children,
        "any_of": children,
        "n_of": _mapping({"n": _whole(1, MAX_CHILDREN), "from": children}, ("n", "from")),
        "coverage": _mapping(covered, ("framework", "each")),
    }


def _node(kinds: Mapping[str, Schema], *, keyed: bool = True, may_be_optional: bool = True) -> Schema:
    """Return a node of exactly one of `kinds`."""
    words = {"title": _text(), "hint": _text(2000), "section": _word(SECTIONS), "result": _ref("result")}
    own = {"key": _text(pattern=NODE_KEY), "optional": _FLAG if may_be_optional else {"const": False}}
    node = _mapping({**(own if keyed else {}), **words}, ("key",) if keyed else ())
    node["properties"] |= kinds
    return node | {"oneOf": [{"required": [kind]} for kind in kinds]}


def _result() -> Schema:
    levels = {"properties": {"type": {"const": "RubricCriterionLevel"}, "rubric": {"type": "string"}}}
    others = {"properties": {"type": _word(tuple(each for each in RESULT_KINDS if each != RESULT_KINDS[0]))}}
    members = {"type": _word(RESULT_KINDS), "rubric": _rubric()}
    return _mapping(members, ("type",), anyOf=[levels | {"required": ["rubric"]}, others])


def _definitions() -> dict[str, Schema]:
    leaves = {str(kind): _ref(kind) for kind in LEAF_KINDS}
    any_kind = {**_groups(), **leaves}
    level = {name: _text(pattern=KEY) for name in ("criterion", "level")}
    return {
        "node": _node(any_kind),
        "root": _node(any_kind, may_be_optional=False),
        "gate": _node(leaves, may_be_optional=False),
        "each": _node({str(kind): _leaf(kind, covering=True) for kind in _COVERABLE}, keyed=False),
        "result": _result(),
        "check": _check(),
        "min_level": _mapping({"rubric": _rubric(), **level}, ("rubric", "criterion", "level")),
        "approvers": _approvers(),
        **{kind: _leaf(kind) for kind in LEAF_KINDS},
    }


# The passport ---------------------------------------------------------------------------------------


def _holder(**more: Schema) -> Schema:
    return _mapping({"role": _text(pattern=TERM), "hub": _text(pattern=TERM), **more}, ("role",))


def _approvers() -> Schema:
    return _holder(count=_whole(1, MAX_APPROVERS))


def _owner() -> Schema:
    return _mapping({"org": _text(pattern=TERM), "hub": _text(pattern=TERM)})


def _state() -> dict[str, Schema]:
    """Return what a bundle may say of a published version; a draft says nothing of it."""
    beside = {"description": "In a bundle, beside a published version."}
    return {
        "status": _word([status.value for status in VersionStatus]) | beside,
        "retires_at": _INSTANT | beside,
    }


def _decisions() -> dict[str, Schema]:
    """Return what is decided around the rule."""
    issue = {
        "mode": _word(get_args(IssueMode)),
        "achievement_type": _ACHIEVEMENT_TYPE,
        "approvers": _ref("approvers"),
        "suspendable": _FLAG,
        "on_invalidated": _word(get_args(InvalidationMode)),
        "completion_holds": _DURATION,
    }
    suspending = {
        "if": {"required": ["on_invalidated"], "properties": {"on_invalidated": {"const": "suspend"}}},
        "then": {"required": ["suspendable"], "properties": {"suspendable": {"const": True}}},
    }
    forced = {"mode": {"const": "force"}, "on": _INSTANT, "reason": _text()}
    omitted = _mapping({"omit_reason": _text()}, ("omit_reason",))
    milestone = {"node": _text(), "title": _text(200), "achievement_type": _ACHIEVEMENT_TYPE}
    gate = {
        "mode": _word(get_args(GateMode)),
        "leaves": _list(_ref("gate"), least=1, most=MAX_GATE_LEAVES),
    }
    peaceful = [mode for mode in get_args(MigrationMode) if mode != "force"]
    return {
        "issue": _mapping(issue) | suspending,
        "migration": {"anyOf": [_word(peaceful), _mapping(forced, ("mode", "on", "reason"))]},
        "sections": _mapping(dict.fromkeys(SECTIONS, omitted)),
        "milestones": _list(_mapping(milestone, ("node", "title"))),
        "requires": _mapping(gate, ("mode", "leaves")),
        "double_counting": _word(get_args(DoubleCounting)),
        "exclude_evidence_used_by": _one_or_list(_text(200, KEY)),
        "grants_role": _holder(),
        "moved": {"type": "object", "additionalProperties": _text(pattern=NODE_KEY)},
        **_state(),
        "valid_for": _DURATION,
        "credits": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_CREDITS},
        "renewal": _ref("root"),
    }


@cache
def passport_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a passport."""
    words = {
        "kind": {"const": "Passport"},
        "key": _text(pattern=KEY),
        "version": _text(100, SEMVER),
        "title": _text(200),
        "description": _text(5000),
        "owner": _owner(),
        "framework": _rubric(),
        "tags": _one_or_list(_text(200, TERM)),
    }
    members = {**words, **_decisions(), "rule": _ref("root")}
    passport = _mapping(members, ("key", "version", "title", "rule"))
    return {"$schema": DIALECT, "title": "Passport", **passport, "$defs": _definitions()}


@cache
def series_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a series."""
    decisions = _decisions()
    issue = decisions["issue"]["properties"]
    issue = {name: part for name, part in issue.items() if name != "achievement_type"}
    member = {
        "passport": _text(pattern=KEY),
        "version": _RANGE,
        "required": _FLAG,
        "title": _text(200),
    }
    members = {
        "kind": {"const": "Series"},
        "key": _text(pattern=KEY),
        "version": _text(100, SEMVER),
        "title": _text(200),
        "description": _text(5000),
        "owner": _owner(),
        "tags": _one_or_list(_text(200, TERM)),
        "members": _list(_mapping(member, ("passport",)), least=1, most=MAX_MEMBERS),
        "complete_when": _mapping({"required": _word(("all",)), "n": _whole(1, MAX_MEMBERS)}),
        "achievement": _mapping({"title": _text(200), "achievement_type": _ACHIEVEMENT_TYPE}),
        "issue": {**decisions["issue"], "properties": issue},
        "migration": decisions["migration"],
        **_state(),
        "valid_for": _DURATION,
    }
    series = _mapping(members, ("key", "title", "members"))
    return {"$schema": DIALECT, "title": "Series", **series, "$defs": {"approvers": _approvers()}}
