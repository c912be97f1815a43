"""What usually helps against a fault, by its code: for faults that do not say it themselves."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing_key": "Add the key.",
        "wrong_type": "Write a value of the type that is named here.",
        "wrong_value": "Write a value of the form that is named here.",
        "too_long": "Shorten it, or split it.",
        "too_deep": "Bring it closer to the top: groups of one can go.",
        "empty_group": "Add what is asked for, or leave the group out.",
        "duplicate_key": "Rename one of them, or leave one out.",
        "cycle": "Take one of the references out.",
        "two_kinds": "Keep one kind, and move the other to a node of its own.",
        "malformed_body": "Mend it here; the rest of this document was not read.",
        "not_plain_data": "Write plain data: each key once, values written out, without tags and anchors.",
        "n_too_large": "Ask for less, or offer more.",
        "learner_unknown": "Make the learner first, or correct the id.",
        "unknown_reference": "Publish it first, add it to the bundle, or correct the name.",
        "unknown_term": "Add the term to its vocabulary, or write one that it has.",
        "unsatisfiable": "Ask for less, or name more that can count.",
        "too_many_leaves": "Split the passport into a series.",
        "many_leaves": "Ask for less, or split the passport.",
        "long_title": "Say it shorter; a hint can hold the rest.",
        "no_in_person_route": "Approve content that can be attended in person.",
        "no_online_route": "Approve content that can be done online.",
        "one_route": "Allow a second kind of evidence.",
    }
)


def usual_hint(code: str) -> str | None:
    """Return what usually helps against a fault with this code, None where nothing is known to."""
    return _HINTS.get(code)
