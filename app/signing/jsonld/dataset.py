"""The RDF dataset of one document, kept as text that is as finished as it can be before labels exist."""

from typing import Final

from app.signing.jsonld.refusals import TooComplex

MAX_QUADS: Final = 20_000

Node = str | int
"""An IRI or literal as N-Quads text, or the number of a blank node."""

Quad = tuple[Node, str, Node, Node | None]
"""Subject, predicate (with the spaces around it), object, graph."""


class Dataset:
    """Quads by their subjects, sorted by what a label can still change in them.

    `tails`: for each subject, what follows it in the quads that name no blank node after it. A tuple is in
    order and has nothing twice.
    `linked`: every other quad.
    `blank_nodes`: how many there are; they have the numbers below that.
    `hashes`: what is known of their first-degree hashes with SHA-256 (RDFC-1.0, 4.6).
    `plain`: whether in what it was made of no array is empty and only the whole has a context.
    """

    __slots__ = ("blank_nodes", "count", "hashes", "linked", "plain", "tails")

    def __init__(self) -> None:
        self.count = 0
        self.plain = True
        self.blank_nodes = 0
        self.hashes: dict[int, str] = {}
        self.tails: dict[Node, list[str] | tuple[str, ...]] = {}
        self.linked: list[Quad] = []

    def blank_node(self) -> int:
        """Return a new blank node."""
        self.blank_nodes += 1
        return self.blank_nodes - 1

    def tails_of(self, subject: Node) -> list[str]:
        """Return the list that takes the tails of `subject`; who adds to it will `charge` for them."""
        tails = self.tails.get(subject)
        if not isinstance(tails, list):
            tails = self.tails[subject] = list(tails or ())
        return tails

    def charge(self, quads: int) -> None:
        """Count quads that were added; raises `TooComplex` beyond `MAX_QUADS`."""
        self.count += quads
        if self.count > MAX_QUADS:
            raise TooComplex("too_many_statements", f"The document makes more than {MAX_QUADS} statements.")

    def add(self, subject: Node, predicate: str, obj: Node, graph: Node | None) -> None:
        """Add one quad; raises `TooComplex` beyond `MAX_QUADS`."""
        self.charge(1)
        if graph is None and isinstance(obj, str):
            self.tails_of(subject).append(f"{predicate}{obj} .\n")
        else:
            self.linked.append((subject, predicate, obj, graph))

    def sort(self) -> None:
        """Bring the tails in order; after that nothing is added."""
        self.tails = {subject: tuple(sorted(set(tails))) for subject, tails in self.tails.items()}

    def embed(self, other: "Dataset") -> int:
        """Add all of `other`, which is sorted; return what is added to the numbers of its blank nodes."""
        self.charge(other.count)
        self.plain = self.plain and other.plain
        shift = self.blank_nodes
        self.blank_nodes += other.blank_nodes
        part = other.moved(shift) if shift else other
        shared = self.tails.keys() & part.tails.keys()
        self.tails = {**part.tails, **self.tails}
        for subject in shared:
            self.tails_of(subject).extend(part.tails[subject])
        self.hashes.update(part.hashes)
        self.linked += part.linked
        return shift

    def moved(self, shift: int) -> "Dataset":
        """Return these statements, with `shift` added to the numbers of their blank nodes."""
        moved = Dataset()
        moved.tails = {_shifted(subject, shift): tails for subject, tails in self.tails.items()}
        moved.hashes = {node + shift: digest for node, digest in self.hashes.items()}
        for subject, predicate, obj, graph in self.linked:
            named = None if graph is None else _shifted(graph, shift)
            moved.linked.append((_shifted(subject, shift), predicate, _shifted(obj, shift), named))
        return moved


def _shifted(node: Node, shift: int) -> Node:
    return node + shift if isinstance(node, int) else node
