"""The RDF dataset of one document, kept as text that is as finished as it can be before labels exist."""

from typing import Final

from app.signing.jsonld.refusals import TooComplex

MAX_QUADS: Final = 20_000

Node = str | int
"""An IRI or literal as N-Quads text, or the number of a blank node."""

Quad = tuple[Node, str, Node, Node | None]
"""Subject, predicate (with the spaces around it), object, graph."""


class Dataset:
    """Quads, sorted by what a label can still change in them.

    `ground`: finished lines without any blank node.
    `tails`: for each blank node, what follows it in the quads where it is the subject and the only one.
    `linked`: every other quad.
    """

    __slots__ = ("count", "ground", "linked", "tails")

    def __init__(self) -> None:
        self.count = 0
        self.ground: list[str] = []
        self.tails: list[list[str]] = []
        self.linked: list[Quad] = []

    def blank_node(self) -> int:
        """Return a new blank node."""
        self.tails.append([])
        return len(self.tails) - 1

    def add(self, subject: Node, predicate: str, obj: Node, graph: Node | None) -> None:
        """Add one quad; raises `TooComplex` beyond `MAX_QUADS`."""
        self.count += 1
        if self.count > MAX_QUADS:
            raise TooComplex("too_many_statements", f"The document makes more than {MAX_QUADS} statements.")
        if graph is None and isinstance(obj, str):
            if isinstance(subject, str):
                self.ground.append(f"{subject}{predicate}{obj} .\n")
            else:
                self.tails[subject].append(f"{predicate}{obj} .\n")
        else:
            self.linked.append((subject, predicate, obj, graph))
