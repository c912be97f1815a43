"""Instants as Open Badges writes them: `dateTimeStamp` of XML Schema 1.1, always with a time zone."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from app.errors import InvalidPayloadError

KEPT: Final = 1024
"""Instants that are kept: one verification asks for the same ones several times over."""

_DATE_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?"
_DATE_TIME_STAMP: Final = re.compile(rf"{_DATE_TIME}(Z|[+-]\d\d:\d\d)", re.ASCII)
_WITHOUT_ZONE: Final = re.compile(_DATE_TIME, re.ASCII)


def parse(text: object) -> datetime:
    """Return the instant that `text` names, in UTC; raise `InvalidPayloadError` for anything without a zone.

    Fractions of a second beyond microseconds are cut off; leap seconds and hour 24 are refused.
    """
    if not isinstance(text, str):
        raise _unreadable(text)
    return _parse(text)


@lru_cache(KEPT)
def _parse(text: str) -> datetime:
    if _DATE_TIME_STAMP.fullmatch(text) is None:
        raise _unreadable(text)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidPayloadError(f"{text!r} is not an instant that the calendar has.") from error


def _unreadable(text: object) -> InvalidPayloadError:
    return InvalidPayloadError(f"{str(text)[:40]!r} is not a date and time with a time zone.")


def parse_of_proof(text: object) -> datetime:
    """Return the instant of a proof's `created` or `expires`; raise `InvalidPayloadError` as `parse` does.

    Without a zone, which is wrong, it is one in UTC (VC Data Integrity 1.0, 2.1).
    """
    lacks_zone = isinstance(text, str) and _WITHOUT_ZONE.fullmatch(text) is not None
    return parse(f"{text}Z" if lacks_zone else text)


def to_text(instant: datetime) -> str:
    """Return `instant` (aware) as `YYYY-MM-DDThh:mm:ssZ`.

    Whole seconds in UTC is what every document of ours holds: the numeric dates of a JWT then say the same.
    """
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
