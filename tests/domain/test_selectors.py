"""The words by which a fact finds the versions that it can matter to."""

from typing import Any

import pytest

from app.domain.passports import read_passport
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue
from app.domain.selectors import selectors_of, words_of_report


def words(leaf: dict[str, Any], **members: Any) -> frozenset[str]:  # noqa: ANN401 (parts of a document)
    document = {"key": "small", "version": "1.0.0", "title": "Small", "rule": {"key": "root", **leaf}}
    return selectors_of(expand(read_passport(document | members), Catalogue({}, {}, {})))


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ({"content": {"keys": ["talk", "walk"]}}, {"content:talk", "content:walk"}),
        ({"content": {"tags": ["open"]}}, {"kind:content_completion", "kind:attendance"}),
        ({"content": {"keys": ["talk"], "accept_rpl": True}}, {"content:talk", "kind:rpl"}),
        ({"experience": {"template": "project"}}, {"template:project"}),
        ({"experience": {}}, {"kind:experience"}),
        ({"event": {"event": "summit"}}, {"event:summit"}),
        ({"event": {"role": "facilitator"}}, {"kind:attendance"}),
        ({"all_of": [{"key": "a", "experience": {}}, {"key": "b", "choice": {"evidence": ["artifact"]}}]},
         {"kind:experience", "kind:artifact"}),
    ],
)  # fmt: skip
def test_a_rule_is_looked_up_by_its_narrowest_words(leaf: dict[str, Any], expected: set[str]) -> None:
    assert words(leaf) == expected


def test_a_gate_looks_at_evidence_too() -> None:
    gate = {"mode": "before_issue", "leaves": [{"key": "base", "passport": {"passport": "basic"}}]}
    assert words({"experience": {}}, requires=gate) == {"kind:experience", "kind:credential"}


def test_a_report_has_a_word_for_each_thing_it_names() -> None:
    report = {"kind": "attendance", "title": "Talk", "content": "talk", "event": "summit", "template": None}
    assert words_of_report(report) == {"kind:attendance", "content:talk", "event:summit"}


def test_a_renewal_looks_at_evidence_too() -> None:
    renewal = {"key": "renew", "event": {"event": "gathering"}}
    assert words({"experience": {}}, renewal=renewal) == {"kind:experience", "event:gathering"}
