"""The record of a partnership: facts with the time at which each became so, and nothing worked out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.domain.evidence import Visibility
from app.domain.instants import Duration, format_instant, parse_instant


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for the bridge; `added_at` is when it was written down."""

    text: str
    added_at: datetime
    due: date | None = None
    done_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form."""
        return {
            "text": self.text,
            "due": None if self.due is None else self.due.isoformat(),
            "added_at": format_instant(self.added_at),
            "done_at": _written(self.done_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenancePlan:
    """How the bridge is kept standing: a check-in within each `cadence`, counted from `agreed_at` on."""

    cadence: Duration
    agreed_at: datetime
    review_on: date | None = None
    contacts: tuple[str, ...] = ()
    we_give: str | None = None
    they_give: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form."""
        return {
            "cadence": self.cadence.text,
            "agreed_at": format_instant(self.agreed_at),
            "review_on": None if self.review_on is None else self.review_on.isoformat(),
            "contacts": list(self.contacts),
            "we_give": self.we_give,
            "they_give": self.they_give,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """One look at how the bridge is doing; `on_time` was judged by the plan as it was then."""

    at: datetime
    note: str | None
    by_partner: bool
    on_time: bool

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form."""
        return {
            "at": format_instant(self.at),
            "note": self.note,
            "by_partner": self.by_partner,
            "on_time": self.on_time,
        }


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said for the whole record: that it stands, that it has ended, that it never was."""

    at: datetime
    by: str
    text: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form."""
        return {"at": format_instant(self.at), "by": self.by, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipRecord:
    """One bridge of one learner, the steward, in one plan year.

    `priority` is the place among the steward's partnerships of that year, `prioritised_at` when it got one.
    `confirmed` is the partner's word, `invalidated` that of an officer.
    """

    organisation: str
    plan_year: int
    identified_at: datetime
    name: str | None = None
    hub: str | None = None
    types: tuple[str, ...] = ()
    value_note: str | None = None
    goals: tuple[str, ...] = ()
    priority: int | None = None
    prioritised_at: datetime | None = None
    visibility: Visibility = "reviewers"
    actions: tuple[Action, ...] = ()
    maintenance: MaintenancePlan | None = None
    checkins: tuple[CheckIn, ...] = ()
    confirmed: Word | None = None
    closed: Word | None = None
    invalidated: Word | None = None

    @property
    def held_priority(self) -> int | None:
        """The place that it takes among the steward's partnerships: none once it is closed or invalid."""
        return self.priority if self.closed is None and self.invalidated is None else None

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"Partnership with {self.name or self.organisation}"

    @property
    def invalidated_because(self) -> str | None:
        """Why an officer declared it invalid, if one did."""
        return None if self.invalidated is None else self.invalidated.text

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_partnership` takes it back unchanged."""
        return {
            "organisation": self.organisation,
            "plan_year": self.plan_year,
            "identified_at": format_instant(self.identified_at),
            "name": self.name,
            "hub": self.hub,
            "types": list(self.types),
            "value_note": self.value_note,
            "goals": list(self.goals),
            "priority": self.priority,
            "prioritised_at": _written(self.prioritised_at),
            "visibility": self.visibility,
            "actions": [each.to_document() for each in self.actions],
            "maintenance": None if self.maintenance is None else self.maintenance.to_document(),
            "checkins": [each.to_document() for each in self.checkins],
            "confirmed": None if self.confirmed is None else self.confirmed.to_document(),
            "closed": None if self.closed is None else self.closed.to_document(),
            "invalidated": None if self.invalidated is None else self.invalidated.to_document(),
        }


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


def read_partnership(document: Mapping[str, Any]) -> PartnershipRecord:
    """Return the record of a stored document."""
    plan = document["maintenance"]
    return PartnershipRecord(
        **{name: document[name] for name in ("organisation", "plan_year", "name", "hub", "value_note")},
        priority=document["priority"],
        visibility=document["visibility"],
        types=tuple(document["types"]),
        goals=tuple(document["goals"]),
        identified_at=parse_instant(document["identified_at"]),
        prioritised_at=_instant(document["prioritised_at"]),
        actions=tuple(_action(each) for each in document["actions"]),
        maintenance=None if plan is None else _plan(plan),
        checkins=tuple(CheckIn(**{**each, "at": parse_instant(each["at"])}) for each in document["checkins"]),
        confirmed=_word(document["confirmed"]),
        closed=_word(document["closed"]),
        invalidated=_word(document["invalidated"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _action(document: Mapping[str, Any]) -> Action:
    return Action(
        document["text"],
        parse_instant(document["added_at"]),
        _day(document["due"]),
        _instant(document["done_at"]),
    )


def _plan(document: Mapping[str, Any]) -> MaintenancePlan:
    return MaintenancePlan(
        cadence=Duration.parse(document["cadence"]),
        agreed_at=parse_instant(document["agreed_at"]),
        review_on=_day(document["review_on"]),
        contacts=tuple(document["contacts"]),
        we_give=document["we_give"],
        they_give=document["they_give"],
    )


def _word(document: Mapping[str, Any] | None) -> Word | None:
    return None if document is None else Word(parse_instant(document["at"]), document["by"], document["text"])
