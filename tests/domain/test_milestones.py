"""Milestones as passports of their own."""

from app.domain.achievements import build_achievement
from app.domain.milestones import as_passport, earned_key, split_key, still_due, with_credentials
from app.domain.rules.definition import Gate, Milestone
from app.domain.rules.language import Leaf
from tests.domain.community_leadership import CATALOGUE, PLACE, URL, a_passport
from tests.domain.rules.builders import all_of, definition, leaf


def test_a_name_in_public_tells_the_passport_and_the_part() -> None:
    assert earned_key("small", None) == earned_key("small", "") == "small"
    assert split_key(earned_key("small.elsewhere", "project")) == ("small.elsewhere", "project")
    assert split_key("small") == ("small", "")


def test_the_achievement_of_a_part_tells_of_nothing_else() -> None:
    passport = a_passport()
    content = Milestone("content", "Leadership Framework Explorer")
    found = build_achievement(as_passport(passport, content), CATALOGUE, PLACE.of_milestone("content"))
    whole = build_achievement(passport, CATALOGUE, PLACE)
    assert found["id"] == URL.replace("community-leadership", "community-leadership~content")
    assert (found["name"], found["achievementType"]) == (content.title, "Badge")
    assert found["humanCode"] == "community-leadership~content"
    assert found["alignment"] == whole["alignment"]
    assert 0 < len(found["resultDescription"]) < len(whole["resultDescription"])
    assert found["criteria"]["narrative"].startswith(f"To earn **{content.title}**, meet this requirement:")
    assert "Run a project" not in found["criteria"]["narrative"]
    assert passport.title in found["description"]


def test_a_gate_before_the_issue_is_the_passports_alone() -> None:
    base = (Leaf(key="base", kind="passport", passport="base"),)
    part = Milestone("one", "First")
    for mode, holds in (("before_issue", False), ("before_count", True)):
        gate = Gate("before_issue", base) if mode == "before_issue" else Gate("before_count", base)
        passport = definition(all_of("root", leaf("one"), leaf("two")), milestones=(part,), requires=gate)
        assert (as_passport(passport, part).requires == gate) is holds


def test_a_part_that_had_another_key_is_due_no_more() -> None:
    passport = definition(all_of("root", leaf("one"), leaf("two")), moved=(("first", "one"),))
    assert still_due(("one", "two"), (), passport) == ("one", "two")
    assert still_due(("one", "two"), ("first",), passport) == ("two",)
    assert still_due(("one", "two"), ("one", "two"), passport) == ()


def test_a_progress_answer_leads_to_the_credentials() -> None:
    shown = with_credentials({"milestones": [{"node": "one"}, {"node": "two"}]}, {"one": "https://x/1"})
    assert shown["milestones"] == [
        {"node": "one", "credential": "https://x/1"},
        {"node": "two", "credential": None},
    ]
