"""Hubs and vocabularies in a rule: whose approval counts, which words are one, what a rule may name."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.achievements import describe_criteria
from app.domain.content import ApprovalInterval, ContentItem
from app.domain.hubs import Hub
from app.domain.passports import lint_document
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Leaf
from app.domain.simulations import simulate
from app.domain.vocabularies import Term, Vocabulary

NOTHING = Catalogue({}, {}, {})
JANUARY = datetime(2016, 1, 1, tzinfo=UTC)
VOCABULARIES = [
    {
        "key": "topic",
        "terms": [
            {"key": "open-source", "label": {"en": "Free & open source"}, "aliases": ["opensource", "foss"]},
            {"key": "iot", "label": {"en": "Internet of Things"}},
        ],
    },
    {
        "key": "experience-kind",
        "terms": [{"key": "mentoring", "label": {"en": "Mentoring"}, "aliases": ["mentorship"]}],
    },
]
HUBS = [
    {"key": "science", "name": "Science"},
    {"key": "things", "name": "Internet of Things", "parent": "science"},
    {"key": "lamps", "name": "Lamps", "parent": "things"},
    {"key": "policy", "name": "Policy"},
]
KNOWN = Catalogue(
    {},
    {},
    {},
    vocabularies={
        "topic": Vocabulary("topic", (Term("open-source", {"en": "Free & open source"}, ("opensource",)),)),
        "experience-kind": Vocabulary(
            "experience-kind", (Term("mentoring", {"en": "Mentoring of newcomers"}, ("mentorship",)),)
        ),
    },
    hubs={"things": Hub("things", "Internet of Things")},
)


def passport(rule: dict[str, Any], **members: object) -> dict[str, Any]:
    return {"version": "1.0.0", "title": "P", "rule": {"key": "leaf", **rule}, **members}


def a_talk(**members: object) -> dict[str, Any]:
    talk = {"key": "talk", "title": "Talk", "origin": "in_house", "mode": "hybrid"}
    return {**talk, "approvals": [{"from": "2016-01-01"}], **members}


def judge(asked: dict[str, Any], talk: dict[str, Any], **row: object) -> dict[str, Any]:
    """Return the progress answer for one completion of a talk."""
    done = {
        "id": "ev_1",
        "kind": "content_completion",
        "content": "talk",
        "occurred_at": "2016-02-01T09:00:00Z",
        "status": "accepted",
        **row,
    }
    document = {
        "passport": asked,
        "evidence": [done],
        "as_of": "2016-03-01T09:00:00Z",
        "catalogue": {"content": [talk], "hubs": HUBS, "vocabularies": VOCABULARIES},
    }
    return simulate(document, "p", None, NOTHING).to_document(enrolment="simulation")


@pytest.mark.parametrize(
    ("owner", "status"),
    [("things", "met"), ("lamps", "met"), ("science", "unmet"), ("policy", "unmet"), (None, "unmet")],
)
def test_an_approval_of_a_hub_counts_for_its_passports_and_those_below(
    owner: str | None, status: str
) -> None:
    approvals = [{"from": "2016-01-01", "hub": "things"}, {"from": "2020-01-01"}]
    owned = {} if owner is None else {"owner": {"hub": owner}}
    answer = judge(passport({"content": {}}, **owned), a_talk(approvals=approvals))
    assert answer["status"] == status
    if status == "met":
        assert "approved 2016-01-01" in answer["nodes"][0]["claimed"][0]["why"]
    else:
        [unused] = answer["unused_evidence"]
        assert "was approved on 2016-02-01 for the hub 'things' only" in unused["why_not"]


def test_an_approval_of_the_network_counts_everywhere() -> None:
    answer = judge(passport({"content": {}}, owner={"hub": "policy"}), a_talk())
    assert answer["status"] == "met"


def test_next_steps_name_only_what_is_approved_for_the_passport() -> None:
    approvals = [{"from": "2016-01-01", "hub": "things"}, {"from": "2016-01-01", "to": "2016-01-02"}]
    for owner, refs in (("lamps", ["content:talk"]), ("policy", [])):
        asked = passport({"content": {}}, owner={"hub": owner})
        answer = judge(asked, a_talk(approvals=approvals), content=None)
        assert [step["ref"] for step in answer["next_steps"]] == refs


def test_content_that_another_hub_approved_is_no_route() -> None:
    talk = ContentItem("talk", "Talk", "session", "in_house", "hybrid")
    known = replace(KNOWN, content={"talk": talk.with_approvals([ApprovalInterval(JANUARY, hub="things")])})
    for hub, codes in (("things", []), (None, ["no_route"])):
        owned = {} if hub is None else {"owner": {"hub": hub}}
        found = lint_document(passport({"content": {"keys": ["talk"]}}, **owned), known, key="p")
        assert [fault.code for fault in found.faults] == codes


@pytest.mark.parametrize("asked", ["open-source", "opensource", "foss"])
@pytest.mark.parametrize("said", ["open-source", "FOSS", "opensource"])
def test_words_for_one_topic_are_one(asked: str, said: str) -> None:
    own = passport({"choice": {"topics": [asked]}})
    assert judge(own, a_talk(), topics=[said])["status"] == "met"
    assert judge(own, a_talk(topics=[said]))["status"] == "met"
    assert judge(own, a_talk(topics=["iot"]), topics=["iot"])["status"] == "unmet"
    assert judge(passport({"content": {"topics": [asked]}}), a_talk(topics=[said]))["status"] == "met"


def test_what_other_sources_told_is_spelled_as_well() -> None:
    answer = judge(passport({"choice": {"topics": ["foss"]}}), a_talk(), topics=["rust", "opensource"])
    assert answer["status"] == "met"


def test_a_published_rule_names_tasks_by_their_keys() -> None:
    found = lint_document(passport({"experience": {"template": ["mentorship", "mentoring"]}}), KNOWN, key="p")
    assert found.definition is not None
    rule = expand(found.definition, KNOWN).rule
    assert isinstance(rule, Leaf)
    assert rule.template == ("mentoring",)


def test_words_and_hubs_that_are_not_known_are_faults_with_a_suggestion() -> None:
    document = passport(
        {"experience": {"template": "mentring", "topics": ["open-sauce"], "opportunity": {"hub": "thinks"}}},
        owner={"hub": "thing"},
        issue={"mode": "on_approval", "approvers": {"role": "hub_admin", "hub": "thing"}},
        grants_role={"role": "mentor", "hub": "thing"},
    )
    found = lint_document(document, KNOWN, key="p")
    assert {(fault.pointer, fault.code, fault.hint) for fault in found.faults} == {
        ("/owner/hub", "unknown_reference", "Did you mean 'things'?"),
        ("/issue/approvers/hub", "unknown_reference", "Did you mean 'things'?"),
        ("/grants_role/hub", "unknown_reference", "Did you mean 'things'?"),
        ("/rule/experience/opportunity/hub", "unknown_reference", "Did you mean 'things'?"),
        ("/rule/experience/topics", "unknown_term", "Did you mean 'open-source'?"),
        ("/rule/experience/template", "unknown_term", "Did you mean 'mentoring'?"),
    }
    assert lint_document(document, NOTHING, key="p").faults == ()


def test_criteria_call_things_by_their_labels() -> None:
    leaf = {
        "template": "mentorship",
        "topics": ["opensource"],
        "opportunity": {"hub": "things", "keys": ["write-docs"]},
    }
    found = lint_document(passport({"experience": leaf}), KNOWN, key="p")
    assert found.definition is not None
    words = describe_criteria(found.definition, KNOWN)
    assert "task: Mentoring of newcomers" in words
    assert "about Free \\& open source" in words
    assert "for a need of Internet of Things" in words
    assert "for the opportunity write docs" in words
