"""What may happen to a partnership: each function returns the record as it is afterwards.

Doing the same thing again returns the record unchanged. Nothing is written into one that is over.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.instants import Duration
from app.domain.partnerships.records import Action, CheckIn, MaintenancePlan, PartnershipRecord, Word
from app.domain.partnerships.standing import is_on_time, standing_of
from app.domain.rules.language import PARTNERSHIP_STATUSES
from app.errors import AlreadyExistsError, Fault, InvalidPayloadError, NotFoundError, WrongStateError

MAX_ACTIONS, MAX_CHECKINS = 50, 500
IDENTITY = ("organisation", "plan_year")
"""What tells a steward's partnerships apart; it never changes."""

CHANGEABLE = ("name", "hub", "types", "value_note", "goals", "priority", "visibility", "maintenance")
_MAY_BE_CONFIRMED = PARTNERSHIP_STATUSES[PARTNERSHIP_STATUSES.index("initiated") :]


def identify(members: Mapping[str, Any], *, now: datetime) -> PartnershipRecord:
    """Return the record of a partnership that begins with these members.

    Raises `InvalidPayloadError` for a time that has not come yet.
    """
    own = {name: members[name] for name in IDENTITY}
    identified_at = _past("/identified_at", members.get("identified_at"), now)
    given = {name: value for name, value in members.items() if name in CHANGEABLE}
    return revise(PartnershipRecord(**own, identified_at=identified_at), given, now=now)


def revise(record: PartnershipRecord, changes: Mapping[str, Any], *, now: datetime) -> PartnershipRecord:
    """Return the record with these of its `CHANGEABLE` members.

    Raises `WrongStateError` for one that is over, `InvalidPayloadError` for a time to come.
    """
    _ensure_open(record)
    changed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
    }
    if "maintenance" in changed:
        changed["maintenance"] = _plan(record.maintenance, changed["maintenance"], now)
    if changed.get("priority", record.priority) is None:
        changed["prioritised_at"] = None
    elif record.priority is None:
        changed["prioritised_at"] = now
    return replace(record, **changed)


def _plan(
    known: MaintenancePlan | None, given: Mapping[str, Any] | None, now: datetime
) -> MaintenancePlan | None:
    """Return the plan as given: agreed when it says or, where only words change, when it was."""
    if given is None:
        return None
    cadence = Duration.parse(given["cadence"])
    same = known is not None and known.cadence == cadence
    agreed_at = known.agreed_at if known is not None and same else now
    if given.get("agreed_at") is not None:
        agreed_at = _past("/maintenance/agreed_at", given["agreed_at"], now)
    return MaintenancePlan(
        cadence=cadence,
        agreed_at=agreed_at,
        review_on=given.get("review_on"),
        contacts=tuple(given.get("contacts", ())),
        we_give=given.get("we_give"),
        they_give=given.get("they_give"),
    )


def add_action(record: PartnershipRecord, members: Mapping[str, Any], *, now: datetime) -> PartnershipRecord:
    """Return the record with one more action; the same words are the same action.

    Raises `WrongStateError` for one that is over or full, `InvalidPayloadError` for a time to come.
    """
    _ensure_open(record)
    if any(_plain(each.text) == _plain(members["text"]) for each in record.actions):
        return record
    _ensure_room(record.actions, MAX_ACTIONS, "actions")
    done_at = members.get("done_at")
    action = Action(members["text"], now, members.get("due"), done_at and _past("/done_at", done_at, now))
    return replace(record, actions=(*record.actions, action))


def change_action(
    record: PartnershipRecord, number: int, changes: Mapping[str, Any], *, now: datetime
) -> PartnershipRecord:
    """Return the record with the action of this number, from 1 on, changed.

    Raises `NotFoundError`, `AlreadyExistsError` when another action has the words, `WrongStateError` and
    `InvalidPayloadError`.
    """
    _ensure_open(record)
    if number > len(record.actions):
        last = len(record.actions)
        hint = f"Its actions are numbered from 1 to {last}." if last else "It has none yet: add one first."
        raise NotFoundError(f"The partnership has no action {number}.", hint=hint)
    if changes.get("done_at") is not None:
        _past("/done_at", changes["done_at"], now)
    others = (each.text for n, each in enumerate(record.actions, start=1) if n != number)
    if "text" in changes and _plain(changes["text"]) in map(_plain, others):
        raise AlreadyExistsError("Another action has these words already.")
    changed = replace(record.actions[number - 1], **changes)
    return replace(record, actions=(*record.actions[: number - 1], changed, *record.actions[number:]))


def check_in(record: PartnershipRecord, members: Mapping[str, Any], *, now: datetime) -> PartnershipRecord:
    """Return the record with one more check-in, judged by the plan as it is.

    Raises `AlreadyExistsError` when there is another one of the same instant, `WrongStateError` and
    `InvalidPayloadError`.
    """
    _ensure_open(record)
    at = _past("/at", members.get("at"), now)
    note, by_partner = members.get("note"), members.get("by_partner", False)
    for known in record.checkins:
        if known.at == at:
            if (known.note, known.by_partner) != (note, by_partner):
                raise AlreadyExistsError("There is another check-in of this instant.")
            return record
    _ensure_room(record.checkins, MAX_CHECKINS, "check-ins")
    made = CheckIn(at=at, note=note, by_partner=by_partner, on_time=is_on_time(record, at))
    return replace(record, checkins=tuple(sorted((*record.checkins, made), key=lambda each: each.at)))


def confirm(
    record: PartnershipRecord, members: Mapping[str, Any], by: str, *, now: datetime
) -> PartnershipRecord:
    """Return the record with the partner's word, of which `by` heard; there is one word for a record.

    Raises `WrongStateError` before the first action is done, `InvalidPayloadError` for a time to come.
    """
    _ensure_open(record)
    if record.confirmed is not None:
        return record
    status = standing_of(record).status
    if status not in _MAY_BE_CONFIRMED:
        raise WrongStateError(
            f"The partnership is {status}; there is no bridge yet that a partner could confirm.",
            hint="It takes a priority, four actions, and the first of them done.",
        )
    word = Word(_past("/at", members.get("at"), now), by, members.get("note"))
    return replace(record, confirmed=word)


def close(record: PartnershipRecord, reason: str, by: str, *, now: datetime) -> PartnershipRecord:
    """Return the record as closed. Raises `WrongStateError` for one that was declared invalid."""
    if record.closed is not None:
        return record
    _ensure_open(record)
    return replace(record, closed=Word(now, by, reason))


def invalidate(record: PartnershipRecord, reason: str, by: str, *, now: datetime) -> PartnershipRecord:
    """Return the record as declared invalid, whatever has become of it."""
    if record.invalidated is not None:
        return record
    return replace(record, invalidated=Word(now, by, reason))


def _ensure_open(record: PartnershipRecord) -> None:
    if record.invalidated is not None:
        raise WrongStateError("The partnership was declared invalid; its record says why.")
    if record.closed is not None:
        raise WrongStateError(
            "The partnership is closed.", hint="Begin another one, of this organisation in another year."
        )


def _ensure_room(entries: tuple[object, ...], most: int, what: str) -> None:
    if len(entries) >= most:
        raise WrongStateError(f"The record is full: it holds {most} {what}.")


def _past(pointer: str, at: datetime | None, now: datetime) -> datetime:
    """Return when something happened, which is now unless it is said."""
    if at is not None and at > now:
        detail = "A partnership's record is about what has happened; this has not yet."
        raise InvalidPayloadError(detail, faults=[Fault(pointer, "in_the_future", detail)])
    return at or now


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
