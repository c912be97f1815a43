"""Instants and durations as documents write them: RFC 3339 and ISO 8601, always UTC inside."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta

INSTANT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt](?P<time>\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?P<zone>[Zz]|[+-]\d\d:\d\d))?",
    re.ASCII,
)
DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?)?",
    re.ASCII,
)

_LAST = datetime(MAXYEAR, 12, 31, 23, 59, 59, tzinfo=UTC)


def parse_instant(text: str) -> datetime:
    """Return the instant of an RFC 3339 date-time, or of a date: its first moment in UTC.

    Raises `ValueError` for anything else, a date-time without a zone included.
    """
    match = INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is neither a date nor a date-time with its zone (RFC 3339)")
    try:
        if match["time"] is None:
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        zone = "+00:00" if match["zone"] in "Zz" else match["zone"]
        return datetime.fromisoformat(f"{match['date']}T{_six_digits(match['time'])}{zone}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the years 1 to 9999") from error
    except ValueError as error:
        raise ValueError(f"{text!r} is no day or no time that there is: {error}") from error


def _six_digits(time: str) -> str:
    whole, _, fraction = time.partition(".")
    return f"{whole}.{fraction:0<6}"


def format_instant(instant: datetime) -> str:
    """Return `instant` in RFC 3339 and UTC, without a fraction that is zero: `2016-02-20T10:00:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration, kept as written; years and months follow the calendar."""

    text: str
    months: int
    minutes: int

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Return the duration of `P2Y`, `P30D`, `P1DT12H` …; raise `ValueError`, also for zero."""
        match = DURATION.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:40]!r} is not an ISO 8601 duration such as P2Y, P6M or P30D")
        years, months, weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
        duration = cls(text, years * 12 + months, (weeks * 7 + days) * 1440 + hours * 60 + minutes)
        if duration.months == duration.minutes == 0:
            raise ValueError("a duration of nothing holds nothing")
        return duration

    @property
    def words(self) -> str:
        """The duration as people say it: "2 years and 6 months"."""
        years, months = divmod(self.months, 12)
        days, minutes = divmod(self.minutes, 24 * 60)
        hours, minutes = divmod(minutes, 60)
        counts = ((years, "year"), (months, "month"), (days, "day"), (hours, "hour"), (minutes, "minute"))
        said = [f"{count} {unit}" if count == 1 else f"{count} {unit}s" for count, unit in counts if count]
        return " and ".join([*([", ".join(said[:-1])] if len(said) > 1 else []), said[-1]])

    def before(self, instant: datetime) -> datetime:
        """Return the instant this much earlier; months clamp to the last day, time to the year 1."""
        month = instant.year * 12 + instant.month - 1 - self.months
        if month < 12:  # noqa: PLR2004 (the twelve months of the year 0, which datetime lacks)
            return datetime.min.replace(tzinfo=UTC)
        year, index = divmod(month, 12)
        day = min(instant.day, monthrange(year, index + 1)[1])
        try:
            return instant.replace(year=year, month=index + 1, day=day) - timedelta(minutes=self.minutes)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)

    def after(self, instant: datetime) -> datetime:
        """Return the instant this much later; months clamp to the last day, time to the year 9999."""
        year, index = divmod(instant.year * 12 + instant.month - 1 + self.months, 12)
        if year > MAXYEAR:
            return _LAST
        day = min(instant.day, monthrange(year, index + 1)[1])
        try:
            return instant.replace(year=year, month=index + 1, day=day) + timedelta(minutes=self.minutes)
        except OverflowError:
            return _LAST

    def __str__(self) -> str:
        return self.text
