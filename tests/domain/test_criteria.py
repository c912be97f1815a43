from typing import Any

import pytest
from markdown_it import MarkdownIt

from app.domain.achievements import describe_criteria
from tests.domain.community_leadership import CATALOGUE, a_passport

LEVEL = {"rubric": "project-outcomes@1.0.0", "criterion": "outcome", "level": "achieved"}
CLOSING = "No piece of evidence counts for two requirements."


def lines_of(rule: dict[str, Any], **changes: object) -> list[str]:
    return describe_criteria(a_passport(rule=rule, **changes), CATALOGUE).splitlines()


def line_of(**leaf: object) -> str:
    """Return the one requirement of a passport with a single leaf."""
    return lines_of({"key": "leaf", **leaf})[2]


def test_a_whole_passport_reads_as_a_nested_list() -> None:
    assert describe_criteria(a_passport(), CATALOGUE) == (
        "To earn **Community Leadership Passport**, meet all of these requirements:\n\n"
        "- **One session under every building block**: for each of these parts of Participation Leadership"
        " Framework 0.1, one approved session or course, completed or attended; confirmed by somebody other"
        " than the learner; prior learning that two reviewers recognise will do as well:\n"
        "  - Working Open\n"
        "  - Empowering Teams and People\n"
        "- **Experience**: all of these:\n"
        "  - **Run a project in your community**: one experience of doing, shown with evidence; task:"
        " community project; at the level “Achieved” or above for “Outcome” (Project outcomes); within the"
        " last 2 years; accepted by a reviewer.\n"
        "- **Learn something you chose**: one piece of learning of one's own choice; about leadership; at"
        " least 5 hours; accepted by a reviewer.\n\n"
        f"{CLOSING}\n"
    )


def test_a_rule_of_one_leaf_is_one_requirement() -> None:
    assert lines_of({"key": "leaf", "event": {}}) == [
        "To earn **Community Leadership Passport**, meet this requirement:",
        "",
        "- One event, attended.",
        "",
        CLOSING,
    ]


def test_a_choice_says_how_many_and_what_is_optional() -> None:
    rule = {
        "key": "root",
        "n_of": {
            "n": 2,
            "from": [
                {"key": "a", "event": {"count": 3}},
                {"key": "b", "title": "Mentor", "optional": True, "experience": {}},
                {"key": "c", "artifact": {"count": 12}},
                {"key": "d", "choice": {"count": 2}},
            ],
        },
    }
    assert lines_of(rule)[2:7] == [
        "- At least two of these:",
        "  - Three events, attended.",
        "  - **Mentor** (optional): one experience of doing, shown with evidence.",
        "  - 12 pieces of work, made and shown.",
        "  - Two pieces of learning of one's own choice.",
    ]


def test_needing_every_one_of_a_choice_is_said_as_all() -> None:
    rule = {"key": "root", "n_of": {"n": 1, "from": [{"key": "a", "event": {}}]}}
    assert lines_of(rule)[2] == "- All of these:"


def test_covering_some_items_says_how_many() -> None:
    coverage = {
        "framework": "participation-leadership@0.1",
        "items": "all",
        "n": 1,
        "each": {"content": {"alignment": "primary"}},
    }
    assert lines_of({"key": "root", "coverage": coverage})[2].startswith("- For at least one of these parts")


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (
            {"content": {"keys": ["session-working-open", "unknown"], "tags": ["iot"]}},
            [
                "One approved session or course, completed or attended",
                "namely Session on Working Open or unknown",
                "tagged iot",
            ],
        ),
        (
            {"content": {"origin": ["in_house", "approved"], "mode": ["online", "in_person"], "count": 2}},
            [
                "Two approved sessions or courses, completed or attended",
                "made by the issuer or made by others and approved",
                "online or in person",
            ],
        ),
        (
            {"event": {"event": "summit-2016", "role": "facilitator", "assurance": "system"}},
            ["One event, attended", "at summit 2016", "as facilitator", "recorded by a connected system"],
        ),
        (
            {"choice": {"evidence": ["learning_log", "content_completion"], "min_minutes": 90}},
            [
                "One piece of learning of one's own choice",
                "as learning log or completed content",
                "at least 90 minutes",
            ],
        ),
        (
            {
                "choice": {
                    "outcomes": ["what-i-learned", "next"],
                    "reflection": "required",
                    "assurance": "signed",
                }
            },
            [
                "One piece of learning of one's own choice",
                "saying what I learned and next",
                "with a reflection on it",
                "proven by a signed credential",
            ],
        ),
        (
            {"artifact": {"after": "2016-01-01", "before": "2016-06-30T12:30:00Z", "within": "P1Y6M"}},
            [
                "One piece of work, made and shown",
                "within the last 1 year and 6 months",
                "not before 2016-01-01",
                "before 2016-06-30T12:30:00Z",
            ],
        ),
        (
            {"assessment": {"min_level": LEVEL}},
            ["One assessment", "at the level “Achieved” or above for “Outcome” (Project outcomes)"],
        ),
    ],
)
def test_every_filter_is_put_into_words(leaf: dict[str, object], words: list[str]) -> None:
    assert line_of(**leaf) == f"- {'; '.join(words)}."


def test_the_part_of_a_framework_may_have_to_be_the_main_one() -> None:
    each = {"content": {"alignment": "primary"}}
    coverage = {"framework": "participation-leadership@0.1", "items": ["working-open"], "each": each}
    assert lines_of({"key": "root", "coverage": coverage})[2].endswith("; mainly about that part:")


def test_validity_and_what_is_left_out_close_the_text() -> None:
    closing = lines_of(
        {"key": "leaf", "event": {}},
        valid_for="P1DT1H30M",
        sections={"choice": {"omit_reason": "Everybody learns *the same*."}},
    )[-1]
    assert closing == (
        f"{CLOSING} The credential is valid for 1 day, 1 hour and 30 minutes. "
        "Learner choice is left out on purpose: Everybody learns \\*the same\\*."
    )


def test_what_may_count_twice_is_not_said_to_count_once() -> None:
    said = lines_of({"key": "leaf", "event": {}}, double_counting="allow")[-1]
    assert said == "One piece of evidence may count for several requirements."


def test_what_authors_write_never_becomes_markup() -> None:
    title = "**A** [b](javascript:x) <script> `c` _d_ # e\n> f"
    narrative = describe_criteria(
        a_passport(title=title, rule={"key": "x", "title": title, "event": {}}), CATALOGUE
    )
    html = MarkdownIt("commonmark").render(narrative)
    assert "<script>" not in html
    assert "<a" not in html
    assert html.count("<strong>") == 2
    assert html.count("**A** [b](javascript:x) &lt;script&gt; `c` _d_ # e &gt; f") == 2


def test_names_that_cannot_be_looked_up_are_shown_as_keys() -> None:
    bare = type(CATALOGUE)(frameworks={}, rubrics={}, content={})
    narrative = describe_criteria(a_passport(), bare)
    assert "parts of participation-leadership@0.1" in narrative
    assert "at the level “achieved” or above for “outcome” (project-outcomes@1.0.0)" in narrative


@pytest.mark.parametrize(
    ("leaf", "said"),
    [
        (
            {
                "amount": {
                    "unit": "minutes",
                    "at_least": "20h",
                    "of": {"kinds": ["experience"], "topics": ["iot"]},
                }
            },
            ["20 hours in all, at the least", "about iot", "as experience"],
        ),
        (
            {"amount": {"unit": "points", "at_least": 90, "of": {"topics": ["iot"]}}},
            ["90 points in all, at the least", "about iot"],
        ),
        (
            {
                "amount": {
                    "unit": "minutes",
                    "at_least": "20h",
                    "of": {"topics": ["iot"]},
                    "cap_per": {"by": "template", "max": "8h"},
                }
            },
            ["20 hours in all, at the least", "about iot", "at most 8 hours for each kind of task"],
        ),
        (
            {
                "endorsement": {
                    "by_role": "mentor",
                    "count": 2,
                    "distinct": {"by": "endorser_org", "at_least": 2},
                }
            },
            [
                "Two endorsements by somebody else",
                "by somebody who is mentor",
                "at least two of them different in the endorser's organisation",
            ],
        ),
        (
            {
                "experience": {
                    "count": 4,
                    "opportunity": {"hub": "iot-hub"},
                    "cap_per": {"by": "month", "max": 2},
                }
            },
            [
                "Four experiences of doing, shown with evidence",
                "for a need of iot hub",
                "at most two for each month",
            ],
        ),
        (
            {"experience": {"opportunity": ["lamp"]}},
            ["One experience of doing, shown with evidence", "for the opportunity lamp"],
        ),
        ({"assessment": {"min_score": 0.8}}, ["One assessment", "with a score of at least 80 %"]),
        (
            {
                "artifact": {
                    "form": "kinds@1",
                    "checks": [{"path": "types[]", "op": "distinct_gte", "value": 5}],
                }
            },
            [
                "One piece of work, made and shown",
                "written down in the form “kinds@1”",
                "with at least five different ones in its types",
            ],
        ),
        (
            {
                "partnership": {
                    "status_at_least": "designed",
                    "priority": 1,
                    "shared": True,
                    "checks": [
                        {"path": "maintenance.cadence", "op": "exists"},
                        {"path": "actions[]", "op": "count_gte", "value": 4},
                    ],
                }
            },
            [
                "One partnership, built and kept",
                "at least designed",
                "of priority 1",
                "with its maintenance cadence",
                "with at least four in its actions",
                "what counts here may count elsewhere too",
            ],
        ),
        (
            {
                "artifact": {
                    "checks": [
                        {"path": "a", "op": "eq", "value": "x"},
                        {"path": "b", "op": "gte", "value": 2},
                        {"path": "c", "op": "lte", "value": 3},
                        {"path": "d", "op": "in", "value": ["p", "q"]},
                    ]
                }
            },
            [
                "One piece of work, made and shown",
                "with a x",
                "with b at least 2",
                "with c at most 3",
                "with d p or q",
            ],
        ),
        (
            {
                "credential": {
                    "issuers": ["trusted:course-providers", "did:web:a.example"],
                    "achievement": "urn:x",
                }
            },
            [
                "One verified credential",
                "for urn:x",
                "issued by an issuer on the list “course providers” or did:web:a.example",
            ],
        ),
        (
            {"passport": {"passport": "community-leadership", "version": ">=1.0.0 <3"}},
            ["One earlier passport", "namely community leadership (version \\>=1.0.0 \\<3)"],
        ),
        ({"passport": {"passport": "other"}}, ["One earlier passport", "namely other"]),
        (
            {"event": {"pool": "summit-days"}},
            ["One event, attended", "counted once among the requirements of the group “summit days”"],
        ),
    ],
)
def test_every_part_of_the_language_is_put_into_words(leaf: dict[str, Any], said: list[str]) -> None:
    assert line_of(**leaf) == f"- {'; '.join(said)}."


def test_a_gate_a_renewal_and_what_does_not_count_are_said() -> None:
    lines = lines_of(
        {"key": "leaf", "event": {}},
        double_counting="per_section",
        requires={"mode": "before_issue", "leaves": [{"key": "base", "passport": {"passport": "other"}}]},
        exclude_evidence_used_by=["other"],
        renewal={"key": "again", "event": {"within": "P1Y"}},
        issue={"mode": "on_approval"},
    )
    assert lines[2:6] == [
        "- One event, attended.",
        "",
        "The credential is issued once all of these are met as well:",
        "",
    ]
    assert lines[6:8] == ["- One earlier passport; namely other.", ""]
    assert (
        "counts for two requirements of one section. What an issued credential of other rests on" in lines[8]
    )
    assert lines[8].endswith("The issuer approves each credential before it is issued.")
    assert lines[9:] == ["", "To renew it later:", "", "- One event, attended; within the last 1 year."]


def test_what_counts_elsewhere_too_is_an_exception_that_is_said() -> None:
    said = lines_of({"key": "leaf", "event": {"shared": True}})[-1]
    assert said == "No piece of evidence counts for two requirements, except where it says so."


def test_other_frameworks_count_where_the_rule_says_so() -> None:
    each = {"content": {"accept_crosswalk": ["exact", "related"]}}
    rule = {
        "key": "leaf",
        "coverage": {"framework": "participation-leadership@0.1", "items": "all", "each": each},
    }
    assert "a part of another framework counts where it is the same or related" in lines_of(rule)[2]
