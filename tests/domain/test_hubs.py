import pytest

from app.domain.hubs import Hub, Position, descendants, holds, lineage, read_hub
from app.errors import InvalidPayloadError

HUBS = {
    hub.key: hub
    for hub in (
        Hub("science", "Science"),
        Hub("internet-of-things", "Internet of Things", "Things to own", parent="science"),
        Hub("lamps", "Lamps", parent="internet-of-things"),
        Hub("policy", "Policy"),
    )
}


def test_a_hub_is_read_as_it_was_written() -> None:
    document = HUBS["internet-of-things"].to_document()
    assert read_hub(document) == HUBS["internet-of-things"]
    assert read_hub({"kind": "Hub", "name": "Policy"}, key="policy") == HUBS["policy"]


def test_every_fault_of_a_hub_is_found() -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        read_hub({"key": "IoT", "theme": 1, "parent": "No Key", "colour": "red"})
    pointers = [fault.pointer for fault in refusal.value.faults]
    assert pointers == ["/key", "/name", "/theme", "/parent", "/colour"]


def test_lineage_leads_from_a_hub_to_the_top() -> None:
    assert lineage("lamps", HUBS) == ("lamps", "internet-of-things", "science")
    assert lineage("unheard-of", HUBS) == ("unheard-of",)
    assert lineage(None, HUBS) == ()


def test_lineage_ends_where_it_would_begin_again() -> None:
    round_about = {"a1": Hub("a1", "A", parent="b1"), "b1": Hub("b1", "B", parent="a1")}
    assert lineage("a1", round_about) == ("a1", "b1")


def test_descendants_are_all_below_and_not_the_hub_itself() -> None:
    assert list(descendants("science", HUBS)) == ["internet-of-things", "lamps"]
    assert list(descendants("policy", HUBS)) == []


@pytest.mark.parametrize(
    ("hub", "code"),
    [
        (Hub("new", "New", parent="sciense"), "unknown_reference"),
        (Hub("new", "New", parent="new"), "cycle"),
        (Hub("science", "Science", parent="lamps"), "cycle"),
    ],
)
def test_a_hub_is_neither_below_nothing_nor_below_itself(hub: Hub, code: str) -> None:
    [fault] = hub.misplaced(HUBS)
    assert (fault.pointer, fault.code) == ("/parent", code)
    assert fault.hint


def test_a_hub_may_be_at_the_top_or_below_another() -> None:
    assert Hub("new", "New").misplaced({}) == []
    assert Hub("new", "New", parent="lamps").misplaced(HUBS) == []
    [fault] = Hub("new", "New", parent="lamps").misplaced({})
    assert fault.hint == "Make it first."


@pytest.mark.parametrize(
    ("position", "role", "hub", "held"),
    [
        (Position("hub_admin", "science"), "hub_admin", "lamps", True),
        (Position("hub_admin", "lamps"), "hub_admin", "science", False),
        (Position("hub_admin", "policy"), "hub_admin", "lamps", False),
        (Position("hub_admin"), "hub_admin", "lamps", True),
        (Position("hub_admin", "lamps"), "hub_admin", None, True),
        (Position("mentor", "lamps"), "hub_admin", "lamps", False),
    ],
)
def test_a_role_is_held_in_a_hub_and_all_below_it(
    position: Position, role: str, hub: str | None, *, held: bool
) -> None:
    assert holds([position], role, hub, HUBS) is held
