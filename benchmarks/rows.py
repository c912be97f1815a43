"""One figure of the benchmark, the table that is printed, and the file that docs/performance.md quotes."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

LATEST: Final = Path(__file__).parent / "latest.json"
PAGE: Final = LATEST.parent.parent / "docs" / "performance.md"
ROUNDS: Final = 3
SECONDS: Final = 0.4
"""How long one side is measured in one round; ours and a peer take turns, so that both have the same luck."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, and where there is one a peer's of the same run, in the same unit.

    `ratio` says how many times better ours is. `target` is what was aimed at: a ratio, or, in a row without
    a peer, a figure in the row's unit that should not be exceeded.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the target is met; a row without one has no verdict."""
        if self.target is None:
            return ""
        if self.ratio is not None:
            return "met" if self.ratio >= self.target else "missed"
        return "met" if self.ours <= self.target else "missed"


def compare(named: tuple[str, str], ours: float, peer: float, by: str, target: float | None = None) -> Row:
    """Return the row, `named` with its unit, of our figure and the one `by` a peer.

    Of times (µs, ms, s) less is better, of rates (/s) more.
    """
    name, unit = named
    ratio = ours / peer if unit == "/s" else peer / ours
    return Row(name, unit, ours, peer, by, ratio, target)


def median_us(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """Return the median time of one call in µs, measured for about `seconds`, at least five calls."""
    times: list[int] = []
    until = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < until:
        begun = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1000


def in_turns(*sides: Callable[[], float]) -> list[float]:
    """Return the median over the rounds of what each side measures, the sides taking turns."""
    rounds = [[side() for side in sides] for _ in range(ROUNDS)]
    return [statistics.median(figures) for figures in zip(*rounds, strict=True)]


def percentile(figures: Sequence[float], share: float) -> float:
    """Return the smallest figure that `share` (0 to 1) of all do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# Showing ----------------------------------------------------------------------------------------------


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, which reads well on a terminal too."""
    cells = [("what", "unit", "ours", "peer", "", "times", "target", "")]
    cells += [
        (
            row.name,
            row.unit,
            _number(row.ours),
            _number(row.peer),
            row.peer_name or "",
            _number(row.ratio),
            _number(row.target),
            row.verdict,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(rows: Sequence[Row], about: Mapping[str, object], path: Path = LATEST) -> None:
    """Write the rows and what they were measured on."""
    document = {**about, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def quote(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Put the table between the marks of a page."""
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    _, end, after = rest.partition("<!-- end of figures -->")
    page.write_text(f"{before}{begin}\n{table(rows)}\n\n{end}{after}", encoding="utf-8")
