"""The figures of the benchmarks mean what their table says."""

import json
from pathlib import Path

import pytest

from benchmarks.documents import by_size, kilobytes
from benchmarks.load import request
from benchmarks.rows import (
    LATEST,
    PAGE,
    Row,
    compare,
    in_turns,
    median_us,
    percentile,
    quote,
    table,
    write,
)


def test_of_times_less_is_better_and_of_rates_more() -> None:
    assert compare(("a", "µs"), 10, 40, "peer").ratio == 4
    assert compare(("a", "/s"), 10, 40, "peer").ratio == 0.25


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("a", "ms", 3.0), ""),
        (Row("a", "MB", 100.0, target=120.0), "met"),
        (Row("a", "MB", 130.0, target=120.0), "missed"),
        (compare(("a", "µs"), 10, 40, "peer", 4.0), "met"),
        (compare(("a", "µs"), 10, 39, "peer", 4.0), "missed"),
    ],
)
def test_a_target_is_met_or_missed(row: Row, verdict: str) -> None:
    assert row.verdict == verdict


def test_a_table_and_a_file_show_every_row(tmp_path: Path) -> None:
    rows = [compare(("issue", "µs"), 250, 5000, "peer", 30.0), Row("memory", "MB", 98.5)]
    lines = table(rows).splitlines()
    assert len(lines) == 4
    assert "| issue  | µs   | 250  | 5,000 | peer | 20    | 30     | missed |" in lines
    write(rows, {"measured": "2026-01-01"}, tmp_path / "latest.json")
    document = json.loads((tmp_path / "latest.json").read_text())
    assert [row["ratio"] for row in document["rows"]] == [20, None]


def test_sides_take_turns_and_the_middle_counts() -> None:
    figures = iter([3.0, 30.0, 1.0, 10.0, 2.0, 20.0])
    assert in_turns(lambda: next(figures), lambda: next(figures)) == [2.0, 20.0]
    assert median_us(lambda: None, seconds=0) > 0
    assert percentile([5, 1, 4, 2, 3], 0.99) == 5


def test_the_documents_have_the_sizes_that_name_them() -> None:
    for name, document in by_size().items():
        assert kilobytes(document) == pytest.approx(float(name.removesuffix(" KB")), rel=0.15)


def test_a_request_says_how_long_it_is() -> None:
    sent = request("POST", "/verify", {"Accept": "a/b"}, b"{}")
    assert sent == b"POST /verify HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: a/b\r\nContent-Length: 2\r\n\r\n{}"


def test_a_page_quotes_the_table_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n\n<!-- figures -->\n\nold\n\n<!-- end of figures -->\n\nAfter\n")
    rows = [Row("memory", "MB", 98.5)]
    for _ in range(2):
        quote(rows, page)
        assert page.read_text() == (
            f"Before\n\n<!-- figures -->\n\n{table(rows)}\n\n<!-- end of figures -->\n\nAfter\n"
        )


def test_the_performance_page_quotes_what_was_measured_last() -> None:
    rows = [Row(**row) for row in json.loads(LATEST.read_text())["rows"]]
    assert table(rows) in PAGE.read_text()
