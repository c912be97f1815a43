"""From files to definitions."""

import json
from typing import Any

import pytest

from app.domain.bundles import Bundle, Severity, read_bundle
from app.domain.bundles.kinds import BY_PLURAL, KINDS

FRAMEWORK = "{kind: Framework, key: first, version: 1, title: T, items: [{code: a, label: A}]}"
UNNAMED = FRAMEWORK.replace("kind: Framework, ", "")
TALK = "{kind: session, key: talk, title: Talk, origin: in_house, mode: online}"


def read(text: str, name: str = "a.yaml") -> Bundle:
    return read_bundle({name: text})


def codes(bundle: Bundle) -> list[tuple[int | None, str]]:
    return [(finding.line, finding.code) for finding in bundle.findings]


def names(bundle: Bundle) -> list[tuple[str, str, bool]]:
    return [(entry.kind.plural, entry.key, entry.is_draft) for entry in bundle.entries]


@pytest.mark.parametrize(
    "text",
    [
        f"{FRAMEWORK}\n---\n{TALK}\n",
        f"- {TALK}\n- {FRAMEWORK}\n",
        f"content: [{TALK}]\nframeworks: [{FRAMEWORK}]\n",
        f"---\n---\n{TALK.replace('session', 'Content')}\n---\nframeworks: [{UNNAMED}]\n",
    ],
)
def test_definitions_stand_alone_in_lists_or_by_their_plural(text: str) -> None:
    bundle = read(text)
    assert bundle.findings == ()
    assert names(bundle) == [("frameworks", "first", False), ("content", "talk", False)]


def test_drafts_come_after_what_is_published() -> None:
    bundle = read(f"drafts: {{frameworks: [{FRAMEWORK.replace('1', '2')}]}}\nframeworks: [{FRAMEWORK}]")
    assert names(bundle) == [("frameworks", "first", False), ("frameworks", "first", True)]


def test_what_is_read_already_is_taken_as_it_is() -> None:
    talk: dict[str, Any] = {"key": "talk", "title": "Talk", "origin": "in_house", "mode": "online"}
    assert names(read_bundle({"bundle.json": {"content": [talk]}})) == [("content", "talk", False)]


def test_json_is_read_as_json_and_still_has_lines() -> None:
    text = json.dumps([{"kind": "session", "key": "talk"}], indent=2)
    assert codes(read(text, "a.json")) == [(2, "missing_key")] * 3
    assert codes(read('[{"kind": "session",\t"key": "\\ud83d\\ude00"}]', "a.json"))[0][0] in (None, 1)
    assert codes(read("{", "a.json")) == [(1, "malformed_body")]
    assert codes(read('[\n{"a": 1,\n"a": 2}]', "a.json")) == [(3, "malformed_body")]
    assert codes(read('["\\ud800"]', "a.json")) in ([(1, "malformed_body")], [(None, "malformed_body")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("just a text", [(1, "wrong_type")]),
        ("- 1\n- [2]", [(1, "wrong_type"), (2, "wrong_type")]),
        ("passports: {}", [(1, "wrong_type")]),
        ("drafts: [passports]", [(1, "wrong_type")]),
        ("drafts: {drafts: {}}", [(1, "unknown_key")]),
        (f"drafts: {{content: [{TALK}]}}", [(1, "wrong_value")]),
        ("series: [{key: two, title: Two}]", [(1, "empty_group")]),
        ("kind: Series\nkey: two\ntitle: Two", [(1, "empty_group")]),
        ("kind: [Hub]\nkey: s", [(1, "wrong_value")]),
        ("- {key: s}", [(1, "missing_kind")]),
        ("items: []\nkey: first\nversion: 1\ntitle: T", [(1, "missing_kind"), (1, "empty_group")]),
        ("passports: []\npasport: []", [(2, "unknown_key")]),
        (
            f"{TALK}\n---\nkind: &a Approval\n",
            [(3, "not_plain_data"), (3, "missing_key"), (3, "missing_key")],
        ),
        (f"{TALK}\n---\n[", [(3, "malformed_body")]),
        (
            f"[\n---\n{TALK}\n---\nkind: Hub\nkey: 1\n",
            [(2, "malformed_body"), (6, "wrong_type"), (5, "missing_key")],
        ),
        ("title: Nothing\n", [(1, "unknown_key")]),
        (f"{TALK}\n---\n{TALK}", [(3, "duplicate_key")]),
        ("kind: Approval\ncontent: talk\nfrom: 2016-01-01\nto: 2015-01-01", [(4, "wrong_value")]),
        ("kind: Approval\nfrom: 2016-01-01", [(1, "missing_key")]),
        ("kind: Approval\ncontent: 1\nfrom: x", [(2, "wrong_type"), (3, "wrong_value")]),
    ],
)
def test_what_is_no_definition_is_named_with_its_line(
    text: str, expected: list[tuple[int | None, str]]
) -> None:
    bundle = read(text)
    assert codes(bundle) == expected
    assert all(finding.hint and finding.severity is Severity.ERROR for finding in bundle.findings)


def test_a_definition_that_stands_twice_names_the_other_place() -> None:
    first, second = (
        read_bundle({"a.yaml": TALK, "b.yaml": TALK}),
        read_bundle(
            {
                "a.json": {
                    "content": [{"key": "talk", "title": "T", "origin": "in_house", "mode": "online"}]
                },
                "b.yaml": TALK,
            }
        ),
    )
    assert "stands in a.yaml:1 already" in first.findings[0].detail
    assert "stands in a.json already" in second.findings[0].detail


def test_an_interval_is_part_of_what_names_an_approval() -> None:
    text = "{kind: Approval, content: talk, from: 2016-01-01, to: 2017-01-01, retroactive: true}"
    (entry,) = read(text).entries
    assert entry.key == "talk 2016-01-01T00:00:00Z/2017-01-01T00:00:00Z retroactive"


def test_each_kind_is_written_as_it_is_read() -> None:
    assert list(BY_PLURAL) == [kind.plural for kind in KINDS]
    (entry,) = read(FRAMEWORK).entries
    assert entry.kind.read(entry.kind.write(entry.document)).document == entry.document
