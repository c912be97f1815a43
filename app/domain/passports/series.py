"""Series: several passports that together are worth a credential.

A series is read as a passport whose leaves are its members. So all that holds for a passport holds for it:
enrolling, progress, exceptions, versions, the issue and what follows it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.domain.passports.reading import (
    SEMVER,
    SERIES,
    Examined,
    read_achievement_type,
    read_issue,
    read_migration,
    read_owner,
    refuse_other,
    refuse_state,
    sound,
)
from app.domain.payloads import KEY, TERM, Faults, Payload
from app.domain.rules.definition import IssuePolicy, Member, PassportDefinition, Series
from app.domain.rules.language import AllOf, Leaf, NOf, RuleNode
from app.domain.rules.parse_fields import read_duration, read_version_range

MAX_MEMBERS: Final = 50
FIRST_VERSION: Final = "1.0.0"
_ROOT, _OTHERS = "series", "others"
_TAKEN = ("", _ROOT, _OTHERS)


def read_series(document: Mapping[str, Any], *, key: str | None = None) -> PassportDefinition:
    """Return the series of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault. What it refers to is looked up when it is published.
    """
    definition, faults = examine_series(document, key=key)
    return sound(definition, faults, "The series breaks a rule.")


def examine_series(document: Mapping[str, Any], *, key: str | None = None) -> Examined:
    """Return what could be read of a series. Raises `InvalidPayloadError` for a passport."""
    faults = Faults()
    body = Payload(document, "", faults)
    refuse_other(body.members, SERIES)
    if body.raw("kind") is not None:
        body.check_word("/kind", body.raw("kind"), (SERIES,))
    series_key = body.key_of("key", known=key)
    members = _members(body)
    n = _wanted(body.payload("complete_when"), members)
    achievement_title, achievement_type = _achievement(body.payload("achievement"))
    fields: dict[str, Any] = {
        "version": body.optional_text("version", pattern=SEMVER, limit=100) or FIRST_VERSION,
        "title": body.text("title", limit=200),
        "description": body.optional_text("description", limit=5000),
        "owner": read_owner(body.payload("owner")),
        "issue": replace(_issue(body.payload("issue")), achievement_type=achievement_type),
        "migration": read_migration(body),
        "valid_for": read_duration(body, "valid_for"),
        "tags": body.texts("tags", pattern=TERM),
    }
    refuse_state(body)
    body.finish()
    places: dict[str, str] = {}
    for number, member in enumerate(members):
        places.setdefault(member.passport, f"/members/{number}")
    if faults.found:  # the rest of it, in which each member has a name of its own
        members = tuple({each.passport: each for each in members if each.passport not in _TAKEN}.values())
        n = len(members)
    if not members:
        return None, faults
    series = Series(members, n, achievement_title)
    definition = PassportDefinition(
        key=series_key, rule=_rule(series), series=series, places=places, **fields
    )
    return definition, faults


def _members(body: Payload) -> tuple[Member, ...]:
    found: list[Member] = []
    bodies = body.payloads("members", limit=MAX_MEMBERS)
    if not bodies:
        body.fault("members", "empty_group", "A series without passports would be met by nothing.")
    for each in bodies:
        passport = each.text("passport", pattern=KEY)
        if passport in [member.passport for member in found]:
            each.fault("passport", "duplicate_key", f"The passport {passport!r} stands twice in this series.")
        if passport in (_ROOT, _OTHERS):
            detail = f"{passport!r} stands for the series itself in its progress."
            each.fault("passport", "wrong_value", detail, "Give the passport another key.")
        title = each.optional_text("title", limit=200)
        found.append(Member(passport, read_version_range(each), each.flag("required"), title))
        each.finish()
    return tuple(found)


def _wanted(body: Payload | None, members: tuple[Member, ...]) -> int:
    """Return how many members it takes, all of them unless it says otherwise."""
    if body is None:
        return len(members)
    body.one_of("required", ("all",), default="all")
    n = body.integer("n", 1, MAX_MEMBERS) or len(members)
    least = sum(member.required for member in members)
    if n > len(members):
        body.fault("n", "n_too_large", f"{n} passports are asked for, and the series has {len(members)}.")
    elif n < least:
        body.fault("n", "wrong_value", f"{least} passports are required, so it takes at least as many.")
    body.finish()
    return n


def _achievement(body: Payload | None) -> tuple[str | None, str]:
    if body is None:
        return None, IssuePolicy().achievement_type
    title = body.optional_text("title", limit=200)
    achievement_type = read_achievement_type(body, IssuePolicy().achievement_type)
    body.finish()
    return title, achievement_type


def _issue(body: Payload | None) -> IssuePolicy:
    if body is not None and body.raw("achievement_type") is not None:
        body.fault("achievement_type", "unknown_key", "In a series this stands under /achievement.")
    return read_issue(body)


def _rule(series: Series) -> RuleNode:
    """Return the rule: the required members, and as many of the others as are still wanted."""
    leaves = [
        Leaf(
            key=each.passport, title=each.title, kind="passport", passport=each.passport, version=each.version
        )
        for each in series.members
    ]
    if series.n == len(leaves):
        return AllOf(key=_ROOT, children=tuple(leaves))
    needed = [leaf for leaf, each in zip(leaves, series.members, strict=True) if each.required]
    others = [leaf for leaf, each in zip(leaves, series.members, strict=True) if not each.required]
    if not needed:
        return NOf(key=_ROOT, n=series.n, children=tuple(others))
    if series.n == len(needed):
        more: list[RuleNode] = [replace(leaf, optional=True) for leaf in others]
    else:
        more = [NOf(key=_OTHERS, n=series.n - len(needed), children=tuple(others))]
    return AllOf(key=_ROOT, children=(*needed, *more))
