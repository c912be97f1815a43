"""Passports in files, looked over without a database."""

from pathlib import Path

import pytest

from app.services.definition_files import lint_files

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_examples_are_fine() -> None:
    files = sorted(EXAMPLES.glob("*/passport.yaml"))
    assert lint_files(files, None) == (0, [f"{file}: fine" for file in files])


def test_findings_name_the_line_and_unreadable_files_their_reason(tmp_path: Path) -> None:
    bad, broken = tmp_path / "bad.yaml", tmp_path / "broken.yaml"
    bad.write_text("version: 1.0.0\ntitle: T\nkey: two\nrule:\n  key: one\n  contents: {}\n")
    assert lint_files([bad], None) == (
        1,
        [f"{bad}:5: error missing_kind: This node does not say what it asks for. Did you mean 'content'?"],
    )
    broken.write_text("{")
    code, lines = lint_files([broken, tmp_path / "lost.yaml", bad], None)
    assert (code, len(lines)) == (2, 3)
    assert lines[1] == f"{tmp_path / 'lost.yaml'}: unreadable: No such file or directory"


@pytest.mark.parametrize(
    "text", ["- {key: talk, title: T}\n", "kind: Framework\nkey: f\n", "kind: [1]\n", "12"]
)
def test_what_is_no_passport_is_sent_to_plan(tmp_path: Path, text: str) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(text)
    code, lines = lint_files([other], None)
    assert (code, len(lines)) == (2, 1)
    assert "neither a passport nor a series; `passports plan` reads" in lines[0]


def test_with_a_catalogue_references_are_looked_up(tmp_path: Path) -> None:
    known, passport = tmp_path / "known.yaml", tmp_path / "passport.yaml"
    known.write_text(
        "content: [{key: talk, title: T, origin: in_house, mode: online, approvals: [{from: 2016-01-01}]}]\n"
    )
    passport.write_text(
        "key: two\nversion: 1.0.0\ntitle: T\nrule: {key: one, section: content, content: {keys: [tolk]}}\n"
        "sections: {choice: {omit_reason: no}, experience: {omit_reason: no}}\n".replace("no}", "small}")
    )
    assert lint_files([passport], None)[0] == 0
    code, lines = lint_files([passport], known)
    assert (code, len(lines)) == (1, 1)
    assert "unknown_reference" in lines[0]


def test_a_catalogue_that_cannot_be_used_is_reported_alone(tmp_path: Path) -> None:
    missing, wrong = tmp_path / "missing.yaml", tmp_path / "wrong.yaml"
    assert lint_files([], missing) == (2, [f"{missing}: unreadable: No such file or directory"])
    wrong.write_text("content: [{key: talk}]")
    code, lines = lint_files([], wrong)
    assert code == 2
    assert lines[0].startswith(f"{wrong} /content/0/origin: missing_key: ")
    wrong.write_text("contents: []")
    code, lines = lint_files([], wrong)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"{wrong} /contents: unknown_key: ")
