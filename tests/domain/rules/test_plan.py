from itertools import combinations
from math import comb

import pytest

from app.domain.rules.language import Coverage, Leaf, RuleNode
from app.domain.rules.plan import (
    MAX_COMBINATIONS,
    TOP,
    components,
    count_combinations,
    make_plan,
    may_share,
)
from tests.domain.rules.builders import all_of, leaf, n_of


def pair(key: str) -> RuleNode:
    return all_of(key, leaf(f"{key}1"), leaf(f"{key}2"))


def parts(rule: RuleNode) -> list[list[str]]:
    plan = make_plan(rule)
    return [[plan.leaves[number].key for number in part.leaves] for part in plan.required]


def test_leaves_that_can_never_share_a_row_are_apart() -> None:
    rule = all_of(
        "root",
        leaf("project", template=("project",)),
        leaf("mentor", template=("mentoring",)),
        Leaf(key="talk", kind="content"),
        Leaf(key="book", kind="content", keys=("book",)),
        Leaf(key="film", kind="content", keys=("film",)),
        Leaf(key="log", kind="choice", evidence=("learning_log",)),
    )
    assert parts(rule) == [["project"], ["mentor"], ["talk", "book", "film"], ["log"]]


def test_a_choice_holds_its_leaves_together() -> None:
    rule = n_of("root", 1, leaf("project"), Leaf(key="talk", kind="content"))
    assert parts(rule) == [["project", "talk"]]
    full = n_of("root", 2, leaf("project"), Leaf(key="talk", kind="content"))
    assert parts(full) == [["project"], ["talk"]]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (leaf("a"), leaf("b"), True),
        (leaf("a", template=("x",)), leaf("b", template=("x", "y")), True),
        (leaf("a", template=("x",)), leaf("b", template=("y",)), False),
        (leaf("a", template=("x",)), leaf("b"), True),
        (leaf("a", template=("x",), accept_rpl=True), leaf("b", template=("y",), accept_rpl=True), False),
        (leaf("a", accept_rpl=True), Leaf(key="b", kind="content", accept_rpl=True), True),
        (leaf("a", accept_rpl=True), Leaf(key="b", kind="content"), False),
        (Leaf(key="a", kind="content"), Leaf(key="b", kind="event"), True),
        (Leaf(key="a", kind="event", event=("x",)), Leaf(key="b", kind="event", event=("y",)), False),
        (Leaf(key="a", kind="event", role=("x",)), Leaf(key="b", kind="event", role=("y",)), False),
        (Leaf(key="a", kind="content", keys=("x",)), Leaf(key="b", kind="content", keys=("y",)), False),
        (
            Leaf(key="a", kind="content", keys=("x",), accept_rpl=True),
            Leaf(key="b", kind="content", keys=("y",), accept_rpl=True),
            True,
        ),
    ],
)
def test_leaves_share_a_row_unless_a_single_valued_field_forbids_it(
    one: Leaf, other: Leaf, *, shared: bool
) -> None:
    assert may_share(one, other) is shared
    assert may_share(other, one) is shared


@pytest.mark.parametrize(
    ("rule", "combinations_"),
    [
        (leaf("one"), 1),
        (n_of("hub", 2, leaf("a"), leaf("b"), leaf("c")), 1),
        (n_of("hub", 2, leaf("a"), leaf("b", count=2), leaf("c")), 3),
        (n_of("root", 1, pair("a"), pair("b")), 2),
        (n_of("root", 2, pair("a"), pair("b"), pair("c")), 3),
        (n_of("root", 2, pair("a"), pair("b")), 1),
        (n_of("root", 1, n_of("x", 1, pair("a"), pair("b")), pair("c")), 3),
        (
            all_of("root", n_of("x", 1, pair("a"), pair("b")), n_of("y", 2, pair("c"), pair("d"), pair("e"))),
            6,
        ),
        (n_of("root", 1, n_of("x", 1, leaf("a"), leaf("b")), leaf("c")), 1),
        (n_of("root", 1, all_of("x", leaf("a")), leaf("c")), 1),
    ],
)
def test_choices_are_counted_without_listing_them(rule: RuleNode, combinations_: int) -> None:
    assert count_combinations([rule]) == combinations_
    (part,) = make_plan(rule).required
    assert len(part.shapes) == combinations_


def test_shapes_come_in_document_order() -> None:
    plan = make_plan(n_of("root", 2, pair("a"), pair("b"), pair("c")))
    chosen = [shape.leaves for shape in plan.required[0].shapes]
    assert chosen == [(*one, *other) for one, other in combinations([(0, 1), (2, 3), (4, 5)], 2)]


def test_hubs_nest() -> None:
    inner = n_of("inner", 1, leaf("a"), leaf("b"))
    (part,) = make_plan(n_of("outer", 1, inner, leaf("c"))).required
    (shape,) = part.shapes
    assert shape.leaves == (0, 1, 2)
    assert shape.capacity == (1, 1, 1, 1, 1)
    assert shape.parent == (4, 4, 3, TOP, 3)
    assert shape.demand == 1


def test_a_coverage_of_some_items_is_a_hub_and_of_all_is_none() -> None:
    children = tuple(leaf(f"c/{number}") for number in range(3))
    some = Coverage(key="c", framework="f@1", each=leaf("e"), n=2, children=children)
    every = Coverage(key="c", framework="f@1", each=leaf("e"), children=children)
    assert make_plan(some).required[0].shapes[0].demand == 2
    assert make_plan(every).required[0].shapes[0].parent == (TOP, TOP, TOP)


def test_too_many_combinations_are_counted_and_refused() -> None:
    rule = n_of("root", 6, *(pair(f"p{number}") for number in range(12)))
    assert count_combinations([rule]) == comb(12, 6) > MAX_COMBINATIONS
    with pytest.raises(ValueError, match="too many combinations"):
        make_plan(rule)
    assert len(components([rule])) == 1


def test_a_coverage_that_is_not_expanded_has_no_plan() -> None:
    with pytest.raises(ValueError, match="not expanded"):
        make_plan(Coverage(key="c", framework="f@1", each=leaf("e")))


def test_optional_nodes_are_parts_of_their_own() -> None:
    plan = make_plan(all_of("root", leaf("a"), all_of("extra", leaf("b"), leaf("c"), optional=True)))
    assert [part.leaves for part in plan.required] == [(0,)]
    assert [part.leaves for part in plan.optional] == [(1, 2)]
