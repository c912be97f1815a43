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

    `tails`: for each subject, what follows it in the quads that name no blank node after it.
    `linked`: every other quad.
    `blank_nodes`: how many there are; they have the numbers below that.
    """

    __slots__ = ("blank_nodes", "count", "linked", "tails")

    def __init__(self) -> None:
        self.count = 0
        self.blank_nodes = 0
        self.tails: dict[Node, list[str]] = {}
        self.linked: list[Quad] = []

    def blank_node(self) -> int:
        """Return a new blank node."""
        self.blank_nodes += 1
        return self.blank_nodes - 1

    def tails_of(self, subject: Node) -> list[str]:
        """Return the list that takes the tails of `subject`; who adds to it will `charge` for them."""
        tails = self.tails.get(subject)
        if tails is None:
            tails = self.tails[subject] = []
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
