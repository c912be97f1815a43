import pytest

from app.errors import JsonLdError, TooComplexError
from app.signing.jsonld import labels

LINES = [
    '_:x <urn:p> "a _:y .\\n \\" \u2028 b"@en .\n',
    '_:x <urn:p> "1"^^<urn:t> .\n',
    "_:x <urn:p> _:y _:g .\n",
    "<urn:s> <urn:p> <urn:o> <urn:g> .\n",
]


def test_lines_are_parted_at_newlines_only() -> None:
    assert labels.statements("".join(LINES)) == LINES
    assert labels.statements("") == []


def test_labels_are_exchanged_where_nodes_stand_and_nowhere_else() -> None:
    changed = [labels.relabelled(line, {"_:x": "_:1", "_:y": "_:2", "_:g": "_:3"}) for line in LINES]
    assert changed == [
        '_:1 <urn:p> "a _:y .\\n \\" \u2028 b"@en .\n',
        '_:1 <urn:p> "1"^^<urn:t> .\n',
        "_:1 <urn:p> _:2 _:3 .\n",
        "<urn:s> <urn:p> <urn:o> <urn:g> .\n",
    ]


def test_the_canonical_label_of_each_node_is_told() -> None:
    canonical, named = labels.canonical_labels(LINES)
    assert set(named) == {"_:x", "_:y", "_:g"}
    assert sorted(named.values()) == ["_:c14n0", "_:c14n1", "_:c14n2"]
    assert canonical == "".join(sorted(labels.relabelled(line, named) for line in LINES))


@pytest.mark.parametrize(
    "line", ["", "\n", "_:x <urn:p> <urn:o>\n", '_:x <urn:p> "open .\n', "_:x _:p _:o .\n"]
)
def test_what_is_no_statement_is_refused(line: str) -> None:
    with pytest.raises(JsonLdError):
        labels.canonical_labels([line])


def test_what_costs_too_much_is_refused() -> None:
    nodes = range(12)
    lines = [f"_:{a} <urn:p> _:{b} .\n" for a in nodes for b in nodes if a != b]
    with pytest.raises(TooComplexError):
        labels.canonical_labels(lines)
