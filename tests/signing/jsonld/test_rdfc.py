"""RDFC-1.0: labels that do not depend on the input's order, and a budget that ends every attack."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.signing.jsonld import rdfc
from app.signing.jsonld.dataset import Dataset, Node, Quad
from app.signing.jsonld.refusals import TooComplex

P = " <urn:x:p> "
Q = " <urn:x:q> "


def dataset(quads: list[Quad]) -> Dataset:
    """Build the dataset of `quads`; equal numbers are one blank node."""
    result = Dataset()
    nodes: dict[int, int] = {}

    def node(term: Node) -> Node:
        if isinstance(term, str):
            return term
        if term not in nodes:
            nodes[term] = result.blank_node()
        return nodes[term]

    for subject, predicate, obj, graph in quads:
        result.add(node(subject), predicate, node(obj), None if graph is None else node(graph))
    return result


def relabelled(quads: list[Quad], seed: int) -> list[Quad]:
    chance = random.Random(seed)  # noqa: S311 (an order for a test)
    numbers = list(range(1 + max((t for q in quads for t in q if isinstance(t, int)), default=0)))
    chance.shuffle(numbers)

    def rename(term: Node) -> Node:
        return numbers[term] if isinstance(term, int) else term

    renamed = [(rename(s), p, rename(o), None if g is None else rename(g)) for s, p, o, g in quads]
    chance.shuffle(renamed)
    return renamed


def as_nquads(quads: list[Quad]) -> str:
    def text(term: Node) -> str:
        return f"_:n{term}" if isinstance(term, int) else term

    return "".join(f"{text(s)}{p}{text(o)} {'' if g is None else text(g) + ' '}.\n" for s, p, o, g in quads)


CYCLE: list[Quad] = [(0, P, 1, None), (1, P, 2, None), (2, P, 0, None)]
TWINS: list[Quad] = [("<urn:x:a>", P, 0, None), ("<urn:x:a>", P, 1, None), (0, Q, 2, None), (1, Q, 3, None)]
TWO_CYCLES: list[Quad] = [*CYCLE, (3, P, 4, None), (4, P, 5, None), (5, P, 3, None)]
GRAPHS: list[Quad] = [
    ("<urn:x:a>", P, 0, None),
    ("<urn:x:a>", P, 1, None),
    (2, Q, '"x"', 0),
    (3, Q, '"x"', 1),
    (2, Q, 3, "<urn:x:g>"),
]
# The double circle of the standard's appendix: every node has two alike neighbours.
DOUBLE_CIRCLE: list[Quad] = [
    quad for a in range(4) for quad in ((a, P, (a + 1) % 4, None), ((a + 1) % 4, P, a, None))
]
# Six things of which each knows three, in both ways in which that can be: as dear as those of the standard's
# vectors that must still be done.
PRISM = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
BIPARTITE = [(a, b) for a in (6, 7, 8) for b in (9, 10, 11)]
BOTH_NETS: list[Quad] = [quad for a, b in (*PRISM, *BIPARTITE) for quad in ((a, P, b, None), (b, P, a, None))]


@pytest.mark.parametrize("quads", [CYCLE, TWINS, TWO_CYCLES, GRAPHS, DOUBLE_CIRCLE, BOTH_NETS])
@pytest.mark.parametrize("seed", range(4))
def test_graphs_whose_nodes_look_alike_get_the_labels_of_oxigraph(
    quads: list[Quad], seed: int, oxigraph_canonize: Callable[[str], str]
) -> None:
    assert rdfc.canonize(dataset(relabelled(quads, seed))) == oxigraph_canonize(as_nquads(quads))


terms = st.integers(0, 5) | st.sampled_from(["<urn:x:a>", "<urn:x:b>"])
random_quads = st.lists(
    st.tuples(terms, st.sampled_from([P, Q]), terms | st.just('"x"'), st.none() | st.integers(0, 5)),
    max_size=9,
)


@settings(deadline=None, max_examples=200)
@given(quads=random_quads, seed=st.integers(0, 100))
def test_random_graphs_get_the_labels_of_oxigraph(
    quads: list[Quad], seed: int, oxigraph_canonize: Callable[[str], str]
) -> None:
    try:
        canonical = rdfc.canonize(dataset(relabelled(quads, seed)))
    except TooComplex:
        return
    assert canonical == oxigraph_canonize(as_nquads(quads))


def test_an_empty_dataset_has_an_empty_text() -> None:
    assert rdfc.canonize(Dataset()) == ""


def test_equal_quads_count_once() -> None:
    once: list[Quad] = [(0, P, '"x"', None), (0, P, 1, None), ("<urn:x:a>", P, '"y"', None)]
    assert rdfc.canonize(dataset(once * 2)) == rdfc.canonize(dataset(once))


def test_another_order_of_lines_can_be_asked_for() -> None:
    quads: list[Quad] = [("<urn:x:a>", P, '"\U0001f389"', None), ("<urn:x:a>", P, '"\ufb01"', None)]
    by_code_point = rdfc.canonize(dataset(quads))
    by_utf16 = rdfc.canonize(dataset(quads), lambda line: line.encode("utf-16-be"))
    assert by_code_point.split("\n")[:2] == by_utf16.split("\n")[1::-1]


def clique(size: int) -> list[Quad]:
    return [(a, P, b, None) for a, b in itertools.permutations(range(size), 2)]


def chain(size: int) -> list[Quad]:
    return [
        quad for a in range(size) for quad in ((a, P, (a + 1) % size, None), ((a + 1) % size, P, a, None))
    ]


def hub(size: int) -> list[Quad]:
    return [quad for a in range(1, size) for quad in ((0, P, a, None), (a, P, 0, None))]


def halves(size: int) -> list[Quad]:
    """Return two halves in which each of one knows each of the other."""
    return [(a, P, b, None) for a in range(size) for b in range(size, 2 * size)]


def rings(count: int, size: int) -> list[Quad]:
    """Return rings that are all alike, each thing knowing the next."""
    return [(r * size + a, P, r * size + (a + 1) % size, None) for r in range(count) for a in range(size)]


def torus(size: int) -> list[Quad]:
    """Return a net without an edge, in which each thing is like every other."""
    near = [(0, 1), (1, 0), (0, size - 1), (size - 1, 0)]
    return [
        (a * size + b, P, (a + c) % size * size + (b + d) % size, None)
        for a, b in itertools.product(range(size), repeat=2)
        for c, d in near
    ]


@pytest.mark.parametrize(
    "quads",
    [
        *(clique(9), clique(40), chain(2000), hub(5000)),
        *(halves(8), halves(60), rings(40, 50), rings(2, 1000), torus(6), torus(30)),
    ],
)
def test_graphs_made_to_be_costly_are_refused(quads: list[Quad]) -> None:
    with pytest.raises(TooComplex) as caught:
        rdfc.canonize(dataset(quads))
    assert caught.value.code == "too_many_likenesses"


@pytest.mark.parametrize("related", [[1], [3, 1, 2], [2, 2, 2], [1, 2, 1, 3], [4, 4, 7, 7, 7]])
def test_each_order_is_tried_once_though_equals_are_exchanged(related: list[int]) -> None:
    orders = list(rdfc._orders(related))  # noqa: SLF001 (the cost of it decides what can be canonized)
    assert len(orders) == len(set(orders))
    assert set(orders) == set(itertools.permutations(related))


def test_a_thing_of_many_statements_in_one_graph_costs_no_permutations() -> None:
    """As two presentations of one credential do: a thousand quads, but one thing and one graph."""
    dataset = Dataset()
    for _ in range(2):
        subject, graph = dataset.blank_node(), dataset.blank_node()
        dataset.add("<urn:s>", P, graph, None)
        for number in range(500):
            dataset.add(subject, P, f'"{number}"', graph)
    assert rdfc.canonize(dataset).count("\n") == 1002
