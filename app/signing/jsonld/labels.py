"""The blank nodes of canonical N-Quads: their labels told, and exchanged for others."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from app.errors import JsonLdError
from app.signing.jsonld import rdfc
from app.signing.jsonld.dataset import Dataset, Node
from app.signing.jsonld.refusals import Refusal

_STATEMENT: Final = re.compile(
    r"(?P<subject><[^>]*>|_:\S+) (?P<predicate><[^>]*>) "
    r'(?P<object><[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@\S+)?)(?: (?P<graph><[^>]*>|_:\S+))? \.\n'
)
_BLANK: Final = "_:"

Parts = tuple[str, str, str, str | None]
"""Subject, predicate, object and graph, each as N-Quads text."""


def statements(nquads: str) -> list[str]:
    """Return the lines of N-Quads. Literals may hold what Python takes for ends of lines, but no newline."""
    return [f"{line}\n" for line in nquads.split("\n")[:-1]]


def parts(statement: str) -> Parts:
    """Return the parts of one line; raises `JsonLdError` for what is none."""
    found = _STATEMENT.fullmatch(statement)
    if found is None:
        raise JsonLdError("This is no statement in N-Quads.")
    return found["subject"], found["predicate"], found["object"], found["graph"]


def relabelled(statement: str, labels: Mapping[str, str]) -> str:
    """Return `statement` with the nodes that `labels` names called otherwise; literals are left alone."""
    subject, predicate, obj, graph = parts(statement)
    end = "" if graph is None else f" {labels.get(graph, graph)}"
    return f"{labels.get(subject, subject)} {predicate} {labels.get(obj, obj)}{end} .\n"


def canonical_labels(lines: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return the canonical form of N-Quads, and the canonical label of each blank node (RDFC-1.0, 4.4.3).

    Raises `TooComplexError` when they cost too much.
    """
    dataset, numbers = Dataset(), dict[str, int]()

    def node(term: str) -> Node:
        if not term.startswith(_BLANK):
            return term
        if term not in numbers:
            numbers[term] = dataset.blank_node()
        return numbers[term]

    try:
        for line in lines:
            subject, predicate, obj, graph = parts(line)
            named = None if graph is None else node(graph)
            dataset.add(node(subject), f" {predicate} ", node(obj), named)
        canonical, labels = rdfc.canonize_with_labels(dataset)
    except Refusal as refusal:
        raise refusal.error() from refusal
    return canonical, {name: labels[number] for name, number in numbers.items()}
