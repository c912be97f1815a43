"""Which evidence can matter to which rule, as words to look up: what a leaf asks for, and what a row is.

A row can only fit a leaf that shares a word with it. What a leaf asks beyond its words is for evaluation.
An exception may let in what the words do not name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.rules.definition import PassportDefinition
from app.domain.rules.language import Leaf

CREDENTIAL_WORDS = frozenset({"kind:credential"})
"""What a credential of ours is as a row; a rule that leaves out evidence which credentials use has it too."""


def selectors_of(definition: PassportDefinition) -> frozenset[str]:
    """Return the words of all leaves of an expanded definition, those of its renewal and gate included."""
    words = {word for leaf in definition.leaves for word in _words_of(leaf)}
    return frozenset(words | CREDENTIAL_WORDS if definition.looks_at_credentials else words)


def _words_of(leaf: Leaf) -> Iterator[str]:
    """Yield the narrowest words that every fitting row has one of."""
    if leaf.accept_rpl:
        yield "kind:rpl"
    if leaf.keys:
        yield from (f"content:{key}" for key in leaf.keys)
    elif leaf.template:
        yield from (f"template:{template}" for template in leaf.template)
    elif leaf.event:
        yield from (f"event:{event}" for event in leaf.event)
    else:
        yield from (f"kind:{kind}" for kind in leaf.kinds)


def words_of_report(document: Mapping[str, Any]) -> frozenset[str]:
    """Return all words of a stored report."""
    named = {name: document.get(name) for name in ("kind", "content", "template", "event")}
    return frozenset(f"{name}:{value}" for name, value in named.items() if value is not None)
