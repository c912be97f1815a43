"""Passports that lead back to themselves: prerequisites may not, and renewals hardly ever should."""

from typing import Any

import pytest

from app.domain.passports import lint_document, prerequisites_of, renewed_by
from app.domain.rules.facts import Catalogue

Asked = dict[str, set[str]]

IN_THE_RENEWAL = "/renewal/any_of/0"


def asking(*passports: str) -> list[dict[str, Any]]:
    return [{"key": f"has-{each}", "passport": {"passport": each}} for each in passports]


def passport(
    rule: tuple[str, ...] = (), gate: tuple[str, ...] = (), renewal: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the passport `self`, which asks for these passports, in its renewal as one way of two."""
    omitted = {each: {"omit_reason": "a test"} for each in ("experience", "content", "choice")}
    document: dict[str, Any] = {
        "version": "1.0.0",
        "title": "T",
        "sections": omitted,
        "rule": {"key": "root", "all_of": [{"key": "act", "experience": {}}, *asking(*rule)]},
    }
    if gate:
        document["requires"] = {"mode": "before_issue", "leaves": asking(*gate)}
    if renewal:
        ways = [{**each, "key": f"again-{each['key']}"} for each in asking(*renewal)]
        document["renewal"] = {"key": "renew", "any_of": [*ways, {"key": "again", "experience": {}}]}
    return document


def found(
    document: dict[str, Any], ahead: Asked | None = None, renewals: Asked | None = None
) -> list[tuple[str, str]]:
    known = Catalogue(
        {},
        {},
        {},
        prerequisites={key: frozenset(asked) for key, asked in (ahead or {}).items()},
        renewals={key: frozenset(asked) for key, asked in (renewals or {}).items()},
    )
    report = lint_document(document, known, key="self")
    return [(each.pointer, each.code) for each in (*report.faults, *report.warnings)]


@pytest.mark.parametrize(("place", "pointer"), [("rule", "/rule/all_of/1"), ("gate", "/requires/leaves/0")])
def test_no_passport_requires_itself(place: str, pointer: str) -> None:
    around: Asked = {"first": {"second"}, "second": {"self"}, "third": {"fourth"}}
    cycle = [(pointer, "cycle")]
    assert found(passport(**{place: ("self",)}), around) == cycle
    assert found(passport(**{place: ("first",)}), around) == cycle
    assert found(passport(**{place: ("third",)}), around) == []


def test_a_renewal_may_ask_for_other_passports() -> None:
    assert found(passport(renewal=("other",)), {"other": {"third"}}, {"other": {"fourth"}}) == []


def test_nobody_renews_by_the_credential_that_has_expired() -> None:
    [only] = found(passport(renewal=("self",)))
    assert only == (IN_THE_RENEWAL, "unsatisfiable")


@pytest.mark.parametrize(
    ("ahead", "renewals"),
    [
        ({"other": {"self"}}, {}),
        ({"other": {"third"}, "third": {"self"}}, {}),
        ({}, {"other": {"self"}}),
        ({"other": {"third"}}, {"third": {"self"}}),
    ],
)
def test_a_renewal_that_leads_back_is_a_warning(ahead: Asked, renewals: Asked) -> None:
    document = passport(renewal=("other",))
    assert found(document, ahead, renewals) == [(IN_THE_RENEWAL, "circular_renewal")]


def test_the_renewal_of_another_may_lead_back_to_what_is_required_here() -> None:
    renewals = {"other": {"self"}}
    document = passport(rule=("other",))
    assert found(document, {"other": set()}, renewals) == [("/rule/all_of/1", "circular_renewal")]
    assert found(passport(gate=("other",)), {}, renewals) == [("/requires/leaves/0", "circular_renewal")]


def test_the_warning_shows_the_way_back() -> None:
    known = Catalogue(
        {},
        {},
        {},
        prerequisites={"other": frozenset({"third"})},
        renewals={"third": frozenset({"self", "other"})},
    )
    [warning] = lint_document(passport(renewal=("other",)), known, key="self").warnings
    assert "self → other → third → self" in warning.detail


def test_a_ring_that_the_passport_has_no_part_in_ends_the_search() -> None:
    around: Asked = {"first": {"second"}, "second": {"first"}}
    assert found(passport(rule=("first",)), around, around) == []


def test_what_a_stored_passport_asks_for_is_read_apart_from_what_its_renewal_asks_for() -> None:
    document = passport(rule=("one",), gate=("two",), renewal=("three",))
    assert prerequisites_of(document) == {"one", "two"}
    assert renewed_by(document) == {"three"}
    assert renewed_by(passport()) == frozenset()
