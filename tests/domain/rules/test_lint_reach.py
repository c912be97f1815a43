"""What nobody could ever meet, and what leaves a single way."""

from typing import Any

import pytest

from app.domain.instants import Duration
from app.domain.rules.definition import OmittedSection, PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Amount, CapPer, Distinct, Leaf
from app.domain.rules.lint import lint
from tests.domain.rules.builders import catalogue, content, leaf

OMITTED = tuple(OmittedSection(section, "a test") for section in ("experience", "content", "choice"))


def found(one: Leaf, known: Catalogue | None = None) -> list[tuple[str, str]]:
    passport = PassportDefinition(
        key="self",
        version="1.0.0",
        title="T",
        rule=one,
        places={"one": "/rule"},
        omitted_sections=OMITTED,
    )
    report = lint(passport, known or catalogue())
    return [(each.pointer, each.code) for each in (*report.faults.found, *report.warnings.found)]


@pytest.mark.parametrize(
    ("fields", "findings"),
    [
        ({"template": ("a", "b"), "count": 3, "distinct": Distinct("template", 3)}, ["distinct"]),
        ({"template": ("a", "b"), "count": 3, "distinct": Distinct("template", 2)}, []),
        ({"template": ("a", "b"), "count": 3, "cap_per": CapPer("template", 1)}, ["cap_per"]),
        ({"template": ("a", "b"), "count": 3, "cap_per": CapPer("month", 1)}, []),
        ({"template": ("a", "b"), "count": 4, "cap_per": CapPer("template", 2)}, []),
    ],
)
def test_more_values_than_are_named_can_never_be_met(fields: dict[str, Any], findings: list[str]) -> None:
    places = [(f"/rule/experience/{name}", "unsatisfiable") for name in findings]
    assert found(leaf("one", **fields)) == places


def test_an_amount_above_its_caps_can_never_be_met() -> None:
    hours = Leaf(
        key="one",
        kind="amount",
        template=("a",),
        amount=Amount("minutes", 100),
        cap_per=CapPer("template", 60),
    )
    assert found(hours) == [("/rule/amount/cap_per", "unsatisfiable")]


def test_a_window_holds_the_shortest_way() -> None:
    day = Duration.parse("P1D")
    assert found(Leaf(key="one", kind="choice", min_minutes=1441, within=day)) == [
        ("/rule/choice/within", "unsatisfiable")
    ]
    assert found(Leaf(key="one", kind="choice", min_minutes=1440, within=day)) == []
    long = catalogue(content("talk", mode="hybrid", effort_minutes=3000))
    assert found(Leaf(key="one", kind="content", within=day), long) == [
        ("/rule/content/within", "unsatisfiable")
    ]


def test_a_choice_of_one_kind_is_hardly_one() -> None:
    assert found(Leaf(key="one", kind="choice", evidence=("learning_log",))) == [("/rule", "one_route")]


def test_a_list_of_trusted_issuers_that_nobody_made_is_a_warning() -> None:
    asking = Leaf(key="one", kind="credential", issuers=("trusted:providers", "did:key:z6Mk"))
    assert found(asking) == [("/rule/credential/issuers", "unknown_reference")]
    assert found(asking, Catalogue({}, {}, {}, trusted={"providers": frozenset()})) == []
