"""Which values a row has."""

from typing import Any

import pytest

from app.domain.rules.buckets import values_of
from app.domain.rules.facts import RowItem
from app.domain.rules.language import Distinct
from app.domain.rules.questions import Moment
from tests.domain.rules.builders import NOW, content, leaf, row

MOMENT = Moment({"talk": content("talk", "open", "teams")}, NOW)
OWN = (RowItem("leading", "docs", "primary", "reviewer"), RowItem("leading", "action", "primary", "learner"))


@pytest.mark.parametrize(
    ("by", "fields", "values"),
    [
        ("month", {}, ("2016-01",)),
        ("reviewer", {"accepted_by": ("ben", "ana", "ben")}, ("ana", "ben")),
        ("item", {"content": "talk", "items": OWN}, ("docs", "open", "teams")),
        ("item", {"items": OWN}, ("docs",)),
        ("activity", {"activity_key": "event:summit", "content": "talk"}, ("event:summit",)),
        ("activity", {"content": "talk"}, ("content:talk",)),
        ("activity", {}, ()),
        ("organisation", {"organisation": "library"}, ("library",)),
        ("organisation", {"partnership": {"organisation": "museum"}}, ("museum",)),
        ("organisation", {}, ()),
        ("endorser", {"endorser": "ben"}, ("ben",)),
        ("template", {"template": "lead"}, ("lead",)),
        ("community", {"data": {"community": ["b", "a", None, {"x": 1}]}}, ("a", "b")),
        ("community", {"data": {"community": ""}}, ()),
        ("theme", {"partnership": {"theme": 3}}, ("3",)),
    ],
)
def test_a_row_has_the_values_of_a_field(by: str, fields: dict[str, Any], values: tuple[str, ...]) -> None:
    assert values_of(row(1, **fields), by, MOMENT) == values


def test_a_leaf_cannot_ask_for_more_values_than_rows() -> None:
    with pytest.raises(ValueError, match="more values than rows"):
        leaf("one", count=1, distinct=Distinct("event", 2))
