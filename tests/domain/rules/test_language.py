from dataclasses import FrozenInstanceError

import pytest

from app.domain.rules.language import AllOf, Coverage, Leaf, required, walk, wanted
from tests.domain.rules.builders import all_of, leaf, n_of


def test_a_group_of_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="no required child"):
        all_of("root")
    with pytest.raises(ValueError, match="no required child"):
        all_of("root", leaf("one", optional=True))


@pytest.mark.parametrize("n", [0, -1, 3])
def test_an_n_that_means_nothing_cannot_be_built(n: int) -> None:
    with pytest.raises(ValueError, match="of 2 children"):
        n_of("root", n, leaf("one"), leaf("two"), leaf("three", optional=True))


@pytest.mark.parametrize("count", [0, -1])
def test_a_leaf_that_asks_for_nothing_cannot_be_built(count: int) -> None:
    with pytest.raises(ValueError, match="nothing would meet it"):
        leaf("one", count=count)


@pytest.mark.parametrize("n", [0, 2])
def test_a_coverage_beyond_its_items_cannot_be_built(n: int) -> None:
    with pytest.raises(ValueError, match="of 1 items"):
        Coverage(key="c", framework="f@1", each=leaf("e"), n=n, children=(leaf("c/one"),))


def test_wanted_counts_required_children_only() -> None:
    extra = leaf("extra", optional=True)
    coverage = Coverage(key="c", framework="f@1", each=leaf("e"), children=(leaf("a"), leaf("b")))
    assert wanted(all_of("root", leaf("one"), extra)) == 1
    assert wanted(n_of("root", 1, leaf("one"), leaf("two"))) == 1
    assert wanted(coverage) == 2
    assert wanted(Coverage(key="c", framework="f@1", each=leaf("e"))) == 0
    assert required((extra, leaf("one"))) == (leaf("one"),)


def test_walk_yields_nodes_in_document_order_with_their_parents() -> None:
    inner = n_of("inner", 1, leaf("two"), leaf("three"))
    rule = all_of("root", leaf("one"), inner)
    assert [(node.key, parent.key if parent else None) for node, parent in walk(rule)] == [
        ("root", None),
        ("one", "root"),
        ("inner", "root"),
        ("two", "inner"),
        ("three", "inner"),
    ]


def test_nodes_are_frozen_and_leaves_know_their_kinds() -> None:
    node = AllOf(key="root", children=(leaf("one"),))
    name = "key"
    with pytest.raises(FrozenInstanceError):
        setattr(node, name, "other")
    assert Leaf(key="a", kind="content").kinds == ("content_completion", "attendance")
    assert Leaf(key="a", kind="choice", evidence=("artifact",)).kinds == ("artifact",)
