"""The JSON Schema and the reader say the same of a document, as far as a schema can."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app import strict_yaml
from app.domain.passport_schemas import passport_schema, series_schema
from app.domain.passports import normalise, read_passport, read_series
from app.errors import InvalidPayloadError

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSPORTS = [strict_yaml.loads(file.read_bytes()).value for file in sorted(EXAMPLES.glob("*/passport.yaml"))]
VALIDATOR = Draft202012Validator(passport_schema())
SHAPES = {"unknown_key", "missing_key", "wrong_type", "missing_kind", "two_kinds", "too_long"}
"""Faults that a schema can always see."""

EVERYTHING: dict[str, Any] = {
    "kind": "Passport",
    "key": "everything",
    "version": "1.0.0-beta.1",
    "title": "Everything",
    "description": "All that the language has.",
    "tags": "one",
    "owner": {"org": "us", "hub": "iot"},
    "issue": {
        "mode": "on_approval",
        "achievement_type": "ext:Own",
        "approvers": {"role": "mentor", "count": 2},
        "suspendable": True,
        "on_invalidated": "suspend",
        "completion_holds": "P30D",
    },
    "migration": {"mode": "force", "on": "2030-01-31", "reason": "a law"},
    "double_counting": "per_section",
    "exclude_evidence_used_by": ["other"],
    "grants_role": {"role": "mentor"},
    "moved": {"old": "c1"},
    "valid_for": "P2Y",
    "credits": 2.5,
    "sections": {"choice": {"omit_reason": "none"}},
    "milestones": [{"node": "c1", "title": "One", "achievement_type": "Badge"}],
    "requires": {
        "mode": "before_issue",
        "leaves": [{"key": "gate", "passport": {"passport": "base-one", "version": ">=1.0.0 <3"}}],
    },
    "renewal": {"key": "renew", "event": {"event": "gathering", "within": "P6M"}},
    "rule": {
        "key": "root",
        "title": "Root",
        "hint": "All of it",
        "all_of": [
            {
                "key": "c1",
                "section": "content",
                "content": {"keys": "talk", "tags": ["a"], "mode": ["online"]},
            },
            {
                "key": "cover",
                "coverage": {
                    "framework": "f-one@1",
                    "items": ["a", "b"],
                    "n": 1,
                    "each": {
                        "content": {"alignment": "primary", "accept_crosswalk": ["exact"], "shared": False}
                    },
                },
            },
            {
                "key": "some",
                "n_of": {
                    "n": 1,
                    "from": [
                        {"key": "s1", "choice": {"evidence": ["artifact"], "reflection": "required"}},
                        {
                            "key": "s2",
                            "artifact": {
                                "form": "f-one@1",
                                "checks": [
                                    {"path": "a[].b", "op": "in", "value": [1, "x"]},
                                    {"path": "a", "op": "exists"},
                                    {"path": "a", "op": "count_gte", "value": 2},
                                    {"path": "a", "op": "eq", "value": True},
                                    {"path": "a", "op": "gte", "value": 1.5},
                                ],
                            },
                        },
                    ],
                },
            },
            {"key": "any", "any_of": [{"key": "a1", "assessment": {"rubric": "r-one", "min_score": 0.5}}]},
            {
                "key": "level",
                "assessment": {"rubric": "r-one", "min_level": {"criterion": "c-one", "level": "good"}},
                "result": {"type": "RubricCriterionLevel", "rubric": "r-one"},
            },
            {
                "key": "exp",
                "experience": {
                    "opportunity": {"hub": "iot"},
                    "count": 3,
                    "distinct": {"by": "template", "at_least": 2},
                    "cap_per": {"by": "template", "max": 2},
                    "after": "2016-01-01",
                    "before": "2017-01-01T00:00:00Z",
                    "min_level": {"rubric": "r-one@1", "criterion": "c-one", "level": "good"},
                    "pool": "own",
                    "accept_rpl": True,
                },
            },
            {"key": "pa", "partnership": {"status_at_least": "designed", "priority": 1, "shared": True}},
            {"key": "en", "endorsement": {"by_role": "mentor", "assurance": "attested"}},
            {
                "key": "cr",
                "credential": {"issuers": ["did:web:a.example", "trusted:ours"], "achievement": "b"},
            },
            {"key": "ev", "evidence": {"kinds": ["artifact"], "where": {"topics": ["a"], "min_minutes": 5}}},
            {
                "key": "am",
                "amount": {
                    "unit": "minutes",
                    "at_least": "20h",
                    "of": {"kinds": ["experience"], "assurance": "self"},
                    "cap_per": {"by": "month", "max": "8h"},
                    "within": "P1Y",
                },
            },
            {"key": "am2", "amount": {"unit": "points", "at_least": 5, "of": {}}},
            {"key": "op", "optional": True, "result": {"type": "Status"}, "choice": {"recommend": True}},
        ],
    },
}
CORPUS = [*PASSPORTS, EVERYTHING]


def faults_of(document: Any) -> set[str]:  # noqa: ANN401 (any JSON value)
    try:
        read_passport(document)
    except InvalidPayloadError as error:
        return {fault.code for fault in error.faults}
    return set()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(passport_schema())


@pytest.mark.parametrize("document", CORPUS, ids=lambda each: each["key"])
def test_what_the_reader_takes_fits_the_schema_and_so_does_its_normal_form(document: dict[str, Any]) -> None:
    assert faults_of(document) == set()
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    normal = normalise(read_passport(document))
    assert [error.message for error in VALIDATOR.iter_errors(normal)] == []


PLACES = 60

STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2.5, 10**9, "", " ", "x", "No Word", "P1Y", "2016-01-01", "a" * 6000),
    *([], [1], ["x"], {}, {"x": 1}, "1.0.0", "20h", "all", "offer", "self", "exact"),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 (any JSON value)
    """Yield each container of a document with each of its keys or numbers."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def mutants(document: Any, chance: random.Random) -> Iterator[Any]:  # noqa: ANN401 (any JSON value)
    """Yield copies of a document with one thing changed, added or taken away."""
    everywhere = range(len(list(places(document))))
    for number in chance.sample(everywhere, min(PLACES, len(everywhere))):
        for change in ("replace", "delete", "add", "swap"):
            mutant = copy.deepcopy(document)
            container, key = list(places(mutant))[number]
            if change == "replace":
                container[key] = chance.choice(STRANGE)
            elif change == "delete":
                del container[key]
            elif change == "swap":
                container[key] = copy.deepcopy(chance.choice([each[at] for each, at in places(document)]))
            elif isinstance(container, dict):
                names = (
                    "strange",
                    "title",
                    "count",
                    "shared",
                    "pool",
                    "min_level",
                    "content",
                    "n",
                    "rubric",
                    "value",
                )
                container[chance.choice(names)] = chance.choice(STRANGE)
            yield mutant


@pytest.mark.parametrize("document", CORPUS, ids=lambda each: each["key"])
def test_they_agree_about_documents_with_a_mistake(document: dict[str, Any]) -> None:
    seed = random.randrange(10**9)  # noqa: S311 (chooses test cases)
    chance = random.Random(seed)  # noqa: S311 (as above)
    refused = 0
    for mutant in mutants(document, chance):
        faults, fits = faults_of(mutant), VALIDATOR.is_valid(mutant)
        assert fits or faults, (seed, mutant, [error.message for error in VALIDATOR.iter_errors(mutant)])
        assert not (fits and SHAPES & faults), (seed, mutant, faults)
        refused += not fits
    assert refused > 50, seed


def test_a_version_in_a_bundle_fits_the_schema_with_its_state() -> None:
    state = {"status": "retired", "retires_at": "2030-01-31T00:00:00Z"}
    for document, validator in ((CORPUS[0], VALIDATOR), (SERIES, Draft202012Validator(series_schema()))):
        assert validator.is_valid(document | state)
        assert not validator.is_valid(document | {"status": "closed"})


SERIES: dict[str, Any] = {
    "kind": "Series",
    "key": "both",
    "version": "1.1.0",
    "title": "Both",
    "description": "Two of two.",
    "owner": {"org": "us"},
    "tags": ["iot"],
    "members": [
        {"passport": "one-a", "version": ">=1 <3", "required": True, "title": "One"},
        {"passport": "two-b"},
    ],
    "complete_when": {"required": "all", "n": 2},
    "achievement": {"title": "Both of them", "achievement_type": "Award"},
    "issue": {"mode": "on_approval", "approvers": {"role": "mentor"}, "suspendable": True},
    "migration": "stay",
    "valid_for": "P2Y",
}


def test_the_schema_of_a_series_takes_what_its_reader_takes() -> None:
    validator = Draft202012Validator(series_schema())
    Draft202012Validator.check_schema(series_schema())
    example = strict_yaml.loads((EXAMPLES / "iot-project-lead" / "series.yaml").read_bytes()).value
    for document in (SERIES, example, normalise(read_series(SERIES)), normalise(read_series(example))):
        assert not list(validator.iter_errors(document))
    for name in SERIES:
        if name not in ("kind", "version"):
            wrong = SERIES | {name: 7}
            assert not validator.is_valid(wrong), name
            with pytest.raises(InvalidPayloadError):
                read_series(wrong)
    issue = SERIES["issue"] | {"achievement_type": "Award"}
    assert not validator.is_valid(SERIES | {"issue": issue})
