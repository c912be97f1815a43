import pytest

from app.domain.achievements import building_blocks, describe_criteria, issuer_profile
from tests.domain.community_leadership import (
    BLOCKS,
    CATALOGUE,
    DOCUMENT,
    ISSUER,
    URL,
    a_passport,
    an_achievement,
)

# The achievement ------------------------------------------------------------------------------------


def test_an_achievement_is_the_version_that_was_published() -> None:
    achievement = an_achievement()
    assert achievement["id"] == URL
    assert achievement["type"] == ["Achievement"]
    assert (achievement["humanCode"], achievement["version"]) == ("community-leadership", "1.0.0")
    assert achievement["name"] == "Community Leadership Passport"
    assert achievement["criteria"] == {
        "id": f"{URL}/criteria",
        "narrative": describe_criteria(a_passport(), CATALOGUE),
    }
    assert achievement["image"]["id"] == f"{URL}/image.png"
    assert achievement["image"]["type"] == "Image"
    assert "tag" not in achievement


def test_the_authors_description_and_tags_are_taken_over() -> None:
    achievement = an_achievement(a_passport(description="For those who lead.", tags=["leadership"]))
    assert achievement["description"] == "For those who lead."
    assert achievement["tag"] == ["leadership"]
    assert "Community Leadership Passport" in an_achievement()["description"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Certificate"),
        ({"valid_for": "P2Y"}, "Certification"),
        ({"issue": {"achievement_type": "MicroCredential"}, "valid_for": "P2Y"}, "MicroCredential"),
        ({"issue": {"achievement_type": "ext:LeadershipPassport"}}, "ext:LeadershipPassport"),
    ],
)
def test_what_expires_is_a_certification(changes: dict[str, object], expected: str) -> None:
    assert an_achievement(a_passport(**changes))["achievementType"] == expected


def test_every_covered_item_is_aligned_with_its_page() -> None:
    alignments = an_achievement()["alignment"]
    assert [alignment["targetName"] for alignment in alignments] == list(BLOCKS.values())
    assert alignments[0] == {
        "type": ["Alignment"],
        "targetName": "Working Open",
        "targetCode": "working-open",
        "targetFramework": "Participation Leadership Framework 0.1",
        "targetUrl": "https://passports.example/frameworks/participation-leadership/0.1#working-open",
        "targetDescription": "Shows the work while it is done.",
    }
    assert "targetDescription" not in alignments[1]


def test_an_item_covered_twice_is_aligned_once() -> None:
    coverage = DOCUMENT["rule"]["all_of"][0]["coverage"]
    rule = {"key": "root", "all_of": [{"key": key, "coverage": coverage} for key in ("once", "again")]}
    achievement = an_achievement(a_passport(rule=rule))
    assert len(achievement["alignment"]) == len(BLOCKS)
    assert len(achievement["resultDescription"]) == 2 * len(BLOCKS)


def test_each_item_and_each_shown_node_has_a_result_description() -> None:
    described = an_achievement()["resultDescription"]
    assert [(each["id"].removeprefix(URL), each["name"], each["resultType"]) for each in described] == [
        ("#rd-content/working-open", "Working Open", "Status"),
        ("#rd-content/empowering-teams", "Empowering Teams and People", "Status"),
        ("#rd-community-project", "Run a project in your community", "RubricCriterionLevel"),
        ("#rd-choice", "Learn something you chose", "Status"),
    ]
    assert described[0]["alignment"][0]["targetCode"] == "working-open"


def test_rubric_levels_go_from_low_to_high_and_one_is_required() -> None:
    description = an_achievement()["resultDescription"][2]
    levels = description["rubricCriterionLevel"]
    assert [(level["name"], level["level"]) for level in levels] == [
        ("Started", "1"),
        ("Achieved", "2"),
        ("Lasting", "3"),
    ]
    assert levels[0]["description"] == "Something has begun."
    assert "description" not in levels[1]
    assert description["requiredLevel"] == levels[1]["id"] == f"{URL}#lv-community-project:outcome:achieved"


def test_a_rule_that_shows_and_covers_nothing_has_neither_results_nor_alignments() -> None:
    achievement = an_achievement(a_passport(rule={"key": "leaf", "event": {}}))
    assert "alignment" not in achievement
    assert "resultDescription" not in achievement


def test_the_badge_shows_the_blocks_or_else_the_parts_of_the_rule() -> None:
    assert building_blocks(a_passport()) == tuple(BLOCKS.values())
    parts = [{"key": "a", "title": "Meet", "event": {}}, {"key": "b", "event": {}}]
    assert building_blocks(a_passport(rule={"key": "root", "all_of": parts})) == ("Meet",)
    assert building_blocks(a_passport(rule={"key": "leaf", "title": "Meet", "event": {}})) == ("Meet",)


def test_a_node_without_a_title_is_shown_by_its_key() -> None:
    rule = {"key": "meeting", "event": {}, "result": {"type": "Status"}}
    assert an_achievement(a_passport(rule=rule))["resultDescription"][0]["name"] == "meeting"


# The issuer -----------------------------------------------------------------------------------------


def test_a_profile_leaves_out_what_the_issuer_does_not_say() -> None:
    assert issuer_profile(did="did:key:z6Mk", name="Open Network", url="https://network.example") == {
        "id": "did:key:z6Mk",
        "type": ["Profile"],
        "name": "Open Network",
        "url": "https://network.example",
    }
    assert ISSUER["image"] == {"id": "https://network.example/logo.png", "type": "Image"}
