"""The image of an achievement, drawn from its words: a quilted ring, one patch for each building block.

The drawing is SVG, byte for byte the same for the same words, and says in `title` and `desc` what is to
be seen. Text stays text, so that it can be read aloud and shown in any script.
"""

import re
from collections.abc import Iterator, Sequence
from math import cos, radians, sin, sqrt
from xml.sax.saxutils import escape

from app.domain.lettering import Fitted, fit_line, fit_lines, force_lines

SIZE = 600
"""Width and height in user units."""

MAX_BLOCKS = 16
"""With more building blocks than this, the ring is a pattern and no longer names them."""

_CENTRE = SIZE / 2
_RING = 244.0  # from the centre to the middle of the patches
_BREADTH = 80.0  # of the patches
_INSIDE, _OUTSIDE = _RING - _BREADTH / 2, _RING + _BREADTH / 2
_PATTERN = 12  # patches in a ring that names nothing
_MARGIN = 22.0  # kept free at both ends of a patch
_TITLE_SIZES = (76, 68, 62, 56, 52, 48, 44, 40, 37, 34, 31, 28, 26, 24)
_TITLE_TOP, _TITLE_BOTTOM = 192.0, 396.0
_ISSUER_SIZES = (23, 21, 19, 17, 16, 15, 14)
_ISSUER, _VERSION = 431.0, 457.0
_LINE = 1.16  # from line to line, in font sizes
_BASELINE = 0.34  # from the middle of a line down to its baseline, in font sizes
_PAPER, _CREAM, _INK, _SOFT = "#fffdf7", "#f0e4ca", "#1d2433", "#545c6d"
_PATCHES = ("#1f3a5f", "#7a2637", "#2c6e68", "#8a6115")
_FONTS = "'Noto Serif', 'Iowan Old Style', Palatino, 'Palatino Linotype', Georgia, serif"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw_svg(title: str, issuer: str, blocks: Sequence[str], version: str) -> str:
    """Return the badge as an SVG document: `title` in a ring of `blocks`, below it who issues it.

    Any text will do, an empty one too: what is too long is set smaller, wrapped and in the end cut short.
    """
    title, issuer, version = _clean(title), _clean(issuer), _clean(version)
    names = [_clean(block) for block in blocks]
    named = names if 1 <= len(names) <= MAX_BLOCKS else [""] * _PATTERN
    box = f'width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}"'
    spoken = 'role="img" aria-labelledby="badge-title badge-description"'
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {spoken}>',
        f'<title id="badge-title">{escape(title)}</title>',
        f'<desc id="badge-description">{escape(_describe(issuer, names, version))}</desc>',
        f'<g font-family="{_FONTS}" text-anchor="middle">',
        f'<circle cx="300" cy="300" r="297" fill="{_PATCHES[0]}"/>',
        f'<circle cx="300" cy="300" r="293" fill="{_CREAM}"/>',
        f'<circle cx="300" cy="300" r="{_number(_OUTSIDE)}" fill="{_PAPER}"/>',
        *_ring(named),
        *_middle(title, issuer, version),
        "</g>",
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _clean(text: str) -> str:
    """Drop what XML 1.0 cannot hold and make every run of white space one space."""
    return " ".join(_NOT_XML.sub(" ", text).split())


def _describe(issuer: str, names: Sequence[str], version: str) -> str:
    made = ", ".join(
        part for part in (version and f"version {version}", issuer and f"issued by {issuer}") if part
    )
    blocks = f" Building blocks: {', '.join(names)}." if names else ""
    return f"A round badge{made and ', '}{made}.{blocks}"


# The ring -------------------------------------------------------------------------------------------


def _ring(names: Sequence[str]) -> Iterator[str]:
    """Yield the patches, the first at the top and on clockwise, their seams, stitches and names."""
    count = len(names)
    share = 360 / count
    for index in range(count):
        path = _arc(_RING, (index - 0.5) * share, (index + 0.5) * share)
        colour = _colour(index, count)
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_number(_BREADTH)}"/>'
    for radius in (_INSIDE + 6, _OUTSIDE - 6):
        yield (
            f'<circle cx="300" cy="300" r="{_number(radius)}" fill="none" stroke="{_CREAM}"'
            ' stroke-opacity=".7" stroke-width="1.5" stroke-dasharray="8 6"/>'
        )
    if count > 1:
        yield from (_seam((index + 0.5) * share) for index in range(count))
    for index, name in enumerate(names):
        yield from _label(name, index, share)


def _colour(index: int, count: int) -> str:
    """Return the colour of a patch, never that of a neighbour; the last patch touches the first."""
    return _PATCHES[3] if count % 3 == 1 and index == count - 1 > 0 else _PATCHES[index % 3]


def _seam(angle: float) -> str:
    """Return the line between two patches, with a small square set on its corner."""
    (x1, y1), (x2, y2), (x, y) = (_point(radius, angle) for radius in (_INSIDE, _OUTSIDE, _RING))
    turn = f"{_number(angle + 45)} {_number(x)} {_number(y)}"
    return (
        f'<path d="M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}" stroke="{_PAPER}"'
        ' stroke-width="3"/>'
        f'<rect x="{_number(x - 8)}" y="{_number(y - 8)}" width="16" height="16" fill="{_CREAM}"'
        f' stroke="{_PAPER}" stroke-width="3" transform="rotate({turn})"/>'
    )


def _label(name: str, index: int, share: float) -> Iterator[str]:
    """Yield the name of a patch on one or two curved lines, upright; nothing when it does not fit."""
    span = min(share, 170.0)
    fitted = _fit_label(name, span)
    if fitted is None:
        return
    middle = index * share
    upright = not 90 < middle < 270  # noqa: PLR2004 (degrees: the lower half of the ring)
    for number, line in enumerate(fitted.lines):
        above = ((len(fitted.lines) - 1) / 2 - number) * fitted.size * _LINE
        lift = above - _BASELINE * fitted.size
        radius = _RING + (lift if upright else -lift)
        arc = _arc(radius, middle - span / 2, middle + span / 2, backwards=not upright)
        path = f"badge-arc-{index}-{number}"
        yield (
            f'<path id="{path}" d="{arc}" fill="none"/>'
            f'<text font-size="{_number(fitted.size)}" font-weight="600" fill="{_PAPER}">'
            f'<textPath href="#{path}" startOffset="50%">{escape(line)}</textPath></text>'
        )


def _fit_label(name: str, span: float) -> Fitted | None:
    """Return how a name fits a patch of `span` degrees; None for no name, or too much of it."""

    def rooms(size: float, count: int) -> Sequence[float] | None:
        lines = 2 if size <= 19 else 1  # noqa: PLR2004 (user units: what the breadth holds)
        innermost = _RING - (count - 1) / 2 * size * _LINE - size / 2
        return [innermost * radians(span) - 2 * _MARGIN] * count if count <= lines else None

    return fit_lines(name, rooms, (24, 22, 20, 19, 18, 17, 16, 15, 14, 13, 12)) if name else None


# The middle -----------------------------------------------------------------------------------------


def _middle(title: str, issuer: str, version: str) -> Iterator[str]:
    """Yield what stands inside the ring: a mark, the title, a rule, the issuer and the version."""
    yield _mark()
    fitted = fit_lines(title, _title_rooms, _TITLE_SIZES) or force_lines(
        title, _title_rooms, _TITLE_SIZES[-1]
    )
    for line, middle in zip(fitted.lines, _rows(fitted.size, len(fitted.lines)), strict=True):
        yield _text(line, middle, fitted.size, f'font-weight="700" fill="{_PATCHES[0]}"')
    yield f'<path d="M258 408h84" stroke="{_PATCHES[1]}" stroke-width="2"/>'
    names = fit_lines(issuer, _issuer_rooms, _ISSUER_SIZES) or force_lines(
        issuer, _issuer_rooms, _ISSUER_SIZES[-1]
    )
    middle = _ISSUER
    for line in names.lines:
        yield _text(line, middle, names.size, f'fill="{_INK}"')
        middle += names.size * _LINE
    number = fit_line(version, 150, (15,))
    if version:
        yield _text(number.lines[0], max(middle + 3, _VERSION), number.size, f'fill="{_SOFT}"')


def _issuer_rooms(size: float, count: int) -> Sequence[float] | None:
    """Return the room for the name of the issuer: one line, or two small ones."""
    lines = 2 if size <= 16 else 1  # noqa: PLR2004 (user units: what is left below the rule)
    return [250.0, 215.0][:count] if count <= lines else None


def _mark() -> str:
    """Return the small quilt block above the title: four squares, each cut across."""
    corners = ("M0 0h24v24z", "M48 0v24H24z", "M48 48H24V24z", "M0 48V24h24z")
    others = ("M0 0v24h24z", "M48 0H24v24z", "M48 48V24H24z", "M0 48h24V24z")
    dark = "".join(f'<path d="{d}" fill="{colour}"/>' for d, colour in zip(corners, _PATCHES, strict=True))
    light = "".join(f'<path d="{d}"/>' for d in others)
    return f'<g transform="translate(276 126)" fill="{_CREAM}">{dark}{light}</g>'


def _rows(size: float, count: int) -> list[float]:
    """Return how far down the middle of each line of the title is."""
    middle = (_TITLE_TOP + _TITLE_BOTTOM) / 2
    return [middle + (index - (count - 1) / 2) * size * _LINE for index in range(count)]


def _title_rooms(size: float, count: int) -> Sequence[float] | None:
    """Return how wide the ring leaves each line of the title."""
    if count * size * _LINE > _TITLE_BOTTOM - _TITLE_TOP:
        return None
    radius = _INSIDE - 20
    away = (abs(middle - _CENTRE) + size / 2 for middle in _rows(size, count))
    return [2 * sqrt(radius**2 - distance**2) for distance in away]


def _text(line: str, middle: float, size: float, style: str) -> str:
    baseline = middle + _BASELINE * size
    return f'<text x="300" y="{_number(baseline)}" font-size="{_number(size)}" {style}>{escape(line)}</text>'


# Geometry -------------------------------------------------------------------------------------------


def _point(radius: float, angle: float) -> tuple[float, float]:
    """Return the point at `angle` degrees clockwise from the top."""
    return _CENTRE + radius * sin(radians(angle)), _CENTRE - radius * cos(radians(angle))


def _arc(radius: float, start: float, end: float, *, backwards: bool = False) -> str:
    """Return the path of an arc in two halves, so that a full circle is one too."""
    stops = (end, (start + end) / 2, start) if backwards else (start, (start + end) / 2, end)
    (x0, y0), (x1, y1), (x2, y2) = (_point(radius, angle) for angle in stops)
    half = f"A{_number(radius)} {_number(radius)} 0 0 {0 if backwards else 1}"
    return f"M{_number(x0)} {_number(y0)}{half} {_number(x1)} {_number(y1)}{half} {_number(x2)} {_number(y2)}"


def _number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
