"""Differences of documents, field by field."""

from typing import Any

import pytest

from app.domain.bundles import Difference, differences


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("/a", 1, 2)]),
        ({"a": None, "b": []}, {"c": {}}, []),
        ({"a/b": 1}, {}, [("/a~1b", 1, None)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("/a/b", 1, 2)]),
        ({"a": ["x", "y"]}, {"a": ["x", "z"]}, [("/a/1", None, "z"), ("/a/1", "y", None)]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [("/a", ["x", "y"], ["y", "x"])]),
        (
            {"a": [{"key": "k", "n": 1}]},
            {"a": [{"key": "new"}, {"key": "k", "n": 2}]},
            [
                ("/a/0", None, {"key": "new"}),
                ("/a/1/n", 1, 2),
            ],
        ),
        ({"a": [{"n": 1}, {"n": 2}]}, {"a": [{"n": 1}, {"n": 3}]}, [("/a/1/n", 2, 3)]),
        ({"a": ["x", "x"]}, {"a": ["x"]}, [("/a/1", "x", None)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("/a/1", 2, 3)]),
        ({"a": [1]}, {"a": {"b": 1}}, [("/a", [1], {"b": 1})]),
    ],
)
def test_only_what_differs_is_named(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:  # noqa: ANN401 (JSON)
    assert list(differences(before, after)) == [Difference(*each) for each in expected]
