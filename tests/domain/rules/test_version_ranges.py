"""Ranges of versions."""

import pytest

from app.domain.rules.version_ranges import VersionRange


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.0.0 <3", ["1.0.0", "2.9.9"], ["0.9.9", "3.0.0", "1.0.0-rc.1"]),
        ("1.2", ["1.2.0"], ["1.2.1"]),
        ("=2", ["2.0.0"], ["2.0.1"]),
        (">1 <=2", ["1.0.1", "2.0.0"], ["1.0.0", "2.0.1"]),
        (
            ">=1.0.0-beta.2",
            ["1.0.0-beta.11", "1.0.0-rc", "1.0.0"],
            ["1.0.0-beta", "1.0.0-alpha", "1.0.0-beta.1"],
        ),
        (">=1", [], ["", ">=1", "one"]),
    ],
)
def test_a_range_holds_what_semantic_versioning_orders_into_it(
    text: str, inside: list[str], outside: list[str]
) -> None:
    assert [version for version in inside + outside if VersionRange(text).holds(version)] == inside


@pytest.mark.parametrize("text", ["", "  ", "latest", "^1.0.0", ">= 1", "01.0.0", "1 " * 101])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a range"):
        VersionRange(text)
