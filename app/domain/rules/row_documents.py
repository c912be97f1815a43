"""Rows from a document: for an evaluation of what nobody has stored."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, get_args
from zoneinfo import ZoneInfo

from app.domain.actors import plain_name
from app.domain.opportunities import Opportunity
from app.domain.payloads import CODE, Payload
from app.domain.rules.facts import EvidenceRow, EvidenceStatus, LevelReached, RowItem
from app.domain.rules.language import ASSURANCES, EVIDENCE_KINDS

MAX_ROWS = 2000
MAX_MINUTES = 10_000_000

_RATIO = re.compile(r"([0-9]{1,18})(?:/([1-9][0-9]{0,17}))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TEXTS = (
    *("template", "event", "form", "organisation", "endorser", "endorser_org"),
    *("achievement", "issuer", "passport", "version"),
)
_LET_BE = (
    *("source", "source_id", "fingerprint", "visibility", "description", "url", "slot", "credential"),
    *("attachments", "claimed_in_progress_by", "data_digest"),
)
"""What a row may say as well: nothing here is decided by it."""


def read_rows(
    body: Payload, framework: str | None, opportunities: Mapping[str, Opportunity]
) -> tuple[EvidenceRow, ...]:
    """Return the rows at `evidence`; items without a framework are those of `framework`.

    A row that does not say its opportunity's hub has that of `opportunities`, as a report in the ledger has.
    """
    read = [_row(each, framework or "") for each in body.payloads("evidence", limit=MAX_ROWS)]
    rows = [_placed(row, opportunities) for row in read if row is not None]
    for number, row in enumerate(rows):
        if row.id in {other.id for other in rows[:number]}:
            body.faults.add(body.at("evidence"), "duplicate_key", f"Evidence {row.id!r} is given twice.")
    return tuple(rows)


def _row(body: Payload, framework: str) -> EvidenceRow | None:
    begins, ends = _times(body)
    found: dict[str, Any] = {name: body.optional_text(name) for name in _TEXTS}
    identifier = body.text("id", limit=200)
    opportunity, hub = _opportunity(body)
    rubric = body.optional_text("rubric")
    if found["version"] is not None and not found["passport"]:
        # the version of a form or of content is of no interest here
        found["version"] = None
    found |= {
        "title": body.optional_text("title", limit=2000) or identifier,
        "recorded_at": body.instant("recorded_at") or begins,
        "role": _either(body, "endorser_role", "by_role", "role"),
        "content": _either(body, "content", "content_key"),
        "activity_key": _either(body, "activity_key", "activity"),
        "topics": frozenset(body.texts("topics")),
        "outcomes": _outcomes(body),
        "reflection": _reflection(body),
        "minutes": body.integer("minutes", 0, MAX_MINUTES) or 0,
        "points": body.integer("points", 0, MAX_MINUTES) or 0,
        "credits": body.integer("credits", 0, MAX_MINUTES) or 0,
        "score": read_score(body),
        "data": _mapping(body, "data") or {},
        "partnership": _mapping(body, "partnership"),
        "opportunity": opportunity,
        "opportunity_hub": hub,
        "levels": tuple(_level(each, rubric) for each in body.payloads("levels")),
        "items": tuple(
            _item(each, framework) for name in ("items", "alignments") for each in body.payloads(name)
        ),
        "accepted_by": tuple(map(plain_name, body.texts("accepted_by"))),
        "frozen_in": body.texts("frozen_in"),
        "valid_until": body.instant("valid_until"),
        "revoked": body.flag("revoked"),
        "verified": body.flag("verified") if body.has("verified") else None,
        "bound": body.flag("bound") if body.has("bound") else None,
    }
    kind = body.one_of("kind", EVIDENCE_KINDS)
    status = body.one_of("status", get_args(EvidenceStatus), default="accepted")
    assurance = body.one_of("assurance", ASSURANCES, default="self")
    body.finish(optional=("verified", "bound", *_LET_BE))
    if begins is None:
        return None
    return EvidenceRow(
        id=identifier,
        kind=kind,
        status=next(each for each in get_args(EvidenceStatus) if each == status),
        assurance=assurance,
        occurred_at=begins,
        occurred_end=ends,
        **found,
    )


def _placed(row: EvidenceRow, opportunities: Mapping[str, Opportunity]) -> EvidenceRow:
    known = opportunities.get(row.opportunity or "")
    return (
        row if known is None or row.opportunity_hub is not None else replace(row, opportunity_hub=known.hub)
    )


def _times(body: Payload) -> tuple[datetime | None, datetime | None]:
    """Return when the act began and ended; a day alone is the whole day in the row's zone."""
    name = body.optional_text("zone")
    zone = None
    if name is not None:
        try:
            zone = ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            body.fault("zone", "wrong_value", f"{name[:80]!r} is no time zone that is known.")
    begins, first_end = _instant(body, "occurred_at", zone)
    last, last_end = _instant(body, "occurred_end", zone)
    if begins is None and not body.faulty and not body.has("occurred_at"):
        body.fault("occurred_at", "missing_key", "The key 'occurred_at' is missing.")
    end = last_end or last or first_end
    if begins is not None and end is not None and end < begins:
        body.fault("occurred_end", "wrong_value", "The act ends before it begins.")
    return begins, end


def _instant(body: Payload, name: str, zone: ZoneInfo | None) -> tuple[datetime | None, datetime | None]:
    """Return an instant and, when a day is given, its last second too."""
    instant = body.instant(name)
    text = body.members.get(name)
    if instant is None or not isinstance(text, str) or _DAY.fullmatch(text) is None:
        return instant, None
    utc = instant.tzinfo
    if zone is not None:
        instant = instant.replace(tzinfo=zone)
    try:
        after = instant + timedelta(days=1)
        return instant.astimezone(utc), after.astimezone(utc) - timedelta(seconds=1)
    except OverflowError:
        body.fault(name, "wrong_value", f"{text!r} is outside the years 1 to 9999.")
        return None, None


def _either(body: Payload, *names: str) -> str | None:
    """Return the first text that is given; the ledger and the rules have two words for some things."""
    given = [body.optional_text(name) for name in names]
    return next((text for text in given if text is not None), None)


def _opportunity(body: Payload) -> tuple[str | None, str | None]:
    if not isinstance(body.raw("opportunity"), Mapping):
        return body.optional_text("opportunity"), body.optional_text("opportunity_hub")
    inner = body.payload("opportunity")
    assert inner is not None  # it is a mapping
    found = inner.optional_text("key"), inner.optional_text("hub")
    inner.finish()
    return found


def _outcomes(body: Payload) -> frozenset[str]:
    if isinstance(body.raw("outcomes"), Mapping):
        return frozenset(str(name) for name, answer in body.members["outcomes"].items() if answer)
    return frozenset(body.texts("outcomes"))


def _reflection(body: Payload) -> bool:
    if isinstance(body.raw("reflection"), str):
        return bool(body.members["reflection"].strip())
    return body.flag("reflection")


def read_score(body: Payload) -> Fraction | None:
    """Return a score at `score`: a number, a text such as `17/20`, `{scaled}`, or `{raw, min, max}`."""
    value = body.raw("score")
    if value is None:
        return None
    if isinstance(value, str) and (match := _RATIO.fullmatch(value)) is not None:
        return Fraction(int(match[1]), int(match[2] or 1))
    given = value if isinstance(value, Mapping) else {"scaled": value}
    numbers = {
        name: Fraction(str(number))
        for name, number in given.items()
        if isinstance(number, int | float) and not isinstance(number, bool)
    }
    if "scaled" in numbers:
        return numbers["scaled"]
    low, high = numbers.get("min", Fraction(0)), numbers.get("max", Fraction(0))
    if "raw" in numbers and high > low:
        return (numbers["raw"] - low) / (high - low)
    body.fault("score", "wrong_value", "A score is a number, {scaled}, or {raw, min, max}.")
    return None


def _mapping(body: Payload, name: str) -> Mapping[str, Any] | None:
    inner = body.payload(name)
    return None if inner is None else inner.members


def _level(body: Payload, rubric: str | None) -> LevelReached:
    """Return a level, of the row's own `rubric` unless it names another."""
    named = body.text("rubric") if rubric is None else body.optional_text("rubric") or rubric
    level = LevelReached(named, body.text("criterion"), body.text("level"))
    body.finish()
    return level


def _item(body: Payload, framework: str) -> RowItem:
    weight = body.one_of("weight", ("primary", "secondary"), default="primary")
    set_by = body.one_of("set_by", ("content", "reviewer", "learner"), default="reviewer")
    ref, code = coordinates(body, "item", framework)
    body.finish()
    return RowItem(
        ref,
        code,
        "primary" if weight == "primary" else "secondary",
        "learner" if set_by == "learner" else "reviewer",
    )


def coordinates(body: Payload, name: str, framework: str) -> tuple[str, str]:
    """Return an item as (framework, code): `CODE`, `key@version/CODE`, or `{framework, item}`."""
    if isinstance(body.raw(name), Mapping):
        inner = body.payload(name)
        assert inner is not None  # it is a mapping
        found = coordinates(inner, "item", framework)
        inner.finish()
        return found
    ref, _, code = body.text(name).rpartition("/")
    if code and CODE.fullmatch(code) is None:
        body.fault(name, "wrong_value", f"{code[:80]!r} is no code of an item.")
    return body.optional_text("framework") or ref or framework, code
