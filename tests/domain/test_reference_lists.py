from collections.abc import Callable
from typing import Any

import pytest

from app.domain.crosswalks import read_crosswalk
from app.domain.frameworks import read_framework
from app.domain.opportunities import read_opportunity
from app.domain.trusted_lists import read_trusted_list
from app.errors import InvalidPayloadError

LINKS: list[dict[str, Any]] = [{"from": "plf@0.1/open", "to": "plf@1.0/openness", "relation": "exact"}]
FRAMEWORKS = {
    ref: read_framework(
        {"title": "PLF", "version": ref.partition("@")[2], "items": [{"code": code, "label": code}]},
        key="plf",
    )
    for ref, code in (("plf@0.1", "open"), ("plf@1.0", "openness"))
}


def test_an_opportunity_survives_being_stored() -> None:
    made = read_opportunity({"title": "A lamp", "hub": "iot", "topics": ["iot"]}, key="lamp")
    assert read_opportunity(made.to_document()) == made
    assert made.status == "open"


def test_a_trusted_list_survives_being_stored() -> None:
    made = read_trusted_list({"title": "Courses", "issuers": ["did:web:a.example"]}, key="courses")
    assert read_trusted_list(made.to_document()) == made


def test_a_crosswalk_survives_being_stored() -> None:
    made = read_crosswalk({"title": "From 0.1", "links": LINKS}, key="plf-0-1")
    assert read_crosswalk(made.to_document()) == made
    assert made.missing(FRAMEWORKS) == []


def test_a_crosswalk_links_published_items_only() -> None:
    wrong = [{"from": "plf@0.2/open", "to": "plf@1.0/opennes"}]
    missing = read_crosswalk({"title": "From 0.1", "links": wrong}, key="plf-0-1").missing(FRAMEWORKS)
    assert [fault.pointer for fault in missing] == ["/links/0/from", "/links/0/to"]
    assert missing[1].hint == "Did you mean 'openness'?"
    assert read_crosswalk({"title": "x", "links": LINKS}, key="abc").missing({})[0].hint is None


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (read_opportunity, {"title": "A lamp", "status": "gone"}),
        (read_trusted_list, {"title": "Courses", "issuers": ["not an issuer"]}),
        (read_crosswalk, {"title": "From 0.1", "links": [{"from": "a", "to": "b", "relation": "like"}]}),
    ],
)
def test_what_breaks_a_rule_is_refused(read: Callable[..., object], document: dict[str, Any]) -> None:
    with pytest.raises(InvalidPayloadError):
        read(document, key="some-key")
