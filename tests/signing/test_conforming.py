"""The quick test of the table against the walk that names each fault."""

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from app.signing.conforming import conforming
from app.signing.lint import _Walk as Walk  # the walk alone, without the test before it
from app.signing.lint import kind_of, lint_document
from tests.signing.badges import Document, badge, badge_1, list_document, rich_badge

ODD: tuple[Any, ...] = (
    *(None, "", "x", 5, True, [], {}, [None], ["x", 5], [{}], {"@value": "x"}),
    *("https://example.org/a", ["https://example.org/a"], {"id": "urn:x"}, {"id": 5}, {"id": None}),
    *({"type": "Profile", "id": "urn:x", "@id": "urn:y"}, [{"type": ["Profile", 5], "id": "urn:x"}]),
)
NAMES = ("@id", "@type", "@context", "@graph", "type", "id", "proof", "unheardOf")


def owners(value: Any) -> Iterator[Any]:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from owners(member)


def changed(document: Document) -> Iterator[Document]:
    """Yield `document` again and again, each time with one member dropped, replaced or added."""
    for owner in list(owners(document)):
        kept = copy.copy(owner)
        names = [*owner, *NAMES] if isinstance(owner, dict) else range(len(owner))
        for name, odd in itertools.product(names, (..., *ODD)):
            if odd is not ...:
                owner[name] = odd
            elif isinstance(owner, list) or name in owner:
                del owner[name]
            yield document
            restore(owner, kept)


def restore(owner: Any, kept: Any) -> None:  # noqa: ANN401 (an object or an array)
    owner.clear()
    owner.update(kept) if isinstance(owner, dict) else owner.extend(kept)


def versions(document: Document) -> str:
    return " 1.1" if "issuanceDate" in document else ""


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("document", [badge(), rich_badge(), badge_1(), list_document((5,))])
def test_what_conforms_has_no_fault_whatever_is_changed(document: Document, strict: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    name = kind_of(document) + versions(document)
    conforms = conforming(name, strict=strict)
    assert conforms(document)
    lawful = 0
    for each in changed(document):
        if conforms(each):
            lawful += 1
            assert Walk(strict=strict).faults_of(each, name) == []
    assert lawful


@pytest.mark.parametrize("value", [None, "text", [], {}, [badge()]])
def test_only_an_object_conforms(value: object) -> None:
    assert not conforming("AchievementCredential", strict=False)(value)
    assert not conforming("Criteria", strict=False)(value)


def test_an_object_is_met_again_and_again_by_one_test() -> None:
    assert conforming("Profile", strict=True) == conforming("Profile", strict=True)
    assert lint_document(badge()) == lint_document(badge()) == ()
