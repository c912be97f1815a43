"""Checks of forms and records."""

import pytest

from app.domain.rules.checks import PathCheck

RECORD = {
    "priority": 1,
    "name": "Library",
    "since": "2016-01-01",
    "goals": [],
    "empty": "",
    "types": ["radio", "library", "radio"],
    "actions": [{"text": "Call", "due": 2}, {"text": "Write"}],
    "maintenance": {"cadence": "P3M"},
    "done": True,
}


@pytest.mark.parametrize(
    ("path", "op", "value", "holds"),
    [
        ("priority", "exists", None, True),
        ("missing", "exists", None, False),
        ("empty", "exists", None, False),
        ("goals", "exists", None, False),
        ("maintenance.cadence", "exists", None, True),
        ("name.cadence", "exists", None, False),
        ("priority[]", "exists", None, False),
        ("priority", "eq", 1, True),
        ("done", "eq", 1, False),
        ("done", "eq", True, True),
        ("actions[].text", "eq", "Write", True),
        ("priority", "gte", 1, True),
        ("priority", "gte", 1.5, False),
        ("done", "gte", 0, False),
        ("name", "gte", 1, False),
        ("since", "gte", "2015-12-31", True),
        ("actions[].due", "lte", 2, True),
        ("actions[].due", "lte", 1, False),
        ("name", "in", ("Library", 3), True),
        ("name", "in", ("Museum", 3), False),
        ("actions[]", "count_gte", 2, True),
        ("actions", "count_gte", 3, False),
        ("types[]", "distinct_gte", 2, True),
        ("types", "distinct_gte", 3, False),
    ],
)
def test_a_check_reads_a_path_and_compares(path: str, op: str, value: object, *, holds: bool) -> None:
    check = PathCheck(path, op, value)  # type: ignore[arg-type]  # one of the operators
    assert check.holds(RECORD) is holds


def test_a_check_says_what_it_wants() -> None:
    assert PathCheck("priority", "exists").wanted == "priority has to be given"
    assert PathCheck("name", "in", ("a", 3)).wanted == "name has to be one of a, 3"
    assert (
        PathCheck("types[]", "distinct_gte", 5).wanted == "types[] has to hold different values, at least 5"
    )
    assert PathCheck("name", "in", ("a",)).to_document() == {"path": "name", "op": "in", "value": ["a"]}
    assert PathCheck("name", "exists").to_document() == {"path": "name", "op": "exists"}
    assert PathCheck("name", "eq", 2).to_document() == {"path": "name", "op": "eq", "value": 2}
