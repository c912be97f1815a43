from typing import Any

import pytest

from app.domain.instants import Duration, parse_instant
from app.domain.payloads import Faults, Payload
from app.domain.rules.language import AllOf, Coverage, Leaf, MinLevel, NOf, ResultRule, RuleNode
from app.domain.rules.parse import parse_rule


def parsed(document: object) -> RuleNode:
    faults = Faults()
    rule = parse_rule(Payload(document, "/rule", faults), faults).rule
    assert faults.found == []
    assert rule is not None
    return rule


def faults_of(document: object) -> list[tuple[str, str]]:
    faults = Faults()
    parse_rule(Payload(document, "/rule", faults), faults)
    return [(fault.pointer, fault.code) for fault in faults.found]


def hint_of(document: object) -> str | None:
    faults = Faults()
    parse_rule(Payload(document, "/rule", faults), faults)
    return faults.found[0].hint


def talk(key: str = "talk", **fields: object) -> dict[str, Any]:
    return {"key": key, "content": fields}


def group(*children: object, **common: object) -> dict[str, Any]:
    return {"key": "root", "all_of": list(children), **common}


# What is read ---------------------------------------------------------------------------------------


def test_all_kinds_of_groups_are_read() -> None:
    assert parsed(group(talk())) == AllOf(key="root", children=(Leaf(key="talk", kind="content"),))
    one, two = Leaf(key="one", kind="content"), Leaf(key="two", kind="content")
    assert parsed({"key": "a", "any_of": [talk("one"), talk("two")]}) == NOf(
        key="a", n=1, children=(one, two)
    )
    some = {"key": "n", "n_of": {"n": 2, "from": [talk("one"), talk("two")]}}
    assert parsed(some) == NOf(key="n", n=2, children=(one, two))


def test_coverage_is_read_with_its_defaults() -> None:
    body: dict[str, Any] = {"framework": "leading@0.1", "each": {"content": {}}}
    assert parsed({"key": "c", "coverage": body}) == Coverage(
        key="c", framework="leading@0.1", each=Leaf(key="", kind="content")
    )
    body |= {"items": ["open", "teams"], "n": 1, "each": {"title": "T", "content": {"alignment": "primary"}}}
    assert parsed({"key": "c", "section": "content", "coverage": body}) == Coverage(
        key="c",
        section="content",
        framework="leading@0.1",
        items=("open", "teams"),
        n=1,
        each=Leaf(key="", kind="content", title="T", section="content", alignment="primary"),
    )


def test_every_field_of_a_leaf_is_read() -> None:
    document = {
        "key": "log",
        "title": "Log",
        "hint": "Write it down",
        "optional": True,
        "choice": {
            "topics": ["iot", "rust", "iot"],
            "outcomes": "learned",
            "evidence": ["learning_log"],
            "min_minutes": 60,
            "reflection": "required",
            "recommend": ["content:talk"],
            "count": 2,
            "assurance": "reviewed",
            "min_level": {"rubric": "outcomes", "criterion": "outcome", "level": "done"},
            "within": "P2Y",
            "after": "2016-01-01",
            "before": "2016-02-01T12:00:00+02:00",
            "accept_rpl": True,
        },
    }
    rule = parsed(group(talk(), document))
    assert isinstance(rule, AllOf)
    assert rule.children[1] == Leaf(
        key="log",
        kind="choice",
        title="Log",
        hint="Write it down",
        optional=True,
        topics=("iot", "rust"),
        outcomes=("learned",),
        evidence=("learning_log",),
        min_minutes=60,
        reflection=True,
        recommend=("content:talk",),
        count=2,
        assurance="reviewed",
        min_level=MinLevel("outcomes", "outcome", "done"),
        within=Duration.parse("P2Y"),
        after=parse_instant("2016-01-01"),
        before=parse_instant("2016-02-01T10:00:00Z"),
        accept_rpl=True,
    )


@pytest.mark.parametrize(
    ("document", "leaf"),
    [
        (
            {
                "content": {
                    "keys": ["a"],
                    "tags": ["b"],
                    "topics": ["c"],
                    "origin": "in_house",
                    "mode": ["online"],
                }
            },
            Leaf(
                key="x",
                kind="content",
                keys=("a",),
                tags=("b",),
                topics=("c",),
                origin=("in_house",),
                mode=("online",),
            ),
        ),
        (
            {"event": {"event": "summit", "role": "speaker"}},
            Leaf(key="x", kind="event", event=("summit",), role=("speaker",)),
        ),
        ({"experience": {"template": "lead"}}, Leaf(key="x", kind="experience", template=("lead",))),
        ({"artifact": {"topics": ["iot"]}}, Leaf(key="x", kind="artifact", topics=("iot",))),
        ({"content": {"recommend": True}}, Leaf(key="x", kind="content", recommended=True)),
        (
            {"assessment": {"rubric": "r@1.0.0", "min_level": {"criterion": "cc", "level": "ll"}}},
            Leaf(key="x", kind="assessment", min_level=MinLevel("r@1.0.0", "cc", "ll")),
        ),
        (
            {"experience": {}, "result": {"type": "RubricCriterionLevel", "rubric": "rr"}},
            Leaf(key="x", kind="experience", result=ResultRule("RubricCriterionLevel", "rr")),
        ),
        (
            {"experience": {}, "result": {"type": "Status"}},
            Leaf(key="x", kind="experience", result=ResultRule("Status")),
        ),
    ],
)
def test_each_kind_of_leaf_has_its_fields(document: dict[str, Any], leaf: Leaf) -> None:
    if "assessment" in document:
        document["assessment"]["rubric"] = "rr@1.0.0"
        leaf = Leaf(key="x", kind="assessment", min_level=MinLevel("rr@1.0.0", "cc", "ll"))
    assert parsed({"key": "x", **document}) == leaf


def test_children_inherit_the_section_and_may_have_their_own() -> None:
    rule = parsed(group(talk("one"), {**talk("two"), "section": "choice"}, section="content"))
    assert isinstance(rule, AllOf)
    assert [child.section for child in rule.children] == ["content", "choice"]


def test_the_place_of_each_node_is_kept() -> None:
    faults = Faults()
    inner = {"key": "some", "n_of": {"n": 1, "from": [talk("one"), talk("two")]}}
    rule = parse_rule(Payload(group(inner, talk()), "/rule", faults), faults)
    assert rule.places == {
        "root": "/rule",
        "some": "/rule/all_of/0",
        "one": "/rule/all_of/0/n_of/from/0",
        "two": "/rule/all_of/0/n_of/from/1",
        "talk": "/rule/all_of/1",
    }


# What is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (None, "/rule", "wrong_type"),
        ([], "/rule", "wrong_type"),
        ({"key": "root"}, "/rule", "missing_kind"),
        ({"key": "root", "contents": {}}, "/rule", "missing_kind"),
        ({"content": {}}, "/rule/key", "missing_key"),
        ({"key": "Not A Key", "content": {}}, "/rule/key", "wrong_value"),
        ({"key": "root", "content": {}, "all_of": [talk()]}, "/rule", "two_kinds"),
        ({"key": "root", "content": {}, "amount": {}}, "/rule", "two_kinds"),
        (
            {"key": "root", "partnership": {"status_at_least": "closed"}},
            "/rule/partnership/status_at_least",
            "wrong_value",
        ),
        ({"key": "root", "content": {}, "optional": True}, "/rule/optional", "wrong_value"),
        ({"key": "root", "content": {}, "section": "contents"}, "/rule/section", "wrong_value"),
        ({"key": "root", "content": {}, "colour": "red"}, "/rule/colour", "unknown_key"),
        ({"key": "root", "content": None}, "/rule/content", "wrong_type"),
        ({"key": "root", "content": []}, "/rule/content", "wrong_type"),
        ({"key": "root", "all_of": []}, "/rule/all_of", "empty_group"),
        ({"key": "root", "any_of": []}, "/rule/any_of", "empty_group"),
        ({"key": "root", "all_of": None}, "/rule/all_of", "missing_key"),
        ({"key": "root", "all_of": {}}, "/rule/all_of", "wrong_type"),
        (group({**talk(), "optional": True}), "/rule/all_of", "empty_group"),
        ({"key": "root", "any_of": [{**talk(), "optional": True}]}, "/rule/any_of", "n_too_large"),
        ({"key": "root", "n_of": None}, "/rule/n_of", "wrong_type"),
        ({"key": "root", "n_of": []}, "/rule/n_of", "wrong_type"),
        ({"key": "root", "n_of": {"from": [talk()]}}, "/rule/n_of/n", "missing_key"),
        ({"key": "root", "n_of": {"n": 0, "from": [talk()]}}, "/rule/n_of/n", "wrong_value"),
        ({"key": "root", "n_of": {"n": 2, "from": [talk()]}}, "/rule/n_of/n", "n_too_large"),
        ({"key": "root", "n_of": {"n": 1}}, "/rule/n_of/from", "missing_key"),
        ({"key": "root", "n_of": {"n": 1, "from": []}}, "/rule/n_of/from", "empty_group"),
        ({"key": "root", "n_of": {"n": 1, "from": [talk()], "of": 2}}, "/rule/n_of/of", "unknown_key"),
        (group(talk("one"), talk("one")), "/rule/all_of/1/key", "duplicate_key"),
        (group(talk(origin="elsewhere")), "/rule/all_of/0/content/origin", "wrong_value"),
        (group(talk(count=0)), "/rule/all_of/0/content/count", "wrong_value"),
        (group(talk(count=True)), "/rule/all_of/0/content/count", "wrong_type"),
        (group(talk(within="2 years")), "/rule/all_of/0/content/within", "wrong_value"),
        (group(talk(within=2)), "/rule/all_of/0/content/within", "wrong_type"),
        (group(talk(after="yesterday")), "/rule/all_of/0/content/after", "wrong_value"),
        (
            group(talk(after="2016-02-01", before="2016-02-01")),
            "/rule/all_of/0/content/before",
            "wrong_value",
        ),
        (group(talk(alignment="primary")), "/rule/all_of/0/content/alignment", "wrong_value"),
        (group(talk(pool="p", shared=True)), "/rule/all_of/0/content/pool", "wrong_value"),
        (group(talk(shared="yes")), "/rule/all_of/0/content/shared", "wrong_type"),
        (group(talk(distinct={})), "/rule/all_of/0/content/distinct/at_least", "missing_key"),
        (group(talk(distinct=[])), "/rule/all_of/0/content/distinct", "wrong_type"),
        (
            group(talk(distinct={"by": "event", "at_least": 2})),
            "/rule/all_of/0/content/distinct/at_least",
            "n_too_large",
        ),
        (
            group(talk(distinct={"by": "event", "at_least": 1}, cap_per={"by": "month", "max": 1})),
            "/rule/all_of/0/content/cap_per",
            "wrong_value",
        ),
        (group(talk(cap_per={"by": "event"})), "/rule/all_of/0/content/cap_per/max", "missing_key"),
        (group(talk(min_score="high")), "/rule/all_of/0/content/min_score", "wrong_type"),
        (group(talk(min_score=0)), "/rule/all_of/0/content/min_score", "wrong_value"),
        (group(talk(accept_crosswalk=["exact"])), "/rule/all_of/0/content/accept_crosswalk", "wrong_value"),
        ({"key": "x", "passport": {}}, "/rule/passport/passport", "missing_key"),
        (
            {"key": "x", "passport": {"passport": "pp", "version": "latest"}},
            "/rule/passport/version",
            "wrong_value",
        ),
        ({"key": "x", "passport": {"passport": "pp", "version": 1}}, "/rule/passport/version", "wrong_type"),
        ({"key": "x", "amount": {}}, "/rule/amount/of", "missing_key"),
        (
            {"key": "x", "amount": {"unit": "hours", "at_least": 2, "of": {}}},
            "/rule/amount/unit",
            "wrong_value",
        ),
        (
            {"key": "x", "amount": {"unit": "points", "at_least": "2h", "of": {}}},
            "/rule/amount/at_least",
            "wrong_type",
        ),
        ({"key": "x", "amount": {"unit": "points", "of": {}}}, "/rule/amount/at_least", "missing_key"),
        ({"key": "x", "amount": []}, "/rule/amount", "wrong_type"),
        (
            {"key": "x", "amount": {"unit": "minutes", "at_least": 2, "of": {}, "count": 2}},
            "/rule/amount/count",
            "unknown_key",
        ),
        (
            {"key": "x", "evidence": {"where": {"colour": "red"}}},
            "/rule/evidence/where/colour",
            "unknown_key",
        ),
        ({"key": "x", "evidence": {"kinds": ["rpl"]}}, "/rule/evidence/kinds", "wrong_value"),
        (
            {"key": "x", "experience": {"opportunity": {"hubs": "iot"}}},
            "/rule/experience/opportunity/hubs",
            "unknown_key",
        ),
        *(
            ({"key": "x", "artifact": {"checks": [check]}}, f"/rule/artifact/checks/0{place}", code)
            for check, place, code in (
                ({"path": "a..b", "op": "exists"}, "/path", "wrong_value"),
                ({"path": "a", "op": "matches"}, "/op", "wrong_value"),
                ({"path": "a", "op": "eq"}, "/value", "wrong_value"),
                ({"path": "a", "op": "gte", "value": True}, "/value", "wrong_value"),
                ({"path": "a", "op": "in", "value": []}, "/value", "wrong_value"),
                ({"path": "a", "op": "count_gte", "value": "3"}, "/value", "wrong_value"),
                ({"path": "a", "op": "exists", "value": 3}, "/value", "wrong_value"),
                ("exists", "", "wrong_type"),
            )
        ),
        (group(talk(topic=["x"])), "/rule/all_of/0/content/topic", "unknown_key"),
        (group(talk(template="x")), "/rule/all_of/0/content/template", "unknown_key"),
        (group(talk(recommend=["no reference"])), "/rule/all_of/0/content/recommend/0", "wrong_value"),
        (
            group({"key": "x", "choice": {"evidence": ["certificate-link"]}}),
            "/rule/all_of/0/choice/evidence",
            "wrong_value",
        ),
        (
            group({"key": "x", "choice": {"evidence": ["rpl"]}}),
            "/rule/all_of/0/choice/evidence",
            "wrong_value",
        ),
        (
            group({"key": "x", "choice": {"reflection": "maybe"}}),
            "/rule/all_of/0/choice/reflection",
            "wrong_value",
        ),
        (group({"key": "x", "assessment": {}}), "/rule/all_of/0/assessment/min_level", "missing_key"),
        (
            group({"key": "x", "experience": {"min_level": {"criterion": "cc", "level": "ll"}}}),
            "/rule/all_of/0/experience/min_level/rubric",
            "missing_key",
        ),
        (
            group({"key": "x", "experience": {"min_level": "done"}}),
            "/rule/all_of/0/experience/min_level",
            "wrong_type",
        ),
        (
            group({**talk(), "result": {"type": "RubricCriterionLevel"}}),
            "/rule/all_of/0/result/rubric",
            "missing_key",
        ),
        (group({**talk(), "result": {"type": "Percent"}}), "/rule/all_of/0/result/type", "wrong_value"),
        ({"key": "c", "coverage": None}, "/rule/coverage", "wrong_type"),
        ({"key": "c", "coverage": {"framework": "f"}}, "/rule/coverage/framework", "wrong_value"),
        ({"key": "c", "coverage": {"framework": "ff"}}, "/rule/coverage/each", "missing_key"),
        (
            {"key": "c", "coverage": {"framework": "ff", "items": [], "each": {"content": {}}}},
            "/rule/coverage/items",
            "empty_group",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "items": ["a"], "n": 2, "each": {"content": {}}}},
            "/rule/coverage/n",
            "n_too_large",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "each": {"all_of": [talk()]}}},
            "/rule/coverage/each/all_of",
            "wrong_value",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "each": {"amount": {}}}},
            "/rule/coverage/each/amount",
            "wrong_value",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "each": {"key": "k", "content": {}}}},
            "/rule/coverage/each/key",
            "unknown_key",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "each": {"content": None}}},
            "/rule/coverage/each/content",
            "wrong_type",
        ),
        (
            {"key": "c", "coverage": {"framework": "ff", "each": {"content": {"alignment": "best"}}}},
            "/rule/coverage/each/content/alignment",
            "wrong_value",
        ),
    ],
)
def test_a_fault_has_a_place_and_a_code(document: object, pointer: str, code: str) -> None:
    assert (pointer, code) in faults_of(document)


def test_all_faults_come_in_one_answer() -> None:
    document = group(
        talk(topic=["x"]), talk(), {"key": "n", "n_of": {"n": 3, "from": [talk("a")]}}, colour="red"
    )
    assert faults_of(document) == [
        ("/rule/all_of/0/content/topic", "unknown_key"),
        ("/rule/all_of/1/key", "duplicate_key"),
        ("/rule/all_of/2/n_of/n", "n_too_large"),
        ("/rule/colour", "unknown_key"),
    ]


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        (group(talk(topic=["x"])), "Did you mean 'topics'?"),
        ({"key": "root", "al_of": []}, "Did you mean 'all_of'?"),
        (group(talk(origin="inhouse")), "Did you mean 'in_house'?"),
        (group(talk(assurance="zzz")), "Allowed: self, attested, reviewed, system, signed."),
        (
            {"key": "root"},
            (
                "Allowed: all_of, any_of, n_of, coverage,"
                " content, event, experience, choice, artifact, assessment,"
                " partnership, endorsement, credential, passport, evidence, amount."
            ),
        ),
    ],
)
def test_what_was_probably_meant_is_said(document: object, hint: str) -> None:
    assert hint_of(document) == hint


def test_an_optional_node_holds_no_other() -> None:
    inner = {"key": "in", "all_of": [talk(), {**talk("other"), "optional": True}], "optional": True}
    assert faults_of(group(talk("first"), inner)) == [("/rule/all_of/1/all_of/1/optional", "wrong_value")]
    again = {**talk("later"), "optional": True}
    assert faults_of(group(talk("first"), {**inner, "all_of": [talk()]}, again)) == []


def test_rules_nest_twelve_levels_and_no_more() -> None:
    document = talk()
    for level in range(11):
        document = {"key": f"g{level}", "all_of": [document]}
    assert faults_of(document) == []
    assert [code for _, code in faults_of({"key": "last", "all_of": [document]})] == ["too_deep"]


def test_lists_are_bounded() -> None:
    assert faults_of(group(*(talk(f"t{number}") for number in range(101)))) == [("/rule/all_of", "too_long")]
    assert faults_of(group(talk(tags=["x"] * 101))) == [("/rule/all_of/0/content/tags", "too_long")]
