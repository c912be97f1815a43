"""What a learner could do next: what is open, fits what is missing, and is needed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.content import ApprovalInterval, ContentItem, read_content
from app.domain.hubs import Hub
from app.domain.opportunities import Opportunity
from app.domain.passports import read_passport
from app.domain.rules.facts import Catalogue
from app.domain.rules.next_steps import MAX_ROUTES
from app.domain.simulations import simulate
from app.domain.snapshots import next_change
from app.errors import InvalidPayloadError

NOW = datetime(2016, 3, 1, 9, tzinfo=UTC)
LATER, EARLIER = datetime(2016, 4, 1, tzinfo=UTC), datetime(2016, 2, 1, tzinfo=UTC)
HUBS = {"things": Hub("things", "Things"), "lamps": Hub("lamps", "Lamps", parent="things")}


def needs(*opportunities: Opportunity) -> Catalogue:
    return Catalogue({}, {}, {}, opportunities={each.key: each for each in opportunities}, hubs=HUBS)


def talks(**dates: Any) -> Catalogue:  # noqa: ANN401 (instants)
    item = ContentItem("talk", "Talk", "session", "in_house", "in_person", **dates)
    return Catalogue({}, {}, {"talk": item.with_approvals([ApprovalInterval(EARLIER)])})


def steps(rule: dict[str, Any], catalogue: Catalogue, *rows: dict[str, Any], **members: object) -> list[Any]:
    document = {
        "passport": {"version": "1.0.0", "title": "P", "rule": {"key": "leaf", **rule}, **members},
        "evidence": [
            {"id": f"ev_{n}", "occurred_at": "2016-02-01T09:00:00Z", "assurance": "reviewed", **row}
            for n, row in enumerate(rows)
        ],
        "as_of": "2016-03-01T09:00:00Z",
    }
    answer = simulate(document, "p", None, catalogue).to_document(enrolment="simulation")
    found: list[Any] = answer["next_steps"]
    return found


def refs(*args: Any, **members: Any) -> list[str | None]:  # noqa: ANN401 (as for `steps`)
    return [step["ref"] for step in steps(*args, **members) if step["kind"] == "opportunity"]


def test_an_open_opportunity_is_offered_with_its_reason() -> None:
    catalogue = needs(Opportunity("docs", "Write the docs", hub="things"), Opportunity("tests", "Test it"))
    first, second, own = steps({"title": "Do something", "experience": {}}, catalogue)
    assert first == {
        "closes": ["leaf"],
        "kind": "opportunity",
        "ref": "opportunity:docs",
        "reason": "'Write the docs' is wanted by the hub things, and doing it counts for Do something",
    }
    assert second["reason"] == "'Test it' is wanted, and doing it counts for Do something"
    assert own["kind"] == "experience"


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ({}, ["docs", "lead"]),
        ({"opportunity": "lead"}, ["lead"]),
        ({"opportunity": {"hub": "things"}}, ["lead"]),
        ({"template": "write"}, ["docs"]),
        ({"topics": ["iot", "rust"]}, ["lead"]),
    ],
)
def test_only_what_would_count_is_offered(asked: dict[str, Any], offered: list[str]) -> None:
    catalogue = needs(
        Opportunity("docs", "Docs", template="write"),
        Opportunity("lead", "Lead", hub="things", template="lead", topics=("iot",)),
        Opportunity("over", "Over", hub="things", template="write", topics=("iot",), status="closed"),
    )
    assert refs({"experience": asked}, catalogue) == [f"opportunity:{key}" for key in offered]
    assert refs({"choice": {}}, catalogue) == []


def test_what_the_own_hub_needs_comes_first_and_then_what_the_learner_likes() -> None:
    catalogue = needs(
        Opportunity("a-rust", "A", topics=("rust",)),
        Opportunity("b-iot", "B", topics=("iot",)),
        Opportunity("c-things", "C", hub="things"),
    )
    log = {"kind": "learning_log", "topics": ["iot"], "status": "accepted"}
    found = refs({"experience": {}}, catalogue, log, owner={"hub": "lamps"})
    assert found == ["opportunity:c-things", "opportunity:b-iot", "opportunity:a-rust"]


def test_what_the_learner_has_taken_on_is_not_offered_again_unless_it_came_to_nothing() -> None:
    catalogue = needs(Opportunity("docs", "Docs"))
    own = {"kind": "experience", "opportunity": "docs"}
    assert refs({"experience": {"count": 2}}, catalogue, own | {"status": "accepted"}) == []
    assert refs({"experience": {"count": 2}}, catalogue, own | {"status": "rejected"}) == ["opportunity:docs"]


def test_so_many_are_named_and_no_more() -> None:
    catalogue = needs(*(Opportunity(f"need-{number}", "N") for number in range(MAX_ROUTES + 3)))
    assert len(refs({"experience": {}}, catalogue)) == MAX_ROUTES


@pytest.mark.parametrize(
    ("dates", "offered"),
    [
        ({}, True),
        ({"starts": LATER}, True),
        ({"starts": EARLIER, "ends": LATER}, True),
        ({"starts": EARLIER}, False),
        ({"ends": NOW}, False),
    ],
)
def test_a_session_is_offered_until_it_is_over(dates: dict[str, datetime], *, offered: bool) -> None:
    found = steps({"content": {}}, talks(**dates))
    assert [step["ref"] for step in found] == (["content:talk"] if offered else [])
    if offered and "starts" in dates:
        assert found[0]["when"] == dates["starts"].strftime("%Y-%m-%dT%H:%M:%SZ")
        assert found[0]["mode"] == "in_person"


def test_an_answer_is_looked_at_again_when_a_session_is_over() -> None:
    document = {"key": "p1", "version": "1.0.0", "title": "P", "rule": {"key": "leaf", "event": {}}}
    assert next_change(read_passport(document), [], talks(ends=LATER), as_of=NOW) == LATER


def test_content_does_not_end_before_it_starts() -> None:
    document = {"key": "talk", "title": "T", "origin": "in_house", "mode": "online"}
    dates = {"starts": "2016-04-01T09:00:00Z", "ends": "2016-04-02T09:00:00Z"}
    item = read_content(document | dates)
    assert {name: item.to_document()[name] for name in dates} == dates
    with pytest.raises(InvalidPayloadError) as refusal:
        read_content(document | {"starts": dates["ends"], "ends": dates["starts"]})
    assert [fault.pointer for fault in refusal.value.faults] == ["/ends"]


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("identified", "give it a place among your priorities"),
        ("prioritised", "write down four actions"),
        ("designed", "do the first action"),
        ("initiated", "have somebody else bring the partner's word"),
        ("active", "plan its upkeep and check in on time"),
        ("maintained", "check in on time"),
        ("dormant", "check in, which wakes it, and go on doing so on time"),
        ("closed", None),
    ],
)
def test_a_partnership_is_brought_on_by_what_its_status_lacks(status: str, advice: str | None) -> None:
    leaf = {"partnership": {"status_at_least": "maintained", "within": "P1W", "shared": True}}
    bridge = {"kind": "artifact", "title": "The library", "partnership": {"status": status}}
    [step] = steps({"title": "Keep a bridge", **leaf}, Catalogue({}, {}, {}), bridge)
    told = ("ev_0", f"The library is {status}: {advice}")
    assert (step["ref"], step["reason"]) == (told if advice else (None, "Keep a bridge"))


def test_only_partnerships_that_the_leaf_is_about_are_brought_on() -> None:
    leaf = {"partnership": {"status_at_least": "active", "priority": 1}}
    first, second = ({"status": "designed", "priority": place} for place in (1, 2))
    rows = [{"kind": "artifact", "partnership": each} for each in (first, second)]
    gone = {"kind": "artifact", "partnership": first, "status": "invalidated"}
    found = steps(leaf, Catalogue({}, {}, {}), *rows, gone, {"kind": "artifact"})
    assert [step["ref"] for step in found] == ["ev_0"]
