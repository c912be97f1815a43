from app.domain.rules.assignment import FREE, Network
from app.domain.rules.plan import TOP, Shape
from tests.effort import calls_of


def flat(*capacity: int) -> Shape:
    return Shape(tuple(range(len(capacity))), capacity, (TOP,) * len(capacity))


def settled(shape: Shape, *fits: tuple[int, ...]) -> list[int]:
    network = Network(shape, fits)
    network.settle()
    return network.place


def test_an_earlier_row_moves_so_that_a_later_one_fits() -> None:
    network = Network(flat(1, 1), [(0, 1), (0,)])
    assert network.flow == 2
    assert network.place == [1, 0]


def test_a_row_prefers_the_first_leaf_when_the_flow_allows_it() -> None:
    assert settled(flat(1, 1), (0, 1), (0, 1)) == [0, 1]
    assert settled(flat(1, 1, 1), (1, 2), (0, 1), (0, 2)) == [1, 0, 2]


def test_a_better_ranked_row_takes_the_place_of_a_worse_one() -> None:
    # rows 0 and 1 want slots 0 and 1; row 0 in slot 0 lets row 2 in at slot 1 and row 1 out
    assert settled(flat(1, 1), (0, 1), (0,), (1,)) == [0, FREE, 1]


def test_a_row_may_be_let_go_for_one_that_was_not_claimed() -> None:
    # the first flow claims rows 0, 1 and 2; better pairs need row 3 instead of row 2
    shape = Shape((0, 1, 2), (1, 1, 1), (TOP, TOP, TOP))
    assert settled(shape, (0, 2), (2,), (1,), (1,)) == [0, 1 + 1, 1, FREE]


def test_a_hub_limits_what_passes_through_it() -> None:
    hub = Shape((0, 1, 2), (1, 1, 1, 2), (3, 3, 3, TOP))
    network = Network(hub, [(0,), (1,), (2,)])
    assert (network.flow, network.used[3]) == (2, 2)
    network.settle()
    assert network.place == [0, 1, FREE]


def test_a_hub_gives_way_for_a_row_that_fits_nowhere_else() -> None:
    # slot 2 stands alone; the hub over 0 and 1 lets one through
    shape = Shape((0, 1, 2), (1, 1, 1, 1), (3, 3, TOP, TOP))
    assert settled(shape, (0, 2), (1,)) == [2, 1]
    assert settled(shape, (0, 2), (1, 2)) == [0, 2]


def test_rows_move_through_nested_hubs() -> None:
    # hub 4 holds leaf 2 and hub 3, which holds leaves 0 and 1
    shape = Shape((0, 1, 2, 3), (1, 1, 1, 1, 2, 1), (5, 5, 4, TOP, TOP, 4))
    assert shape.demand == 3
    assert settled(shape, (0, 3), (1,), (2,)) == [3, 1, 2]
    network = Network(shape, [(0,), (1,)])
    assert network.flow == 1
    (group, other) = network.open_groups(4)
    assert (group.slots, group.missing) == ((2,), 1)
    assert (other.slots, other.missing) == ((3,), 1)


def test_a_saturated_hub_opens_through_a_row_that_could_leave_it() -> None:
    # row 0 sits in leaf 0 below the full hub 3 and also fits leaf 2, so a row for leaf 1 would help leaf 2
    shape = Shape((0, 1, 2), (1, 1, 2, 1), (3, 3, TOP, TOP))
    network = Network(shape, [(0, 2), (2,)])
    network.settle()
    assert network.place == [0, 2]
    (group,) = network.open_groups(3)
    assert (group.slots, group.missing) == ((0, 1, 2), 1)


def test_nothing_is_open_when_everything_is_met() -> None:
    assert Network(flat(1), [(0,)]).open_groups(1) == ()


def test_settling_large_problems_takes_few_steps() -> None:
    leaves, rows = 60, 200
    fits = [
        tuple(sorted({(row * 7) % leaves, (row * 11 + 3) % leaves, (row * 3) % leaves}))
        for row in range(rows)
    ]
    network = Network(flat(*([2] * leaves)), fits)
    assert calls_of(network.settle) < 100_000
    assert network.flow == 120
