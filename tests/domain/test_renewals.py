"""By which rule somebody is judged who renews an expired credential."""

from typing import Any

import pytest

from app.domain.passports import read_passport
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue

RENEWAL: dict[str, Any] = {"key": "renew", "experience": {"within": "P6M"}}
GATE = {"mode": "before_count", "leaves": [{"key": "base", "passport": {"passport": "basic"}}]}


def a_passport(**members: object) -> PassportDefinition:
    rule = {"key": "root", "all_of": [{"key": "one", "experience": {"count": 3}}]}
    around = {"double_counting": "allow", "milestones": [{"node": "one", "title": "T"}], "requires": GATE}
    document = {"key": "small", "version": "1.0.0", "title": "Small", "rule": rule, **around, **members}
    return expand(read_passport(document), Catalogue({}, {}, {}))


def test_whoever_renews_is_judged_by_the_renewal_and_what_stands_around_the_rule() -> None:
    passport = a_passport(renewal=RENEWAL)
    judged = passport.judging(renews=True)
    assert (judged.rule, judged.renewal, judged.milestones) == (passport.renewal, None, ())
    assert (judged.key, judged.double_counting, judged.requires) == ("small", "allow", passport.requires)
    assert [leaf.key for leaf in judged.leaves] == ["renew", "base"]
    assert judged.rule_digest != passport.rule_digest


def test_the_renewal_is_planned_once() -> None:
    passport = a_passport(renewal=RENEWAL)
    assert passport.judging(renews=True).plan is passport.judging(renews=True).plan


@pytest.mark.parametrize(("members", "renews"), [({}, True), ({}, False), ({"renewal": RENEWAL}, False)])
def test_without_a_renewal_or_an_expired_credential_the_whole_rule_judges(
    members: dict[str, Any],
    renews: bool,  # noqa: FBT001 (the case)
) -> None:
    passport = a_passport(**members)
    assert passport.judging(renews=renews) is passport


@pytest.mark.parametrize(
    ("leaf", "looks"),
    [({"partnership": {}}, (False, True)), ({"passport": {"passport": "basic"}}, (True, False))],
)
def test_what_a_renewal_looks_at_is_read(leaf: dict[str, Any], looks: tuple[bool, bool]) -> None:
    passport = a_passport(requires=None, renewal={"key": "renew", **leaf})
    assert (passport.looks_at_credentials, passport.looks_at_partnerships) == looks
