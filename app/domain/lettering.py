"""Fits words into a drawing without knowing the font: rough widths on the broad side, wrapping, cutting.

All widths are multiples of the font size and fit a bold serif such as Noto Serif; lighter and narrower
fonts leave more room than was asked for.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ELLIPSIS = "…"

_WIDTHS = (
    (re.compile(r"[\u0300-\u036f\u200b-\u200f\ufe00-\ufe0f]"), 0.0),
    (re.compile(r"[ilj.,:;'\u2019|!/\\ ()\[\]tfI-]"), 0.4),
    (re.compile(r"[mwMW@%\u2014\u2026]"), 1.0),
    (re.compile(r"[A-Z&\u00c0-\u00de\u0391-\u03a9\u0410-\u042f]"), 0.79),
    (re.compile(r"[\u0430-\u045f]"), 0.7),
)
_ANY_OTHER = 0.64

Rooms = Callable[[float, int], Sequence[float] | None]
"""Given a font size and a number of lines, the room of each line, or None when they are too high."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Text that fits its place: the font size and the lines."""

    size: float
    lines: tuple[str, ...]


def width(text: str) -> float:
    """Return the rough width of `text` at font size 1."""
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> float:
    if _is_wide(character):
        return 1.0
    return next((share for kind, share in _WIDTHS if kind.match(character)), _ANY_OTHER)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def fit_line(text: str, room: float, sizes: Sequence[float]) -> Fitted:
    """Return `text` on one line in the first of `sizes` that fits, cut short if even the last does not."""
    for size in sizes:
        if width(text) * size <= room:
            return Fitted(size, (text,))
    return Fitted(sizes[-1], (_cut(text, room / sizes[-1]),))


def fit_lines(text: str, rooms: Rooms, sizes: Sequence[float]) -> Fitted | None:
    """Return `text` in the first of `sizes` in which it fits without breaking a word, in even lines.

    Wide characters (Chinese, Japanese, Korean) may end a line anywhere. Returns None if nothing fits.
    """
    for size in sizes:
        for room in _possible(rooms, size):
            # A narrower room that will still do makes the lines even.
            for share in (0.6, 0.7, 0.8, 0.9, 1.0):
                lines, rest = _fill(text, [each * share / size for each in room], breaking=False)
                if not rest:
                    return Fitted(size, lines)
    return None


def force_lines(text: str, rooms: Rooms, size: float) -> Fitted:
    """Return `text` at `size`, breaking words that are longer than a line and cutting off the rest."""
    most = max(_possible(rooms, size), key=len)
    lines, rest = _fill(text, [each / size for each in most], breaking=True)
    if rest:
        last = _cut(f"{lines[-1]} {rest}", most[-1] / size)
        lines = (*lines[:-1], last)
    return Fitted(size, lines)


def _possible(rooms: Rooms, size: float) -> list[Sequence[float]]:
    """Return the rooms for one line, for two and so on, as far as they are not too high."""
    found: list[Sequence[float]] = []
    while (room := rooms(size, len(found) + 1)) is not None:
        found.append(room)
    return found


def _fill(text: str, rooms: Sequence[float], *, breaking: bool) -> tuple[tuple[str, ...], str]:
    """Fill line after line; return the lines and what was left over."""
    lines: list[str] = []
    rest = text
    for room in rooms:
        line = _take(_words(rest), room)
        if breaking and not line:
            line = _take(_characters(rest), room)
        lines.append(line.strip())
        rest = rest[len(line) :]
    return tuple(line for line in lines if line), rest


def _take(pieces: Sequence[str], room: float) -> str:
    """Return the pieces from the start that fit; the space at the end of a line takes no room."""
    line = ""
    for piece in pieces:
        if width((line + piece).rstrip()) > room:
            break
        line += piece
    return line


def _words(text: str) -> list[str]:
    """Return the parts between which a line may end: words with their space, and each wide character."""
    pieces: list[str] = []
    for word in re.findall(r"\S+\s*", text):
        start = len(pieces)
        for character in word:
            joins = len(pieces) > start and not (_is_wide(character) or _is_wide(pieces[-1][0]))
            if joins or character.isspace():
                pieces[-1] += character
            else:
                pieces.append(character)
    return pieces


def _characters(text: str) -> list[str]:
    """Return each character with the marks that belong to it."""
    pieces: list[str] = []
    for character in text:
        if pieces and (unicodedata.category(character).startswith("M") or width(character) == 0):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _cut(text: str, room: float) -> str:
    """Return the start of a text that is too long, with a sign that it goes on."""
    return _take(_characters(text), room - width(ELLIPSIS)).rstrip() + ELLIPSIS
