"""Passports as code from the command line, against a service over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from app import strict_yaml
from app.cli import app
from app.cli.remote import ATTEMPTS, Remote
from tests.ledgers import CONTENT, FRAMEWORK, PASSPORT, RUBRIC
from tests.stories import Service

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "community-leadership"

Run = Callable[..., Result]
FILES = {
    "framework.yaml": {"kind": "Framework", "key": "participation-leadership", **FRAMEWORK},
    "rubrics/outcomes.json": [{"kind": "Rubric", "key": "project-outcomes", **RUBRIC}],
    "content.yml": {
        "content": [{"key": "open-by-design", **CONTENT}],
        "approvals": [{"content": "open-by-design", "from": "2016-01-01"}],
    },
    "passport.yaml": {"key": "small", **PASSPORT},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "definitions"
    for name, document in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        as_json = file.suffix == ".json"
        file.write_text(json.dumps(document) if as_json else strict_yaml.dumps(document))
    (folder / "README.md").write_text("not a definition")
    (folder / ".hidden.yaml").write_text("{")
    return folder


@pytest.fixture
def passports(service: Service, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PASSPORTS_URL", service.origin)
    monkeypatch.setenv("PASSPORTS_TOKEN", str(service.administrator_of("community").token))

    def run(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(each) for each in arguments])
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        return result

    return run


def test_files_are_planned_applied_by_somebody_else_and_exported(
    passports: Run, service: Service, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "plan.json"
    planned = passports("plan", folder, "--out", kept, code=1).output
    assert "+ create   passports small 1.0.0" in planned
    assert "5 to create; 0 unchanged." in planned
    assert "\x1b[" not in planned
    refused = passports("apply", folder, code=2).stderr
    assert "wrote on this content" in refused
    assert "(conflict_of_interest)" in refused

    administrator = service.administrator_of("community")
    order = {"name": "Ben", "role": "administrator", "subject": "ben"}
    monkeypatch.setenv("PASSPORTS_TOKEN", administrator.post("/v1/tokens", order)["secret"])
    applied = passports("apply", kept).output
    assert "Planned by" in applied
    assert applied.endswith("Applied.\n")
    assert passports("apply", kept).output.endswith("Nothing was changed.\n")
    assert "Nothing to do; 5 unchanged." in passports("plan", folder).output

    exported = tmp_path / "exported"
    assert len(passports("export", exported).output.splitlines()) == 5
    assert "Nothing to do; 5 unchanged." in passports("plan", exported).output
    part = tmp_path / "part"
    passports("export", part, "--kind", "rubrics", "--key", "project-outcomes")
    assert [file.name for file in part.iterdir()] == ["rubrics.yaml"]


def test_a_change_is_shown_field_by_field(passports: Run, tmp_path: Path) -> None:
    file = tmp_path / "talk.yaml"
    file.write_text("{kind: session, key: talk, title: Talk, origin: in_house, mode: online}\n")
    passports("apply", file)
    long = "A long description. " * 10
    file.write_text(
        f"{{kind: session, key: talk, title: Talk, origin: in_house, mode: hybrid, description: {long}}}"
    )
    shown = passports("plan", file, code=1).output
    assert "~ update   content talk" in shown
    assert '/mode: "online" → "hybrid"' in shown
    assert "/description: nothing → " in shown
    assert "…" in shown


def test_the_example_that_the_help_names_can_be_planned_applied_and_exported(
    passports: Run, tmp_path: Path
) -> None:
    assert "15 to create" in passports("plan", EXAMPLE, code=1).output
    passports("apply", EXAMPLE)
    assert passports("plan", EXAMPLE).output.startswith("Nothing to do")
    passports("export", tmp_path)
    assert passports("plan", tmp_path).output.startswith("Nothing to do")


def test_what_is_wrong_is_listed_and_nothing_is_applied(passports: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: session\nkey: talk\ntitle: Talk\norigin: in_hose\nmode: online\n")
    shown = passports("plan", tmp_path, code=2).output
    assert "a.yaml:4: error wrong_value: 'in_hose' is not known here. Did you mean 'in_house'?" in shown
    assert "1 error: nothing can be applied." in shown
    passports("apply", tmp_path, code=2)
    (tmp_path / "b.yaml").write_bytes(b"kind: Form\nkey: \xff")
    told = passports("plan", tmp_path, code=2)
    assert "b.yaml: unreadable: Line 2 is not UTF-8." in told.stderr
    assert "a.yaml:4: error wrong_value" in told.stdout
    (tmp_path / "a.yaml").write_text("")
    assert "Not every file could be read" in passports("apply", tmp_path, code=2).stderr
    assert "unreadable" in passports("plan", tmp_path / "missing", code=2).stderr


def test_versions_that_are_closed_are_shown_with_whom_it_concerns(passports: Run, tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    version = (
        "kind: Passport\nkey: small\nversion: 1.0.0\ntitle: Small\n"
        "rule: {key: one, section: experience, experience: {template: project}}\n"
        "sections: {content: {omit_reason: small}, choice: {omit_reason: small}}\n"
    )
    file.write_text(f"{version}status: deprecated\n")
    assert passports("plan", file, code=1).output.splitlines() == [
        "+ create   passports small 1.0.0",
        "! deprecate passports small 1.0.0",
        '      /status: "published" → "deprecated"',
        "  small@1.0.0: 0 enrolled, may finish; nobody new enrols",
        "1 to create, 1 to deprecate; 0 unchanged.",
    ]
    passports("apply", file)
    retired = f"{version}status: retired\nretires_at: 2999-01-31\n"
    file.write_text(retired)
    planned = passports("plan", file, code=1).output
    assert "! retire   passports small 1.0.0" in planned
    stay = "  small@1.0.0: 0 enrolled, may finish until 2999-01-31T00:00:00Z, and"
    assert f"{stay} have no open version to go over to; nobody new enrols" in planned
    file.write_text(f"{retired}---\n{version.replace('1.0.0', '1.1.0')}")
    assert f"{stay} may go over to 1.1.0; nobody new enrols" in passports("plan", file, code=1).output


def test_a_service_that_is_not_there_or_not_one_is_told(
    passports: Run, service: Service, folder: Path
) -> None:
    assert "is no address" in passports("plan", folder, "--url", "localhost", code=2).stderr
    assert "cannot be called" in passports("plan", folder, "--url", "http://a:b", code=2).stderr
    refused = passports("plan", folder, "--token", "nobody", code=2).stderr
    assert "(not_authenticated)" in refused
    wrong = passports("export", folder, "--url", f"{service.origin}/verify", code=2).stderr
    assert wrong


# Trying again ---------------------------------------------------------------------------------------


def remote(*answers: httpx.Response | Exception) -> tuple[Remote, list[float], list[str]]:
    """Return a service that answers so, one after the other, the pauses made, and the keys it was sent."""
    pauses: list[float] = []
    keys: list[str] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("Idempotency-Key", ""))
        now = left.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="https://service.example")
    return Remote(client, pauses.append), pauses, keys


def test_what_may_pass_is_tried_again_under_the_same_key() -> None:
    busy = httpx.Response(503, json={"code": "busy"}, headers={"Retry-After": "7"})
    begun = httpx.Response(409, json={"code": "idempotency_in_progress"})
    service, pauses, keys = remote(httpx.ConnectError("no"), busy, begun, httpx.Response(200, json={"a": 1}))
    assert service.call("POST", "/v1/apply", json={}) == {"a": 1}
    assert pauses == [1, 7, 1]
    assert len(set(keys)) == 1
    assert keys[0]


def test_after_some_attempts_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    service, pauses, keys = remote(*[httpx.ConnectError("refused")] * ATTEMPTS)
    with pytest.raises(typer.Exit) as ended:
        service.call("GET", "/v1/export")
    assert (ended.value.exit_code, len(pauses), set(keys)) == (2, ATTEMPTS - 1, {""})
    assert "cannot be reached: refused." in capsys.readouterr().err
    service, pauses, _ = remote(*[httpx.Response(502, text="<html>")] * ATTEMPTS)
    with pytest.raises(typer.Exit):
        service.call("GET", "/v1/export")
    assert "answered 502 and no JSON" in capsys.readouterr().err


def test_a_problem_is_told_with_its_faults(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [{"pointer": "/a", "detail": "Wrong.", "hint": "Mend it."}, {"pointer": "/b", "detail": "Bad."}]
    problem: dict[str, object] = {
        "code": "invalid_payload",
        "detail": "No.",
        "hint": "Try.",
        "errors": faults,
    }
    for document in (problem, list[object]()):
        service, _, _ = remote(httpx.Response(422, json=document))
        with pytest.raises(typer.Exit):
            service.call("POST", "/v1/plan")
    told = capsys.readouterr().err
    assert told.splitlines() == [
        "passports: No. (invalid_payload)",
        "  /a: Wrong. Mend it.",
        "  /b: Bad.",
        "  Try.",
        "passports: 422 (422)",
    ]


# Without a service ----------------------------------------------------------------------------------


def lint(*arguments: object, code: int) -> Result:
    result = CliRunner().invoke(app, ["lint", *map(str, arguments)])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


def test_lint_reads_what_plan_reads(folder: Path) -> None:
    shown = lint(folder, code=0).stdout
    assert f"{folder / 'framework.yaml'}: fine" in shown
    assert f"{folder / 'passport.yaml'}:11: warning no_online_route" in shown
    passport = folder / "passport.yaml"
    assert "warning unknown_reference" in lint(passport, folder / "framework.yaml", code=0).stdout
    wrong = passport.read_text().replace("title:", "titel:", 1)
    passport.write_text(f"# a remark\n{wrong}")
    (folder / "content.yml").write_text("a: [\n---\nkind: session\n")
    told = lint(folder, folder / "lost.yaml", code=2)
    assert f"{folder / 'lost.yaml'}: unreadable: No such file or directory" in told.stderr
    assert "outcomes.json: fine" in told.stdout
    assert "content.yml:2: error malformed_body: The file is not YAML" in told.stdout
    assert "content.yml:3: error missing_key" in told.stdout
    assert f"{passport}:5: error unknown_key" in told.stdout
    assert "Did you mean 'title'?" in lint(passport, code=1).stdout


def test_lint_looks_things_up_in_a_catalogue(folder: Path) -> None:
    known = folder / "known.yaml"
    known.write_text("frameworks: []\n")
    assert "error unknown_reference" in lint(folder / "passport.yaml", "--catalogue", known, code=1).stdout
    known.write_text("content: [{key: talk}]\n")
    assert f"{known} /content/0/origin: missing_key: " in lint(folder, "--catalogue", known, code=2).stderr
    known.write_text("{")
    assert "unreadable: The body is not YAML" in lint(folder, "--catalogue", known, code=2).stderr
    known.unlink()
    assert "unreadable: No such file" in lint(folder, "--catalogue", known, code=2).stderr


@pytest.mark.parametrize("command", ["plan", "apply", "export"])
def test_the_example_of_the_help_stands_on_one_line(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout
    example = f"Example: passports {command} definitions --url https://passports.example.org"
    assert example in [line.strip() for line in told.splitlines()]
