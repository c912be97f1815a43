from datetime import timedelta

from app.domain.instants import Duration
from app.domain.payloads import Faults, Payload
from app.domain.rules.language import AllOf, Coverage, Leaf, MinLevel, ResultRule, RuleNode
from app.domain.rules.normal import digest_of_rule, normalise_rule
from app.domain.rules.parse import parse_rule
from tests.domain.rules.builders import START, all_of, leaf, n_of

EVERYTHING = all_of(
    "root",
    Coverage(
        key="blocks",
        section="content",
        framework="leading@0.1",
        items=("open", "teams"),
        n=1,
        each=Leaf(key="", kind="content", section="content", mode=("online",), alignment="primary"),
    ),
    Coverage(key="all-blocks", framework="leading", each=Leaf(key="", kind="experience", title="T")),
    Leaf(
        key="project",
        kind="experience",
        title="Project",
        hint="Go",
        section="experience",
        template=("project",),
        count=2,
        assurance="reviewed",
        min_level=MinLevel("outcomes", "outcome", "done"),
        within=Duration.parse("P2Y"),
        after=START,
        before=START + timedelta(hours=1),
        accept_rpl=True,
        result=ResultRule("RubricCriterionLevel", "outcomes"),
    ),
    Leaf(
        key="log",
        kind="choice",
        outcomes=("learned",),
        evidence=("artifact",),
        min_minutes=60,
        reflection=True,
        recommend=("content:talk",),
        result=ResultRule("Status"),
    ),
    n_of("some", 1, leaf("one"), leaf("two"), leaf("extra", recommended=True, optional=True)),
)


def reread(rule: RuleNode) -> RuleNode | None:
    faults = Faults()
    read = parse_rule(Payload(normalise_rule(rule), "", faults), faults)
    assert faults.found == []
    return read.rule


def test_the_normal_form_is_read_back_as_the_same_rule() -> None:
    assert reread(EVERYTHING) == EVERYTHING


def test_the_normal_form_leaves_defaults_and_inherited_sections_out() -> None:
    rule = AllOf(
        key="root", section="content", children=(Leaf(key="one", kind="content", section="content"),)
    )
    assert normalise_rule(rule) == {
        "key": "root",
        "section": "content",
        "all_of": [{"key": "one", "content": {}}],
    }


def test_words_do_not_change_the_digest_and_decisions_do() -> None:
    plain = leaf("one")
    assert digest_of_rule(leaf("one", title="One", hint="Go", recommended=True)) == digest_of_rule(plain)
    changed: list[RuleNode] = [
        leaf("two"),
        leaf("one", count=2),
        leaf("one", "other"),
        leaf("one", assurance="attested"),
        leaf("one", result=ResultRule("Status")),
        leaf("one", section="choice"),
        all_of("one", plain),
    ]
    digests = {digest_of_rule(rule) for rule in (plain, *changed)}
    assert len(digests) == len(changed) + 1
    assert all(len(digest) == 64 for digest in digests)
