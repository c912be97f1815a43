"""Rows, and what they are judged by, from a document: for an evaluation of what nobody has stored."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, get_args
from zoneinfo import ZoneInfo

from app.domain.actors import plain_name
from app.domain.content import ApprovalInterval, ContentItem, read_approval, read_content
from app.domain.frameworks import read_framework
from app.domain.hubs import read_hub
from app.domain.opportunities import Opportunity, read_opportunity
from app.domain.payloads import CODE, Payload, pointer_to
from app.domain.rubrics import read_rubric
from app.domain.rules.facts import Catalogue, EvidenceRow, EvidenceStatus, ItemLink, LevelReached, RowItem
from app.domain.rules.language import ASSURANCES, CROSSWALK_RELATIONS, EVIDENCE_KINDS
from app.domain.rules.terms import spelled
from app.domain.vocabularies import read_vocabulary
from app.errors import InvalidPayloadError

MAX_ROWS = 2000
MAX_MINUTES = 10_000_000

_RATIO = re.compile(r"([0-9]{1,18})(?:/([1-9][0-9]{0,17}))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TEXTS = (
    *("template", "event", "form", "organisation", "endorser", "endorser_org", "activity_key"),
    *("achievement", "issuer", "passport", "version"),
)
_LET_BE = (
    *("source", "source_id", "fingerprint", "visibility", "description", "url", "slot", "credential"),
    *("attachments", "alignments", "claimed_in_progress_by", "data_digest"),
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
    if found["version"] is not None and not found["passport"]:
        # the version of a form or of content is of no interest here
        found["version"] = None
    role = body.optional_text("role")
    found |= {
        "title": body.optional_text("title", limit=2000) or identifier,
        "recorded_at": body.instant("recorded_at") or begins,
        "role": body.optional_text("endorser_role") or role,
        "content": body.optional_text("content") or body.optional_text("content_key"),
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
        "levels": tuple(_level(each) for each in body.payloads("levels")),
        "items": tuple(_item(each, framework) for each in body.payloads("items")),
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


def _level(body: Payload) -> LevelReached:
    level = LevelReached(body.text("rubric"), body.text("criterion"), body.text("level"))
    body.finish()
    return level


def _item(body: Payload, framework: str) -> RowItem:
    weight = body.one_of("weight", ("primary", "secondary"), default="primary")
    set_by = body.one_of("set_by", ("content", "reviewer", "learner"), default="reviewer")
    ref, code = _coordinates(body, "item", framework)
    body.finish()
    return RowItem(
        ref,
        code,
        "primary" if weight == "primary" else "secondary",
        "learner" if set_by == "learner" else "reviewer",
    )


def _coordinates(body: Payload, name: str, framework: str) -> tuple[str, str]:
    """Return an item as (framework, code): `CODE`, or `key@version/CODE`."""
    ref, _, code = body.text(name).rpartition("/")
    if code and CODE.fullmatch(code) is None:
        body.fault(name, "wrong_value", f"{code[:80]!r} is no code of an item.")
    return body.optional_text("framework") or ref or framework, code


# The catalogue --------------------------------------------------------------------------------------


def read_catalogue(body: Payload) -> Catalogue:
    """Return the catalogue of a document: all that rules, rows and next steps refer to.

    Raises `InvalidPayloadError` with every fault of the first thing that breaks a rule.
    """
    frameworks = [_inner(each, read_framework) for each in body.payloads("frameworks")]
    rubrics = [_inner(each, read_rubric) for each in body.payloads("rubrics")]
    content = [_content(each) for each in body.payloads("content", limit=MAX_ROWS)]
    links = tuple(read_link(each) for each in body.payloads("crosswalk", limit=MAX_ROWS))
    trusted = body.payload("trusted")
    lists = {} if trusted is None else {str(name): trusted.texts(str(name)) for name in trusted.members}
    opportunities = [_opportunity_of(each) for each in body.payloads("opportunities", limit=MAX_ROWS)]
    vocabularies = [_inner(each, read_vocabulary) for each in body.payloads("vocabularies")]
    hubs = [_inner(each, read_hub) for each in body.payloads("hubs", limit=MAX_ROWS)]
    body.finish(optional=("forms", "organisations", "passports"))
    return spelled(
        Catalogue(
            {each.ref: each for each in frameworks},
            {name: each for each in rubrics for name in (each.ref, each.key)},
            {each.key: each for each in content},
            links,
            {name: frozenset(issuers) for name, issuers in lists.items()},
            opportunities={each.key: each for each in opportunities},
            vocabularies={each.key: each for each in vocabularies},
            hubs={each.key: each for each in hubs},
        )
    )


def _inner(body: Payload, reader: Any) -> Any:  # noqa: ANN401 (one reader for each kind)
    """Return what `reader` makes of the document; its faults get the place that they have here."""
    try:
        return reader(body.members)
    except InvalidPayloadError as error:
        moved = tuple(replace(each, pointer=body.pointer + each.pointer) for each in error.faults)
        raise InvalidPayloadError(error.detail, faults=moved) from error


def _opportunity_of(body: Payload) -> Opportunity:
    """Return an opportunity; like a row, it is called by its key if nobody gave it a title."""
    titled = {"title": body.members.get("key"), **body.members}
    opportunity: Opportunity = _inner(Payload(titled, body.pointer, body.faults), read_opportunity)
    return opportunity


def _content(body: Payload) -> ContentItem:
    given = body.members.get("approvals", [])
    if not isinstance(given, list):
        body.fault("approvals", "wrong_type", "This has to be a list.")
    document = {name: value for name, value in body.members.items() if name != "approvals"}
    item: ContentItem = _inner(Payload(document, body.pointer, body.faults), read_content)
    approvals: list[ApprovalInterval] = [
        _inner(Payload(each, pointer_to(body.at("approvals"), number), body.faults), read_approval)
        for number, each in enumerate(given if isinstance(given, list) else [])
    ]
    return item.with_approvals(approvals)


def read_link(body: Payload) -> ItemLink:
    """Return the link `{from, to, relation}`, its ends written `key@version/CODE`."""
    relation = body.one_of("relation", CROSSWALK_RELATIONS, default="exact")
    link = ItemLink(_coordinates(body, "from", ""), _coordinates(body, "to", ""), relation)
    body.finish()
    return link
