"""Bundles in files, looked over without a database."""

from pathlib import Path

import pytest

from app.domain.bundles import Finding, Severity
from app.errors import InvalidPayloadError
from app.services.definition_files import lint_files, read_known

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSPORT = (
    "kind: Passport\nkey: two\nversion: 1.0.0\ntitle: T\n"
    "rule: {key: one, section: content, content: {keys: [tolk]}}\n"
    "sections: {choice: {omit_reason: small}, experience: {omit_reason: small}}\n"
)
TALK = "{kind: session, key: talk, title: T, origin: in_house, mode: online}\n"


def said(findings: tuple[Finding, ...]) -> list[tuple[str, int | None, str, str]]:
    return [(each.file, each.line, each.severity, each.code) for each in findings]


def test_the_examples_are_fine_each_by_itself() -> None:
    for file in EXAMPLES.glob("*/passport.yaml"):
        assert lint_files({file.name: file.read_text()}) == ()


def test_the_examples_are_fine_together() -> None:
    files = {str(file): file.read_text() for file in EXAMPLES.glob("*/*.yaml")}
    assert len(files) > 3
    assert {each.severity for each in lint_files(files)} <= {Severity.WARNING}


def test_a_passport_that_stands_alone_is_not_looked_up() -> None:
    assert lint_files({"a.yaml": PASSPORT}) == ()


def test_files_see_each_other_and_what_none_has_is_a_warning() -> None:
    (found,) = lint_files({"a.yaml": PASSPORT, "b.yaml": TALK})
    assert said((found,)) == [("a.yaml", 5, "warning", "unknown_reference")]
    assert "Did you mean 'talk'?" in found.hint
    mended = PASSPORT.replace("tolk", "talk")
    approved = f"{TALK}---\n{{kind: Approval, content: talk, from: 2016-01-01}}\n"
    found_by = {each.code for each in lint_files({"a.yaml": mended, "b.yaml": approved})}
    assert found_by == {"no_in_person_route"}


def test_what_stands_beside_a_passport_is_looked_up_in_also_where_it_has_mistakes() -> None:
    hub = "{kind: Hub, key: iot, name: IoT, colour: blue}\n"
    found = said(lint_files({"a.yaml": PASSPORT, "b.yaml": hub}))
    assert found == [("a.yaml", 5, "warning", "unknown_reference"), ("b.yaml", 1, "error", "unknown_key")]


def test_a_closed_version_and_a_series_are_read_as_a_plan_reads_them() -> None:
    closed = PASSPORT.replace("title: T", "status: retired\nretires_at: 2030-01-31\ntitle: T")
    series = "kind: Series\nkey: all\ntitle: All\nmembers: [{passport: two, required: true}]\n"
    assert lint_files({"a.yaml": f"{closed}---\n{series}"}) == ()
    late = closed.replace("2030-01-31", "2030-02-31")
    assert said(lint_files({"a.yaml": late})) == [("a.yaml", 5, "error", "wrong_value")]


def test_all_findings_of_a_passport_are_told_beside_each_other() -> None:
    text = PASSPORT.replace("title: T", "title: T\nissue: {mode: auto, completion_holds: P9D}")
    text = text.replace(", experience: {omit_reason: small}", "")
    assert said(lint_files({"a.yaml": text})) == [
        ("a.yaml", 5, "warning", "no_effect"),
        ("a.yaml", 7, "error", "missing_section"),
    ]


def test_a_passport_that_does_not_say_its_kind_is_read_all_the_same() -> None:
    text = PASSPORT.removeprefix("kind: Passport\n").replace("keys", "kees")
    assert said(lint_files({"a.yaml": text})) == [
        ("a.yaml", 1, "warning", "missing_kind"),
        ("a.yaml", 4, "error", "unknown_key"),
    ]


def test_with_a_catalogue_references_are_looked_up() -> None:
    known = read_known(
        "content: [{key: talk, title: T, origin: in_house, mode: online, approvals: [{from: 2016-01-01}]}]\n"
    )
    assert said(lint_files({"a.yaml": PASSPORT}, known)) == [("a.yaml", 5, "error", "unknown_reference")]


def test_a_catalogue_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        read_known("content: [{key: talk}]")
    assert [each.pointer for each in caught.value.faults] == ["/content/0/origin", "/content/0/mode"]
    with pytest.raises(InvalidPayloadError) as caught:
        read_known("contents: []")
    assert [each.pointer for each in caught.value.faults] == ["/contents"]


@pytest.mark.parametrize("text", ["- {key: talk, title: T}\n", "kind: Form\nkey: f1\n", "kind: [1]\n", "12"])
def test_what_is_no_definition_is_an_error(text: str) -> None:
    assert Severity.ERROR in {each.severity for each in lint_files({"a.yaml": text})}
