"""The words of criteria: numbers, lists, durations; and Markdown in which authors' words stay words."""

import re
from collections.abc import Iterable
from datetime import datetime, time
from typing import Final

from app.domain.instants import format_instant

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#|~!&$])")


def share(wanted: int, count: int, every: str = "all") -> str:
    """Return how many of how many, such as "at least two"."""
    return every if wanted == count else f"at least {number(wanted)}"


def number(count: int) -> str:
    """Return a small number as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def in_words(key: str) -> str:
    """Return a key as words: `what-i-learned` as "what I learned"."""
    return re.sub(r"\bi\b", "I", re.sub(r"[-_]+", " ", key))


def either(names: Iterable[str]) -> str:
    """Return names as an escaped list with "or" before the last."""
    return listed(names, "or")


def listed(names: Iterable[str], word: str) -> str:
    """Return names as an escaped list with `word` before the last."""
    *first, last = map(escape, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def minutes_in_words(minutes: int) -> str:
    """Return minutes, in whole hours where they are such."""
    hours, rest = divmod(minutes, 60)
    return plural(minutes, "minute") if rest else plural(hours, "hour")


def plural(count: int, unit: str) -> str:
    """Return a count with its unit."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def date_in_words(instant: datetime) -> str:
    """Return a day, or an instant that is not the beginning of one."""
    text = format_instant(instant)
    return text.partition("T")[0] if instant.time() == time() else text


def escape(text: str) -> str:
    """Return text in which Markdown sees no markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
