"""Passports as a whole, and the Community Leadership Passport of the examples from file to completion."""

import random
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import strict_yaml
from app.domain.content import ApprovalInterval, read_content
from app.domain.frameworks import read_framework
from app.domain.passports import (
    PassportDefinition,
    load_published,
    normalise,
    publish,
    read_passport,
    rule_digest,
)
from app.domain.rubrics import read_rubric
from app.domain.rules.definition import MigrationPolicy, Milestone, OmittedSection, Owner
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow, LevelReached, RowItem
from app.domain.rules.plan import make_plan
from app.domain.rules.progress import Evaluation, completion
from app.errors import Fault, InvalidPayloadError, LintFailedError

EXAMPLES = Path(__file__).parents[2] / "examples" / "community-leadership"
START = datetime(2016, 1, 1, tzinfo=UTC)
NOW = datetime(2016, 3, 1, tzinfo=UTC)
LEARNED = frozenset({"what-i-learned", "what-i-will-do-with-it"})
EXAMPLE = strict_yaml.loads((EXAMPLES / "passport.yaml").read_bytes()).value
SESSIONS = (
    "know-your-story",
    "mission-today",
    "plan-for-impact",
    "open-by-design",
    "find-your-specialty",
    "teams-that-last",
)


def example(name: str) -> Any:  # noqa: ANN401 (a document)
    return strict_yaml.loads((EXAMPLES / f"{name}.yaml").read_bytes()).value


def community_catalogue() -> Catalogue:
    framework = read_framework(example("framework"))
    rubrics = [read_rubric(document) for document in example("rubrics")]
    approved = [ApprovalInterval(START)]
    content = [read_content(document).with_approvals(approved) for document in example("content")]
    return Catalogue(
        {framework.ref: framework},
        {name: rubric for rubric in rubrics for name in (rubric.key, rubric.ref)},
        {item.key: item for item in content},
    )


def row(number: int, kind: str, **fields: object) -> EvidenceRow:
    defaults: dict[str, Any] = {
        "status": "accepted",
        "assurance": "attested",
        "title": f"Act {number}",
        "occurred_at": START + timedelta(days=20 + number),
        "recorded_at": START + timedelta(days=21 + number),
        **fields,
    }
    return EvidenceRow(id=f"ev_{number:02}", kind=kind, **defaults)


def sessions(*keys: str) -> list[EvidenceRow]:
    return [row(number, "attendance", content=key) for number, key in enumerate(keys)]


def project(**fields: object) -> EvidenceRow:
    achieved = (LevelReached("project-outcomes", "outcome", "achieved"),)
    merged: dict[str, Any] = {"template": "community-project", "assurance": "reviewed", "levels": achieved}
    return row(10, "experience", **{**merged, **fields})


def log(**fields: object) -> EvidenceRow:
    merged: dict[str, Any] = {
        "topics": frozenset({"iot"}),
        "outcomes": LEARNED,
        "minutes": 320,
        "reflection": True,
        "assurance": "reviewed",
    }
    return row(12, "learning_log", **{**merged, **fields})


GATE = {"key": "base", "passport": {"passport": "first-steps"}}
FACILITATED = row(11, "attendance", role="facilitator")


def community(rows: list[EvidenceRow]) -> Evaluation:
    known = community_catalogue()
    return evaluate(publish(read_passport(example("passport")), known).definition, rows, known, as_of=NOW)


def named(evaluation: Evaluation) -> Mapping[str, str]:
    return {node.key: node.status for node in evaluation.nodes}


# The Community Leadership Passport ------------------------------------------------------------------


def test_the_example_publishes_without_warnings() -> None:
    report = publish(read_passport(example("passport")), community_catalogue())
    assert report.warnings == ()
    assert [part.leaves for part in make_plan(report.definition.rule).required] == [
        (6,),
        (*range(6), 7, 8, 9, 10),
    ]


def test_a_leader_with_every_block_a_project_a_gift_and_a_choice_is_complete() -> None:
    evaluation = community([*sessions(*SESSIONS), project(), FACILITATED, log()])
    assert set(named(evaluation).values()) == {"met", "unmet"}
    assert [key for key, status in named(evaluation).items() if status == "unmet"] == [
        "mentor-someone",
        "improve-content",
    ]
    done = completion(evaluation)
    assert done is not None
    assert done.claims["community-project"] == ("ev_10",)
    assert done.claims["content/working-open"] == ("ev_03",)
    assert len(done.evidence) == evaluation.units.total == 9
    assert (evaluation.shortfalls, evaluation.next_steps, evaluation.unused_evidence) == ((), (), ())


def test_two_blocks_that_share_the_only_session_are_named_together() -> None:
    rows = [
        *sessions("leading-from-where-you-are", "building-bridges", "open-by-design", "find-your-specialty"),
        project(),
        FACILITATED,
        log(),
    ]
    evaluation = community([*rows, row(20, "attendance", content="mission-today")])
    (group,) = evaluation.shortfalls
    assert group.group == ("content/building-for-action", "content/empowering-teams")
    assert (group.needs, group.missing, group.fitting_rows) == (2, 1, ("ev_01",))
    assert group.text == (
        "Building for Action and Impact and Empowering Teams and People need 2 different pieces of evidence;"
        " only 1 fits any of them."
    )
    assert (evaluation.status, evaluation.units.met, evaluation.units.total) == ("partial", 8, 9)
    refs = [step.ref for step in evaluation.next_steps]
    assert refs == [
        f"content:{key}"
        for key in ("facilitating-online", "plan-for-impact", "rapid-prototyping", "teams-that-last")
    ]


def test_a_session_with_two_blocks_goes_where_it_is_needed() -> None:
    # first-fit gives mission-today to Personal Leadership and then misses Essential Mozilla
    rows = sessions("mission-today", "know-your-story", *SESSIONS[2:])
    evaluation = community([*rows, project(), FACILITATED, log()])
    assert evaluation.complete
    claimed = {node.key: node.claimed[0].evidence for node in evaluation.nodes if node.claimed}
    assert claimed["content/essential-mozilla"] == "ev_00"
    assert claimed["content/personal-leadership"] == "ev_01"


def test_a_returned_project_is_to_be_revised_and_pending_once_it_is_submitted_again() -> None:
    rest = [*sessions(*SESSIONS), FACILITATED, log()]
    returned = community([*rest, project(status="returned", assurance="self", levels=())])
    assert named(returned)["community-project"] == "unmet"
    assert [(step.kind, step.ref) for step in returned.next_steps] == [
        ("revise", "ev_10"),
        ("experience", "template:community-project"),
    ]
    again = community([*rest, project(status="submitted", assurance="self", levels=())])
    assert (again.status, again.units.pending) == ("pending", 1)
    assert named(again)["experience"] == named(again)["community-project"] == "pending"
    assert again.shortfalls == ()
    assert [(step.kind, step.closes) for step in again.next_steps] == [
        ("wait_review", ("community-project",))
    ]


def test_a_level_below_the_asked_one_is_said_to_be() -> None:
    started = project(levels=(LevelReached("project-outcomes", "outcome", "carried-out"),))
    evaluation = community([started])
    assert evaluation.unused_evidence[0].why_not == (
        "“Run a project in your community and show what changed”: it has not reached “Achieved” in “Outcome”"
    )


def test_a_short_learning_log_is_told_how_long_it_has_to_be() -> None:
    evaluation = community([log(minutes=90)])
    assert (
        evaluation.unused_evidence[0].why_not
        == "“Learn something you chose”: it has 90 minutes; asked are 300"
    )


def test_facilitating_a_session_pays_once() -> None:
    # the same attendance fits Working Open and the leaf for facilitators
    both = row(3, "attendance", content="open-by-design", role="facilitator")
    rows = [row for row in sessions(*SESSIONS) if row.id != "ev_03"]
    evaluation = community([*rows, both, project(), log()])
    (group,) = evaluation.shortfalls
    assert group.missing == 1
    assert {"content/working-open", "facilitate", "mentor-someone"} <= set(group.group)


def test_prior_learning_counts_for_a_block_when_two_reviewers_say_so() -> None:
    aligned = (RowItem("participation-leadership@0.1", "open-documentation", set_by="reviewer"),)
    prior = row(9, "rpl", items=aligned, accepted_by=("ann", "bob"))
    rows = [row for row in sessions(*SESSIONS) if row.id != "ev_03"]
    assert community([*rows, prior, project(), FACILITATED, log()]).complete


def test_an_old_project_does_not_count() -> None:
    old = project(occurred_at=datetime(2014, 2, 28, tzinfo=UTC))
    assert named(community([old]))["community-project"] == "lapsed"
    edge = project(occurred_at=datetime(2014, 3, 1, tzinfo=UTC))
    assert named(community([edge]))["community-project"] == "met"


# Normal form and digest -----------------------------------------------------------------------------


def test_the_stored_document_is_read_back_as_the_same_definition() -> None:
    known = community_catalogue()
    report = publish(read_passport(example("passport")), known)
    again = load_published(report.document, known)
    assert again == report.definition
    assert normalise(again) == report.document
    assert rule_digest(again) == report.digest
    assert publish(again, known).document == report.document
    pinned = report.document["rule"]["all_of"]
    assert pinned[0]["coverage"]["items"][0] == "personal-leadership"
    leaf = pinned[1]["all_of"][0]["experience"]
    assert leaf["min_level"]["rubric"] == "project-outcomes@1.0.0"


def test_a_draft_has_a_normal_form_too() -> None:
    draft = read_passport(example("passport"))
    assert read_passport(normalise(draft)) == draft
    assert draft.owner == Owner("mozilla-participation")
    assert draft.milestones[1] == Milestone("experience", "Community Project", "Badge")


def test_words_leave_the_digest_alone() -> None:
    known = community_catalogue()
    document = example("passport")
    before = publish(read_passport(document), known).digest
    document |= {"title": "Other", "description": None, "version": "1.0.1"}
    document["rule"]["all_of"][2]["title"] = "Learn what you like"
    assert publish(read_passport(document), known).digest == before
    document["rule"]["all_of"][2]["choice"]["min_minutes"] = 299
    assert publish(read_passport(document), known).digest != before


def test_a_stored_document_whose_framework_is_gone_is_not_loaded() -> None:
    report = publish(read_passport(example("passport")), community_catalogue())
    with pytest.raises(LintFailedError):
        load_published(report.document, Catalogue({}, {}, {}))


# Around the rule ------------------------------------------------------------------------------------


def passport(**fields: object) -> dict[str, Any]:
    return {
        "kind": "Passport",
        "key": "small",
        "version": "1.0.0",
        "title": "Small",
        "rule": {"key": "one", "experience": {}},
        **fields,
    }


def test_what_is_left_out_has_a_default() -> None:
    assert read_passport(passport()) == PassportDefinition(
        key="small", version="1.0.0", title="Small", rule=read_passport(passport()).rule
    )
    bare = {name: value for name, value in passport().items() if name not in ("kind", "key")}
    assert read_passport(bare, key="small") == read_passport(passport())


def test_everything_around_the_rule_is_read_and_written_back() -> None:
    document = passport(
        description="A small one.",
        owner={"org": "allies", "hub": "iot"},
        framework="leading@0.1",
        double_counting="forbid",
        issue={"mode": "on_approval", "achievement_type": "ext:LeadershipPassport"},
        migration="if_not_worse",
        valid_for="P3Y",
        tags=["small"],
        sections={"choice": {"omit_reason": "It is small."}, "content": {"omit_reason": "Same."}},
        milestones=[{"node": "one", "title": "One"}],
    )
    definition = read_passport(document)
    assert definition.issue.mode == "on_approval"
    assert definition.issue.achievement_type == "ext:LeadershipPassport"
    assert definition.omitted_sections == (
        OmittedSection("content", "Same."),
        OmittedSection("choice", "It is small."),
    )
    assert read_passport(normalise(definition)) == definition
    assert normalise(definition)["owner"] == {"org": "allies", "hub": "iot"}
    assert read_passport(passport(migration="stay")).migration == MigrationPolicy("stay")
    forced = read_passport(passport(migration={"mode": "force", "on": "2030-01-31", "reason": "New law."}))
    assert forced.migration == MigrationPolicy("force", datetime(2030, 1, 31, tzinfo=UTC), "New law.")
    assert read_passport(normalise(forced)) == forced
    assert read_passport(passport(issue={})).issue.mode == "auto"
    assert read_passport(passport(owner={})).owner is None


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"kind": "Series"}, "/kind", "wrong_value"),
        ({"version": "1.0"}, "/version", "wrong_value"),
        ({"version": "1.0.0+build"}, "/version", "wrong_value"),
        ({"version": "01.0.0"}, "/version", "wrong_value"),
        ({"version": None}, "/version", "missing_key"),
        ({"rule": None}, "/rule", "missing_key"),
        ({"rule": {"key": "one", "experience": {}, "optional": True}}, "/rule/optional", "wrong_value"),
        ({"double_counting": "sometimes"}, "/double_counting", "wrong_value"),
        ({"owner": {"organisation": "x"}}, "/owner/organisation", "unknown_key"),
        ({"issue": {"mode": "never"}}, "/issue/mode", "wrong_value"),
        ({"issue": {"approvers": {}}}, "/issue/approvers/role", "missing_key"),
        ({"issue": {"achievement_type": "Passport"}}, "/issue/achievement_type", "wrong_value"),
        ({"migration": "force"}, "/migration", "missing_key"),
        ({"migration": {"mode": "force", "on": "2030-01-31"}}, "/migration/reason", "missing_key"),
        ({"migration": {"mode": "force", "reason": "r"}}, "/migration/on", "missing_key"),
        (
            {"migration": {"mode": "offer", "on": "2030-01-31", "reason": "r"}},
            "/migration/mode",
            "wrong_value",
        ),
        ({"migration": "jump"}, "/migration", "wrong_value"),
        ({"valid_for": "three years"}, "/valid_for", "wrong_value"),
        ({"requires": {"mode": "before_issue"}}, "/requires/leaves", "empty_group"),
        ({"requires": {"mode": "later", "leaves": [GATE]}}, "/requires/mode", "wrong_value"),
        (
            {"requires": {"mode": "before_issue", "leaves": [{"passport": {"passport": "pp"}}]}},
            "/requires/leaves/0/key",
            "missing_key",
        ),
        (
            {"requires": {"mode": "before_issue", "leaves": [{**GATE, "key": "one"}]}},
            "/requires/leaves/0/key",
            "duplicate_key",
        ),
        (
            {"requires": {"mode": "before_issue", "leaves": [{"key": "two", "all_of": [GATE]}]}},
            "/requires/leaves/0",
            "wrong_value",
        ),
        (
            {"requires": {"mode": "before_issue", "leaves": [{"key": "two", "passport": None}, GATE]}},
            "/requires/leaves/0/passport",
            "wrong_type",
        ),
        ({"renewal": {"key": "renew", "all_of": []}}, "/renewal/all_of", "empty_group"),
        (
            {"renewal": {"key": "renew", "all_of": [{**GATE, "key": "one"}]}},
            "/renewal/all_of/0/key",
            "duplicate_key",
        ),
        ({"moved": {"old": "lost"}}, "/moved/old", "unknown_reference"),
        ({"moved": {"one": "one"}}, "/moved/one", "wrong_value"),
        ({"issue": {"completion_holds": "90 days"}}, "/issue/completion_holds", "wrong_value"),
        ({"issue": {"on_invalidated": "suspend"}}, "/issue/on_invalidated", "wrong_value"),
        ({"issue": {"on_invalidated": "revoke"}}, "/issue/on_invalidated", "wrong_value"),
        ({"credits": {}}, "/credits", "wrong_type"),
        ({"credits": True}, "/credits", "wrong_type"),
        ({"credits": "2.5"}, "/credits", "wrong_type"),
        ({"credits": 0}, "/credits", "wrong_value"),
        ({"credits": 1000.01}, "/credits", "wrong_value"),
        ({"credits": 0.125}, "/credits", "wrong_value"),
        ({"grants_role": {"role": "administrator"}}, "/grants_role/role", "wrong_value"),
        ({"grants_role": {"role": "Administrator"}}, "/grants_role/role", "wrong_value"),
        ({"grants_role": {"role": "Mentor"}}, "/grants_role/role", "wrong_value"),
        ({"grants_role": {"role": "hub_admin", "hub": "iot"}}, "/grants_role/role", "wrong_value"),
        ({"grants_role": {"hub": "iot"}}, "/grants_role/role", "missing_key"),
        ({"grants_role": {"role": "mentor", "count": 2}}, "/grants_role/count", "unknown_key"),
        ({"colour": "red"}, "/colour", "unknown_key"),
        ({"sections": {"choice": {}}}, "/sections/choice/omit_reason", "missing_key"),
        ({"sections": {"choices": {}}}, "/sections/choices", "unknown_key"),
        ({"milestones": [{"node": "two", "title": "T"}]}, "/milestones/0/node", "unknown_reference"),
        ({"milestones": [{"title": "T"}]}, "/milestones/0/node", "missing_key"),
        (
            {"milestones": [{"node": "one", "title": "T"}, {"node": "one", "title": "U"}]},
            "/milestones/1/node",
            "duplicate_key",
        ),
        ({"tags": ["two words"]}, "/tags/0", "wrong_value"),
    ],
)
def test_faults_have_a_place(fields: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        read_passport(passport(**fields))
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, code)]


@pytest.mark.parametrize("version", ["0.0.1", "1.2.3-rc.1", "10.20.30-alpha-1.x"])
def test_versions_are_semantic(version: str) -> None:
    assert read_passport(passport(version=version)).version == version


def test_a_draft_with_faults_of_publishing_can_be_read_and_not_published() -> None:
    draft = read_passport(passport(framework="lost@1.0"))
    with pytest.raises(LintFailedError) as caught:
        publish(draft, Catalogue({}, {}, {}))
    assert [fault.code for fault in caught.value.faults] == ["unknown_reference"] + ["missing_section"] * 3


def test_the_line_of_a_fault_can_be_looked_up() -> None:
    text = (EXAMPLES / "passport.yaml").read_text().replace("min_minutes", "min_minuts")
    read = strict_yaml.loads(text)
    with pytest.raises(InvalidPayloadError) as caught:
        read_passport(read.value)
    (fault,) = caught.value.faults
    assert fault.hint == "Did you mean 'min_minutes'?"
    line = text.splitlines()[read.lines[fault.pointer] - 1]
    assert line.strip() == "min_minuts: 300"


# Hostile documents ----------------------------------------------------------------------------------

STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "content",
    [],
    {},
    [[]],
    [{}],
    {"key": "x"},
    "P2Y",
    10**15,
)


def mutated(document: Any, chance: random.Random) -> Any:  # noqa: ANN401 (a document)
    """Return a copy in which one value is strange, missing, repeated or under another key."""
    spots: list[tuple[Any, Any]] = []
    copy = deepcopy(document)
    stack = [copy]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else list(range(len(item)))
        spots += [(item, key) for key in keys]
        stack += [item[key] for key in keys if isinstance(item[key], dict | list)]
    holder, key = chance.choice(spots)
    action = chance.choice(["replace", "replace", "remove", "repeat", "rename"])
    if action == "replace":
        holder[key] = deepcopy(chance.choice(STRANGE))
    elif action == "remove":
        del holder[key]
    elif isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    else:
        holder[f"{key}s" if action == "rename" else "title"] = holder.pop(key)
    return copy


def test_no_document_makes_anything_but_a_passport_or_faults_with_places() -> None:
    known = community_catalogue()
    published = refused = 0
    for case in range(1500):
        chance = random.Random(f"20160122/{case}")  # noqa: S311 (repeatable test cases, no secrets)
        document = mutated(EXAMPLE, chance)
        if chance.random() < 0.3:
            document = mutated(document, chance)
        faults: tuple[Fault, ...] = ()
        try:
            report = publish(read_passport(document, key="community-leadership"), known)
            assert load_published(report.document, known) == report.definition, case
            published += 1
        except InvalidPayloadError as error:
            faults = error.faults
            refused += 1
        assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in faults), case
    assert published > 100
    assert refused > 500
