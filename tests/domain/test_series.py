"""Series: passports that together are worth a credential."""

from pathlib import Path
from typing import Any

import pytest

from app import strict_yaml
from app.domain.achievements import build_achievement
from app.domain.passports import (
    lint_document,
    load_published,
    normalise,
    prerequisites_of,
    publish,
    read_definition,
    read_series,
)
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.selectors import CREDENTIAL_WORDS, selectors_of
from app.errors import InvalidPayloadError, LintFailedError
from tests.domain.community_leadership import PLACE
from tests.domain.rules.builders import NOW, row, statuses

EXAMPLE = Path(__file__).parents[2] / "examples" / "iot-project-lead" / "series.yaml"
PUBLISHED = {
    "community-leadership": ("1.0.0", "3.0.0"),
    "rust-project-lead": ("1.0.0",),
    "iot-project-lead": ("1.2.0",),
}
KNOWN = Catalogue({}, {}, {}, versions=PUBLISHED)


def written(**members: Any) -> dict[str, Any]:  # noqa: ANN401 (any member)
    example: dict[str, Any] = strict_yaml.loads(EXAMPLE.read_bytes()).value
    return example | members


def held(number: int, passport: str, version: str = "1.0.0", **fields: object) -> EvidenceRow:
    own = {"verified": True, "bound": True, "assurance": "signed", "passport": passport, "version": version}
    return row(number, "credential", **{**own, **fields})


def progress(*rows: EvidenceRow, **members: Any) -> dict[str, Any]:  # noqa: ANN401 (any member)
    series = publish(read_series(written(**members)), KNOWN).definition
    return evaluate(series, rows, KNOWN, as_of=NOW).to_document(enrolment="n1")


def test_the_example_is_complete_with_both_required_passports_and_one_of_the_others() -> None:
    base, lead, rust = (
        held(number, key)
        for number, key in enumerate(("community-leadership", "iot-project-lead", "rust-project-lead"))
    )
    done = progress(base, lead, rust)
    assert (done["complete"], done["units"]["total"]) == (True, 3)
    short = progress(base, rust)
    assert statuses(short) == {
        "series": "partial",
        "community-leadership": "met",
        "iot-project-lead": "unmet",
        "others": "met",
        "building-bridges": "unmet",
        "rust-project-lead": "met",
    }
    assert [each["group"] for each in short["shortfalls"]] == [["iot-project-lead"]]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"revoked": True}, "lapsed"),
        ({"valid_until": NOW}, "lapsed"),
        ({"version": "3.0.0"}, "unmet"),
        ({"version": "2.9.0"}, "met"),
    ],
)
def test_a_member_counts_while_it_is_in_force_and_in_the_range(fields: dict[str, Any], status: str) -> None:
    members = [{"passport": "community-leadership", "version": ">=1.0.0 <3", "title": "The first"}]
    found = progress(held(1, "community-leadership", **fields), members=members, complete_when=None)
    assert statuses(found)["community-leadership"] == status


@pytest.mark.parametrize(
    ("required", "n", "shape"),
    [
        ((), 2, ("series", 2)),
        ((0,), 1, ("series", 1)),
        ((0,), 2, ("others", 1)),
        ((0, 1, 2), None, None),
    ],
)
def test_so_many_of_the_members_are_asked_for(
    required: tuple[int, ...], n: int | None, shape: tuple[str, int] | None
) -> None:
    keys = ("community-leadership", "rust-project-lead", "iot-project-lead")
    members = [{"passport": key, "required": number in required} for number, key in enumerate(keys)]
    asked = None if n is None else {"n": n}
    found = progress(held(1, keys[0]), members=members, complete_when=asked)
    assert found["units"] == {"met": 1, "waived": 0, "pending": 0, "total": n or 3}
    choices = [(each["key"], each["need"]) for each in found["nodes"] if each["key"] in ("others", "series")]
    assert shape is None or shape in choices


def test_a_series_is_stored_and_read_back_as_it_was() -> None:
    more: dict[str, Any] = {
        "version": "2.1.0",
        "description": "Three of four.",
        "owner": {"hub": "iot"},
        "tags": ["iot"],
        "valid_for": "P3Y",
        "migration": "stay",
        "issue": {"mode": "on_approval", "approvers": {"role": "mentor"}, "suspendable": True},
        "achievement": {"title": "Leader of Things", "achievement_type": "Award"},
    }
    members = [{"passport": "community-leadership", "version": ">=1.0.0", "required": True, "title": "First"}]
    for document in (written(), written(**more), written(members=members, complete_when={})):
        series = read_series(document)
        normal = normalise(series)
        assert read_definition(normal) == series
        assert normalise(read_definition(normal)) == normal
        assert load_published(normal, KNOWN).rule == series.rule


def test_the_achievement_has_the_title_that_the_series_gives_it() -> None:
    series = publish(read_series(written(achievement={"title": "Leader of Things"})), KNOWN).definition
    found = build_achievement(series, KNOWN, PLACE)
    assert (found["name"], found["achievementType"]) == ("Leader of Things", "Certificate")
    assert found["description"] == "Earned by completing the series “IoT Leadership Series”."
    assert "counts for two requirements" not in found["criteria"]["narrative"]
    plain = build_achievement(read_series(written(achievement=None)), KNOWN, PLACE)
    assert plain["name"] == "IoT Leadership Series"


def test_credentials_are_what_a_series_looks_at() -> None:
    series = read_series(written())
    assert series.looks_at_credentials
    assert selectors_of(series) == CREDENTIAL_WORDS
    assert prerequisites_of(normalise(series)) == set(PUBLISHED) | {"building-bridges"}


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"members": []}, "/members", "empty_group"),
        ({"members": [{"passport": "one-a"}, {"passport": "one-a"}]}, "/members/1/passport", "duplicate_key"),
        ({"members": [{"passport": "others"}]}, "/members/0/passport", "wrong_value"),
        ({"members": [{"passport": "one-a", "version": "new"}]}, "/members/0/version", "wrong_value"),
        ({"complete_when": {"n": 5}}, "/complete_when/n", "n_too_large"),
        ({"complete_when": {"n": 1}}, "/complete_when/n", "wrong_value"),
        ({"complete_when": {"n": 3, "of": 4}}, "/complete_when/of", "unknown_key"),
        ({"issue": {"achievement_type": "Badge"}}, "/issue/achievement_type", "unknown_key"),
        ({"kind": "Passport"}, "/kind", "wrong_value"),
        ({"rule": {}}, "/rule", "unknown_key"),
    ],
)
def test_what_is_wrong_with_a_series_is_said_where_it_stands(
    members: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        read_series(written(**members))
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_member_that_nobody_can_earn_is_a_warning_as_long_as_there_are_enough() -> None:
    found = lint_document(written(), KNOWN)
    assert found.blocking == ()
    assert [(each.pointer, each.code) for each in found.warnings] == [
        ("/members/1/passport", "unknown_reference")
    ]
    short = lint_document(written(complete_when={"n": 4}), KNOWN)
    assert [each.pointer for each in short.faults] == ["/members/1/passport"]
    required = [
        {"passport": "iot-project-lead", "version": ">=2", "required": True},
        {"passport": "rust-project-lead"},
    ]
    ranged = lint_document(written(members=required, complete_when=None), KNOWN)
    assert [(each.pointer, each.hint) for each in ranged.faults] == [
        ("/members/0/passport", "Published: 1.2.0.")
    ]
    nothing = lint_document(written(), Catalogue({}, {}, {}))
    assert len(nothing.faults) == 4


def test_a_series_does_not_ask_for_itself() -> None:
    around = Catalogue(
        {}, {}, {}, versions=PUBLISHED, prerequisites={"iot-project-lead": frozenset({"iot-leadership"})}
    )
    with pytest.raises(LintFailedError) as caught:
        publish(read_series(written()), around)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/members/3", "cycle")]
    assert "iot-leadership → iot-project-lead → iot-leadership" in caught.value.faults[0].detail
