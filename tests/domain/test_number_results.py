"""Results that are a number: what a passport asks for, and what a credential says was reached."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from app.domain.achievements import build_credential
from app.domain.digests import digest_of
from app.domain.evaluations import read_completion
from app.domain.evidence import EvidenceReport, Standing, evidence_row
from app.domain.milestones import as_passport
from app.domain.passports import lint_document, load_published, normalise, publish, read_passport
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue
from app.domain.rules.progress import Completion
from app.domain.rules.reasons import quantity
from app.signing.lint import lint_document as refusals
from tests.domain.community_leadership import NOW, an_achievement
from tests.domain.test_achievement_credentials import some_facts

NOTHING = Catalogue({}, {}, {})
HOURS: dict[str, Any] = {
    "key": "hours",
    "title": "Two hours of practice",
    "section": "experience",
    "amount": {"unit": "minutes", "at_least": "2h", "of": {"kinds": ["experience"]}},
    "result": {"type": "ext:Minutes"},
}
QUIZ: dict[str, Any] = {
    "key": "quiz",
    "title": "Pass the quiz",
    "section": "content",
    "assessment": {"min_score": 0.75},
    "result": {"type": "RawScore"},
}


def passport(*nodes: dict[str, Any]) -> dict[str, Any]:
    sections = {each: {"omit_reason": "a test"} for each in ("experience", "content", "choice")}
    return {
        "key": "numbers",
        "version": "1.0.0",
        "title": "Numbers",
        "sections": sections,
        "rule": {"key": "root", "all_of": list(nodes)},
    }


def test_a_credential_says_what_number_was_reached() -> None:
    definition = publish(read_passport(passport(HOURS, QUIZ)), NOTHING).definition
    told = {
        "walk": EvidenceReport(kind="experience", title="Walk", occurred_at=NOW, minutes=150),
        "quiz": EvidenceReport(kind="assessment", title="Quiz", occurred_at=NOW, score=Fraction(17, 20)),
    }
    rows = [
        evidence_row(each, Standing(id=key, status="accepted", assurance="reviewed", recorded_at=NOW))
        for key, each in told.items()
    ]
    evaluation = evaluate(definition, rows, NOTHING, as_of=NOW)
    achievement = an_achievement(definition)
    hours, quiz = achievement["resultDescription"]
    assert (hours["resultType"], hours["requiredValue"], hours["valueMin"]) == ("ext:Minutes", "120", "120")
    assert "valueMax" not in hours
    assert (quiz["resultType"], quiz["requiredValue"]) == ("RawScore", "0.75")
    assert (quiz["valueMin"], quiz["valueMax"]) == ("0", "1")
    document = build_credential(Completion(evaluation), achievement, some_facts(told))
    values = [each["value"] for each in document["credentialSubject"]["result"]]
    assert values == ["150", "0.85"]
    assert refusals(document) == ()
    frozen = evaluation.to_document(enrolment="e")
    again = build_credential(read_completion(frozen, definition), achievement, some_facts(told))
    assert digest_of(again) == digest_of(document)


@pytest.mark.parametrize(
    ("node", "result"),
    [
        (QUIZ, {"type": "ext:Minutes"}),
        (HOURS | {"amount": {"unit": "points", "at_least": 3, "of": {}}}, {"type": "ext:Minutes"}),
        ({"key": "deed", "section": "experience", "experience": {"template": "x"}}, {"type": "RawScore"}),
        ({"key": "deed", "all_of": [HOURS]}, {"type": "RawScore"}),
    ],
)
def test_a_number_is_shown_only_of_what_has_one(node: dict[str, Any], result: dict[str, str]) -> None:
    found = lint_document(passport(node | {"result": result}), NOTHING).faults
    assert [(each.pointer, each.code) for each in found] == [("/rule/all_of/0/result", "wrong_value")]


def test_an_amount_of_points_has_a_raw_score() -> None:
    points = HOURS | {"amount": {"unit": "points", "at_least": 3, "of": {}}, "result": {"type": "RawScore"}}
    definition = publish(read_passport(passport(points)), NOTHING).definition
    [description] = an_achievement(definition)["resultDescription"]
    assert (description["resultType"], description["valueMin"]) == ("RawScore", "3")


def worth(offered: float, *earned: int | None) -> tuple[Any, dict[str, Any]]:
    """Return the definition and the credential of a passport worth this much, for deeds that earned this."""
    deed = {"key": "deed", "section": "experience", "experience": {"count": len(earned)}}
    definition = publish(read_passport(passport(deed) | {"credits": offered}), NOTHING).definition
    told = {
        f"deed-{number}": EvidenceReport(kind="experience", title="Deed", occurred_at=NOW, credits=each)
        for number, each in enumerate(earned)
    }
    rows = [
        evidence_row(each, Standing(id=key, status="accepted", assurance="reviewed", recorded_at=NOW))
        for key, each in told.items()
    ]
    completion = Completion(evaluate(definition, rows, NOTHING, as_of=NOW))
    return definition, build_credential(completion, an_achievement(definition), some_facts(told))


@pytest.mark.parametrize(
    ("offered", "earned", "said"),
    [
        (3, (1, 1), 2),
        (2.5, (1, None), 1),
        (2.5, (1, 2), 2.5),
        (3.0, (3,), 3),
        (3, (None,), None),
        (0.01, (0,), None),
    ],
)
def test_a_credential_says_how_many_of_the_credits_were_earned(
    offered: float, earned: tuple[int | None, ...], said: float | None
) -> None:
    definition, document = worth(offered, *earned)
    subject = document["credentialSubject"]
    assert subject["achievement"]["creditsAvailable"] == offered
    assert subject.get("creditsEarned") == said
    assert refusals(document) == ()
    assert load_published(normalise(definition), NOTHING) == definition


def test_credits_are_those_of_the_whole_passport() -> None:
    deed = {"key": "deed", "section": "experience", "experience": {}}
    milestones = [{"node": "deed", "title": "A deed"}]
    given = passport(deed) | {"milestones": milestones, "credits": 2}
    definition = publish(read_passport(given), NOTHING).definition
    [milestone] = definition.milestones
    assert "creditsAvailable" not in an_achievement(as_passport(definition, milestone))


def test_without_credits_of_the_passport_none_are_earned() -> None:
    definition, _ = worth(3, 2)
    bare = replace(definition, credits=None)
    assert "creditsAvailable" not in an_achievement(bare)
    assert "credits" not in normalise(bare)


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (0, "minutes", "0 minutes"),
        (61, "minutes", "1 hour and 1 minute"),
        (1200, "minutes", "20 hours"),
        (45, "minutes", "45 minutes"),
        (1, "points", "1 point"),
        (2, "credits", "2 credits"),
    ],
)
def test_amounts_are_said_as_people_say_them(amount: int, unit: str, said: str) -> None:
    assert quantity(amount, unit) == said
