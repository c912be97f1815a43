"""Bundles with mistakes: all of them in one answer, each in its line, and nothing that merely follows."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app import strict_yaml
from app.domain.bundles import read_bundle
from app.domain.bundles.planning import Planned, Stored, TenantState, plan_bundle
from app.domain.passports import lint_document, publish
from app.domain.rules.facts import Catalogue

EXAMPLES = Path(__file__).parents[3] / "examples"
NOTHING = Catalogue({}, {}, {})

NEIGHBOURS = """\
kind: Framework
key: skills
version: 1.0.0
title: Skills
items: [{code: listening, label: Listening, kind: block}]
---
kind: Rubric
key: outcomes
version: 1.0.0
title: Outcomes
criteria: [{key: change, title: Change, levels: [{key: begun, title: Begun}]}]
---
kind: Form
key: report
version: 1.0.0
title: Report
schema: {type: object, properties: {place: {type: string}}}
groupabel: [place]  # unknown_key
---
kind: Form
key: note
version: 1.0.0
title: Note
schema: {type: object, properties: {text: {type: string}}}
---
{kind: session, key: talk, title: Talk, origin: in_house, mode: online}
---
{kind: Approval, content: talk, from: 2016-01-01}
---
{kind: Approval, content: tolk, from: 2016-01-01}  # unknown_reference
---
{kind: session, key: walk, title: Walk, origin: in_house, mode: on_foot}  # wrong_value
---
kind: Series  # missing_key
key: both
titel: Both  # unknown_key
members:
  - {passport: faulty}
  - passport: absent  # unknown_reference
  - passport: faulty  # duplicate_key
"""

FAULTY = """\
kind: Passport
key: faulty
version: one  # wrong_value
title: Faulty
titles: again  # unknown_key
framework: skils@1.0.0  # unknown_reference
valid_for: a year  # wrong_value
sections: {choice: {omit_reason: small}}  # missing_section
milestones:
  - node: nowhere  # unknown_reference
    title: Half way
requires:
  mode: before_enrol
  leaves:
    - key: before
      credential:
        issuers: ["trusted:freinds"]  # unknown_reference
rule:
  key: root
  all_of:
    - key: hear
      section: content
      content:
        keys: [talk, walk, tall]  # unknown_reference
        cuont: 2  # unknown_key
    - key: hear  # duplicate_key
      evidence:
        where: {form: [report]}
        count: 2
        distinct:
          by: place
          at_least: 3  # n_too_large
    - key: judged
      assessment:
        min_level:
          rubric: outcome  # unknown_reference
          criterion: change
          level: begun
        within: P1Q  # wrong_value
    - key: levels
      assessment:
        min_level:
          rubric: outcomes
          criterion: change
          level: ended  # unknown_reference
    - key: filled
      artifact:
        form: [reprot]  # unknown_reference
        shared: maybe  # wrong_type
    - key: some
      n_of:
        n: 3  # n_too_large
        from:
          - key: both-kinds  # two_kinds
            evidence: {}
            event: {}
          - coverage:
              framework: skills@1.0.0
              items: [hearing]  # unknown_reference
              each: {evidence: {}}
            key: covered
    - title: Nameless  # missing_key
      evidence: {}
    - key: nothing  # missing_kind
    - key: alone  # one_route
      choice: {evidence: [artifact], distinct: {by: place, at_least: 1}}
"""


def planned(*texts: str) -> Planned:
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    return plan_bundle(read_bundle(files), TenantState({}, {}), NOTHING, publish)


def marked(text: str) -> list[tuple[int, str]]:
    """Return the line and the code of each mistake that a text says it has."""
    return sorted(
        (number, code)
        for number, line in enumerate(text.splitlines(), 1)
        for code in line.partition("#")[2].split()
    )


def test_a_bundle_of_mistakes_is_answered_at_once_each_in_its_line_with_a_suggestion() -> None:
    found = planned(NEIGHBOURS, FAULTY)
    for name, text in (("0.yaml", NEIGHBOURS), ("1.yaml", FAULTY)):
        here = sorted((each.line or 0, each.code) for each in found.findings if each.file == name)
        assert here == marked(text)
    assert len(found.errors) > 20
    assert all(each.hint for each in found.findings)


SMALL = """\
kind: Passport
key: small
version: 1.0.0
title: Small
sections: {choice: {omit_reason: small}, content: {omit_reason: small}}
rule: {key: one, section: experience, experience: {template: project}}
"""


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("title: Small", "titel: Small", {"unknown_key", "missing_key"}),
        ("section: experience", "section: experiense", {"wrong_value"}),
        ("section: experience, ", "sektion: experience, ", {"unknown_key"}),
        (", content: {omit_reason: small}", ", contents: {omit_reason: small}", {"unknown_key"}),
        ("rule: {key: one, section: experience, experience: {template: project}}", "", {"missing_key"}),
        ("rule: {", "rules: {", {"unknown_key", "missing_key"}),
        ("experience: {template", "all_of: {template", {"wrong_type"}),
        ("experience: {template", "any_of: [], x: {template", {"empty_group", "unknown_key"}),
        (
            "{template: project}",
            "{template: [a, 1], distinct: {by: template, at_least: 2}, count: 2}",
            {"wrong_type"},
        ),
        ("{template: project}", "{min_score: 2}, result: {type: RawScore}", {"wrong_value"}),
        ("experience: {template: project}", "content: {mode: in_persn}", {"wrong_value"}),
        ("title: Small", "title: Small\nowner: {hubs: x}\nvalid_for: 1", {"unknown_key", "wrong_type"}),
        (
            "rule: {key: one, section: experience, experience: {template: project}}",
            "owner: {hubs: x}\nrule: {key: one, section: experience, content: {mode: online}}",
            {"unknown_key"},
        ),
    ],
)
def test_what_merely_follows_from_a_mistake_is_not_told(old: str, new: str, codes: set[str]) -> None:
    assert old in SMALL
    assert {each.code for each in planned(SMALL.replace(old, new)).findings} == codes


def leaves(number: int) -> str:
    return ", ".join(f"{{key: k{each}, experience: {{}}}}" for each in range(number))


def test_what_holds_of_all_that_was_asked_is_told_beside_the_mistakes() -> None:
    groups = (
        f"{{key: g{each}, all_of: [{leaves(67)}]}}".replace("key: k", f"key: g{each}-") for each in range(3)
    )
    many = f"{{key: one, titel: x, section: experience, all_of: [{', '.join(groups)}]}}"
    text = SMALL.replace("{key: one, section: experience, experience: {template: project}}", many)
    assert {each.code for each in planned(text).errors} == {"unknown_key", "too_many_leaves"}


def test_what_stands_for_a_node_is_not_counted_among_what_competes() -> None:
    groups = (
        f"{{key: g{each}, all_of: [{leaves(2)}]}}".replace("key: k", f"key: g{each}-") for each in range(12)
    )
    text = SMALL.replace("experience: {template: project}", f"n_of: {{n: 6, from: [{', '.join(groups)}]}}")
    assert {each.code for each in planned(text).errors} == {"too_many_combinations"}
    faulty = text.replace("{key: g0-0, experience: {}}", "{key: g0-0, expirience: {}}")
    assert {each.code for each in planned(faulty).errors} == {"missing_kind"}


GATE = "requires: {{mode: before_enrol, leaves: [{{key: gate, {}}}]}}"
NOTE = "{kind: Form, key: note, version: 1.0.0, title: N, schema: {type: object, properties: {}}}"


@pytest.mark.parametrize(
    ("unread", "refers"),
    [
        ("{kind: Framework, key: fw-one, version: 1.0.0, titel: F, items: []}", "framework: fw-one@1.0.0"),
        ("{kind: Hub, key: hub-one, nam: H}\n---\n{kind: Hub, key: other, name: O}", "owner: {hub: hub-one}"),
        ("{kind: Passport, key: first, rule: {}}", GATE.format("passport: {passport: first}")),
        (
            "{kind: TrustedList, key: friends, issuers: 1}",
            GATE.format("credential: {issuers: 'trusted:friends'}"),
        ),
        (
            f"{NOTE}\n---\n{{kind: Form, key: report, version: 1}}",
            GATE.format("artifact: {form: report, distinct: {by: place, at_least: 1}}"),
        ),
        (
            "{kind: Rubric, key: outcomes, version: 1.0.0, titel: O, criteria: []}",
            GATE.format("assessment: {rubric: outcomes, min_level: {criterion: how, level: well}}"),
        ),
        (
            "{kind: session, key: talk, title: 1, origin: in_house, mode: online}",
            GATE.format("content: {keys: talk}"),
        ),
    ],
)
def test_a_definition_that_could_not_be_read_is_no_unknown_one(unread: str, refers: str) -> None:
    assert planned(f"{unread}\n---\n{SMALL}{refers}\n").errors == planned(unread).errors != ()


def test_content_that_could_not_be_read_may_be_the_route() -> None:
    text = SMALL.replace("experience: {template: project}", "content: {keys: walk}")
    walk = "{kind: session, key: walk, title: W, origin: in_house, mode: online}"
    approval = "{kind: Approval, content: walk, from: 2016}"
    assert {each.code for each in planned(f"{walk}\n---\n{text}").errors} == {"no_route"}
    assert {each.pointer for each in planned(f"{walk}\n---\n{approval}\n---\n{text}").errors} == {"/from"}


def test_what_an_approval_with_mistakes_refers_to_is_looked_up() -> None:
    approval = "{kind: Approval, content: tolk, from: 2016-01-01, hubb: x}"
    found = {(each.pointer, each.code) for each in planned(approval).errors}
    assert found == {("/hubb", "unknown_key"), ("/content", "unknown_reference")}


def test_a_draft_with_mistakes_is_not_looked_up() -> None:
    draft = "{key: two, titel: T, version: 1.0.0, framework: fw-one@1.0.0, rule: {key: one, experience: {}}}"
    found = planned(f"drafts: {{passports: [{draft}]}}")
    assert {each.code for each in found.errors} == {"unknown_key", "missing_key"}


def test_a_warning_of_what_is_left_stays_one() -> None:
    found = planned(
        SMALL.replace("title: Small", "title: Small\nissue: {mode: auto, completion_holds: P9D}\ntags: 1")
    )
    assert [(each.severity, each.code) for each in found.findings] == [
        ("warning", "no_effect"),
        ("error", "wrong_type"),
    ]


def test_a_definition_that_could_not_be_read_is_not_pruned() -> None:
    state = TenantState({("passports", "small"): Stored("x", {})}, {})
    bundle = read_bundle({"a.yaml": SMALL.replace("title", "titel")})
    assert plan_bundle(bundle, state, NOTHING, publish, prune=True).steps == ()


def test_one_passport_is_looked_over_in_the_same_way() -> None:
    found = lint_document(
        {"key": "two", "titel": "T", "framework": "none@1", "rule": {"key": "one", "content": 3}}, NOTHING
    )
    assert {(each.pointer, each.code) for each in found.blocking} >= {
        ("/titel", "unknown_key"),
        ("/rule/content", "wrong_type"),
        ("/framework", "unknown_reference"),
        ("/sections", "missing_section"),
    }
    assert found.definition is None


SPOILT: tuple[Any, ...] = (None, 3, True, "x y", [], {}, ["a"], {"zz": 1})


def test_whatever_is_spoilt_in_an_example_is_told_and_never_ends_the_look() -> None:
    for file in sorted(EXAMPLES.glob("*/passport.yaml")):
        document = strict_yaml.loads(file.read_text()).value
        for number, place in enumerate(_places(document)):
            spoilt = deepcopy(document)
            inner: Any = spoilt
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = SPOILT[number % len(SPOILT)]
            assert lint_document(spoilt, NOTHING).faults, place


def _places(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, each in members:
        yield (*above, name)
        yield from _places(each, (*above, name))
