from typing import Any

import pytest

from app.domain.frameworks import Framework, read_framework
from app.errors import InvalidPayloadError


def item(code: str, **fields: object) -> dict[str, Any]:
    return {"code": code, "label": code.title(), **fields}


def document(*items: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"key": "leading", "version": "0.1", "title": "Leading", "items": list(items), **fields}


def faults_of(body: dict[str, Any], key: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as caught:
        read_framework(body, key=key)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


TREE = document(
    item("open", statement="Invites others.", aliases=["Open by design"]),
    item("docs", kind="skill", parent="open"),
    item("wikis", kind="knowledge", parent="docs"),
    item("teams"),
    description="What leaders do.",
)


def test_a_framework_is_named_by_key_and_version() -> None:
    framework = read_framework(TREE)
    assert framework.ref == "leading@0.1"
    assert framework.blocks() == ("open", "teams")
    assert framework.items[0].aliases == ("Open by design",)


def test_a_family_is_an_item_with_everything_below_it() -> None:
    family = read_framework(TREE).family
    assert family == {
        "open": ("open", "docs", "wikis"),
        "docs": ("docs", "wikis"),
        "wikis": ("wikis",),
        "teams": ("teams",),
    }


def test_items_are_found_by_their_code() -> None:
    framework = read_framework(TREE)
    found = framework.find("docs")
    assert found is not None
    assert (found.parent, found.kind) == ("open", "skill")
    assert framework.find("lost") is None


def test_the_canonical_form_is_read_back_unchanged() -> None:
    framework = read_framework(TREE)
    again = read_framework(framework.to_document())
    assert isinstance(again, Framework)
    assert again == framework
    assert again.digest == framework.digest
    assert read_framework({**TREE, "title": "Other"}).digest != framework.digest


def test_the_key_may_come_from_the_address() -> None:
    body = {name: value for name, value in TREE.items() if name != "key"}
    assert read_framework(body, key="leading") == read_framework(TREE)
    assert faults_of(body) == [("/key", "missing_key")]
    assert faults_of(TREE, key="other") == [("/key", "wrong_value")]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (document(), [("/items", "empty_group")]),
        (document(item("a"), item("a")), [("/items/1/code", "duplicate_key")]),
        (document(item("a", parent="lost")), [("/items/0/parent", "unknown_reference")]),
        (document(item("a", parent="a")), [("/items/0/parent", "cycle")]),
        (
            document(item("a", parent="b"), item("b", parent="a"), item("c", parent="a")),
            [("/items/0/parent", "cycle"), ("/items/1/parent", "cycle")],
        ),
        (document(item("a", kind="blok")), [("/items/0/kind", "wrong_value")]),
        (document(item("a b")), [("/items/0/code", "wrong_value")]),
        (document(item("a", colour="red")), [("/items/0/colour", "unknown_key")]),
        (document(item("a"), version=0.1), [("/version", "wrong_type")]),
        (document(item("a"), version="0.01"), [("/version", "wrong_value")]),
        (document(item("a"), titel="T"), [("/titel", "unknown_key")]),
        (document(item("a"), items=[1]), [("/items/0", "wrong_type")]),
    ],
)
def test_faults_have_a_place(body: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert faults_of(body) == faults


def test_items_nest_twenty_levels_deep_and_no_deeper() -> None:
    chain = [item("c0"), *(item(f"c{depth}", parent=f"c{depth - 1}") for depth in range(1, 22))]
    assert len(read_framework(document(*chain[:-1])).family["c0"]) == 21
    assert faults_of(document(*chain)) == [("/items/21/parent", "too_deep")]
