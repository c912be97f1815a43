"""Badge images as PNG, for baking and for readers that know no SVG."""

import re

from app.domain.badge_images import SIZE

FONT_FAMILY = "Noto Serif"
"""Comes with the package fontpkg-noto-serif (SIL Open Font License), so that a bare machine draws text."""

_BEYOND_THE_FONT = re.compile(r"[^\x00-\u052f\u1c80-\u1c8f\u1d00-\u218f]")


def render_png(svg: str) -> bytes:
    """Return a drawing of `app.domain.badge_images` as a PNG of 600 by 600 pixels.

    Latin, Greek and Cyrillic letters look the same on every machine. For other scripts the fonts of the
    machine are asked, and what they lack is drawn as boxes. Never give it a drawing of somebody else:
    SVG can name files.
    """
    import fontpkg  # noqa: PLC0415 (who never asks for a PNG needs neither)
    import resvg_py  # noqa: PLC0415 (as above)

    return resvg_py.svg_to_bytes(
        svg_string=svg,
        width=SIZE,
        height=SIZE,
        font_files=[str(fontpkg.path(FONT_FAMILY))],
        serif_family=FONT_FAMILY,
        skip_system_fonts=_BEYOND_THE_FONT.search(svg) is None,
    )
