"""RDF Dataset Canonicalization 1.0 (RDFC-1.0), SHA-256 or SHA-384: one text for one graph, or a refusal.

Labels of blank nodes come from hashes of their surroundings. Nodes whose first-degree hashes are equal
need Hash N-Degree Quads (4.8), whose cost is factorial in the worst case: every step of it is charged
to a budget, by the work it does.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256, sha384, sha512
from typing import Final, Literal

from app.signing.jsonld.dataset import Dataset, Node, Quad
from app.signing.jsonld.refusals import TooComplex

BUDGET: Final = 30_000
MAX_RECURSION: Final = 200
"""Nodes that Hash N-Degree Quads may walk in a row; Python's own stack ends not far beyond."""

SortKey = Callable[[str], bytes]
HashName = Literal["sha256", "sha384", "sha512"]

_HASHES: Final = {"sha256": sha256, "sha384": sha384, "sha512": sha512}


def canonize(dataset: Dataset, order: SortKey | None = None, hash_name: HashName = "sha256") -> str:
    """Return the canonical N-Quads of `dataset`; raises `TooComplex` when the budget is spent.

    Lines are in the order of code points, as the standard says, unless `order` is another sort key.
    """
    return _Canonicalizer(dataset, order, hash_name).nquads()


def canonize_with_labels(dataset: Dataset) -> tuple[str, dict[int, str]]:
    """Return the canonical N-Quads of `dataset` with SHA-256, and the label of each blank node."""
    canonicalizer = _Canonicalizer(dataset, None, "sha256")
    return canonicalizer.nquads(), canonicalizer.labels


def first_degree_hashes(dataset: Dataset) -> list[str]:
    """Return the SHA-256 hash of each blank node in its closest surroundings (4.6)."""
    return _Canonicalizer(dataset, None, "sha256").first_degree


class _TemporaryLabels(dict[int, int]):
    """Blank node → number of its temporary label, in the order of issue (RDFC-1.0, 4.5)."""

    def issue(self, node: int) -> str:
        """Return the temporary label of `node`, a new one if it has none."""
        return f"_:b{self.setdefault(node, len(self))}"


class _Canonicalizer:
    """The canonicalization state (4.2)."""

    def __init__(self, dataset: Dataset, order: SortKey | None, hash_name: HashName) -> None:
        self._dataset = dataset
        self._order = order
        self._hash = _HASHES[hash_name]
        self._budget = BUDGET
        self._recursion = 0
        self.labels: dict[int, str] = {}
        # A dataset is a set: equal quads count once. What a quad looks like to its nodes may still be equal.
        self._tails = {
            subject: tails if isinstance(tails, tuple) and order is None else sorted(set(tails), key=order)
            for subject, tails in dataset.tails.items()
            if tails
        }
        self._linked = list(dict.fromkeys(dataset.linked))
        nodes = range(dataset.blank_nodes)
        self._quads: list[list[Quad]] = [[] for _ in nodes]
        for quad in self._linked:
            subject, _, obj, graph = quad
            if isinstance(subject, int):
                self._quads[subject].append(quad)
            if isinstance(obj, int) and obj != subject:
                self._quads[obj].append(quad)
            if isinstance(graph, int) and graph not in (subject, obj):
                self._quads[graph].append(quad)
        known = dataset.hashes if order is None and hash_name == "sha256" else {}
        self.first_degree = [known.get(node) or self._hash_first_degree(node) for node in nodes]

    def nquads(self) -> str:
        """Label every blank node, then write all quads in order (4.4.3).

        The order of lines is the order of subjects and, within one, of what follows: no subject, with the
        space behind it, is the beginning of another.
        """
        self._issue_canonical_labels()
        labels, order = self.labels, self._order
        tails_by_subject = {
            subject if isinstance(subject, str) else labels[subject]: tails
            for subject, tails in self._tails.items()
        }
        added: dict[str, list[str]] = {}
        for subject, predicate, obj, graph in self._linked:
            start = labels[subject] if isinstance(subject, int) else subject
            end = labels[obj] if isinstance(obj, int) else obj
            added.setdefault(start, []).append(f"{predicate}{end}{_graph_tail(graph, labels)}")
        for start, tails in added.items():
            tails_by_subject[start] = sorted([*tails_by_subject.get(start, ()), *tails], key=order)
        subjects = sorted(tails_by_subject, key=order)
        return "".join([subject + subject.join(tails_by_subject[subject]) for subject in subjects])

    def _issue_canonical_labels(self) -> None:
        nodes_by_hash: dict[str, list[int]] = {}
        for node, digest in enumerate(self.first_degree):
            nodes_by_hash.setdefault(digest, []).append(node)
        tied: list[list[int]] = []
        for digest in sorted(nodes_by_hash):
            nodes = nodes_by_hash[digest]
            if len(nodes) == 1:
                self._issue(nodes[0])
            else:
                tied.append(nodes)
        for nodes in tied:
            results = [
                self._hash_n_degree(node, _TemporaryLabels({node: 0}))
                for node in nodes
                if node not in self.labels
            ]
            for _, temporary in sorted(results, key=lambda result: result[0]):
                for node in temporary:
                    self._issue(node)

    def _issue(self, node: int) -> None:
        self.labels.setdefault(node, f"_:c14n{len(self.labels)}")

    def _hash_first_degree(self, node: int) -> str:
        """Hash the quads of `node` with all other blank nodes made equal (4.6.3)."""
        tails, quads = self._tails.get(node), self._quads[node]
        text = "_:a" + "_:a".join(tails) if tails else ""
        if len(quads) == 1 and quads[0][2:] == (node, None) and isinstance(quads[0][0], str):
            # As nearly always, a thing that a named one points at. This line comes before those of its own.
            text = f"{quads[0][0]}{quads[0][1]}_:a .\n{text}"
        elif quads:
            lines = [f"_:a{tail}" for tail in tails or ()]
            for subject, predicate, obj, graph in quads:
                start = _masked(subject, node)
                lines.append(f"{start}{predicate}{_masked(obj, node)}{_masked_graph(graph, node)}")
            text = "".join(sorted(lines, key=self._order))
        return self._hash(text.encode()).hexdigest()

    def _hash_related(self, related: int, quad: Quad, position: str, temporary: _TemporaryLabels) -> str:
        """Hash the way from a node to the blank node `related` (4.7.3)."""
        if related in self.labels:
            label = self.labels[related]
        elif related in temporary:
            label = temporary.issue(related)
        else:
            label = self.first_degree[related]
        predicate = "" if position == "g" else quad[1].strip()
        return self._hash(f"{position}{predicate}{label}".encode()).hexdigest()

    def _hash_n_degree(self, node: int, temporary: _TemporaryLabels) -> tuple[str, _TemporaryLabels]:
        """Hash all that is reached from `node`, choosing the least of all possible walks (4.8.3)."""
        self._recursion += 1
        if self._recursion > MAX_RECURSION:
            raise _too_complex()
        self._charge(2 + len(self._quads[node]), temporary)
        related_by_hash: dict[str, list[int]] = {}
        for quad in self._quads[node]:
            for related, position in ((quad[0], "s"), (quad[2], "o"), (quad[3], "g")):
                if isinstance(related, int) and related != node:
                    digest = self._hash_related(related, quad, position, temporary)
                    related_by_hash.setdefault(digest, []).append(related)
        data: list[str] = []
        for digest in sorted(related_by_hash):
            path, temporary = self._least_path(related_by_hash[digest], temporary)
            data += (digest, path)
        self._recursion -= 1
        return self._hash("".join(data).encode()).hexdigest(), temporary

    def _least_path(self, related: list[int], temporary: _TemporaryLabels) -> tuple[str, _TemporaryLabels]:
        """Try every order of equal neighbours and return the least path with its labels (4.8.3, 5.4)."""
        chosen = ""
        chosen_labels = temporary
        for order in _orders(related):
            self._charge(1 + len(order), temporary)
            labels = _TemporaryLabels(temporary)
            path = ""
            for path in self._grow_path(order, labels):
                if chosen and len(path) >= len(chosen) and path > chosen:
                    break
            else:
                if not chosen or path < chosen:
                    chosen, chosen_labels = path, labels
        return chosen, chosen_labels

    def _grow_path(self, order: tuple[int, ...], labels: _TemporaryLabels) -> Iterator[str]:
        """Yield the path after each step of one order; `labels` receives what the walk issues."""
        path = ""
        unvisited: list[int] = []
        for node in order:
            if node in self.labels:
                path += self.labels[node]
            else:
                if node not in labels:
                    unvisited.append(node)
                path += labels.issue(node)
            yield path
        for node in unvisited:
            digest, walked = self._hash_n_degree(node, labels)
            path += f"{labels.issue(node)}<{digest}>"
            labels.update(walked)
            yield path

    def _charge(self, work: int, temporary: _TemporaryLabels) -> None:
        self._budget -= work + len(temporary) // 8
        if self._budget < 0:
            raise _too_complex()


def _orders(related: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield every order of `related`, but of those that only exchange equals one.

    The graph of a proof, or of a credential that is shown, is related to a node once for each of its quads:
    it need not be tried in each of their orders, which all lead to the same path.
    """
    order = sorted(related)
    while True:
        yield tuple(order)
        falls = len(order) - 2
        while falls >= 0 and order[falls] >= order[falls + 1]:
            falls -= 1
        if falls < 0:
            return
        larger = next(index for index in reversed(range(len(order))) if order[index] > order[falls])
        order[falls], order[larger] = order[larger], order[falls]
        order[falls + 1 :] = reversed(order[falls + 1 :])


def _masked(term: Node, node: int) -> str:
    if isinstance(term, str):
        return term
    return "_:a" if term == node else "_:z"


def _masked_graph(graph: Node | None, node: int) -> str:
    return " .\n" if graph is None else f" {_masked(graph, node)} .\n"


def _graph_tail(graph: Node | None, labels: dict[int, str]) -> str:
    if graph is None:
        return " .\n"
    return f" {labels[graph] if isinstance(graph, int) else graph} .\n"


def _too_complex() -> TooComplex:
    return TooComplex(
        "too_many_likenesses",
        "Too many parts of the document look alike to be told apart.",
        "Give every evidence, alignment and result an id of its own.",
    )
