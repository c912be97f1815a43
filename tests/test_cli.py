"""The command line: what each command does, and what it says when it cannot."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from app.cli import COMMANDS, app
from app.settings import Settings
from tests.effort import PATIENCE
from tests.stories import Service, complete, enrol, found_community, receive, wait_for

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).parent / "passports"


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration of its own: a migrated database, and a key file in the test's folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PASSPORTS_{name.upper()}", raising=False)
    monkeypatch.setenv("PASSPORTS_DATABASE_URL", database_url)
    monkeypatch.setenv("PASSPORTS_ENCRYPTION_KEY_FILE", str(tmp_path / "encryption.key"))
    monkeypatch.chdir(tmp_path)


def passports(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def visit(command: object, path: tuple[str, ...]) -> None:
        if isinstance(command, TyperGroup):
            for name, child in command.commands.items():
                visit(child, (*path, name))
        else:
            found.append(path)

    visit(typer.main.get_command(app), ())
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_each_command_shows_an_example_in_its_help(command: tuple[str, ...]) -> None:
    text = passports(*command, "--help").output
    assert re.search(rf"Example:.*passports {' '.join(command)}", " ".join(text.split()))
    assert "--install-completion" not in text, "that is an option of `passports` itself"


def test_the_list_of_commands_says_what_each_of_them_says() -> None:
    shown = {name: words for name, (_module, words) in COMMANDS.items()}
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    assert shown == {name: command.get_short_help_str(200) for name, command in commands.items()}
    listed = " ".join(passports("--help").output.split())
    assert all(name in listed and words in listed for name, words in shown.items())


HEAVY = {"fastapi", "sqlalchemy", "jinja2", "uvicorn", "alembic"}


@pytest.mark.parametrize("command", ["--help", "lint missing.yaml", "verify missing.json", "db --help"])
def test_a_light_command_imports_neither_the_web_framework_nor_the_database(
    command: str, tmp_path: Path
) -> None:
    program = "import sys, app.cli\ntry:\n    app.cli.app()\nfinally:\n    print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    imported = set(ran.stdout.split())
    assert "typer" in imported, ran.stderr
    assert bool(HEAVY & imported) is command.startswith("db")


SELDOM = {
    "alembic",
    "boto3",
    "httpx",
    "jinja2",
    "jsonschema",
    "markdown_it",
    "nh3",
    "psycopg",
    "pyld",
    "resvg_py",
}


def test_a_service_imports_what_is_seldom_needed_when_it_is_needed() -> None:
    program = "import sys, app.cli.processes; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(ran.stdout.split())
    assert {"fastapi", "sqlalchemy", "uvicorn"} <= imported
    assert not SELDOM & imported


# The operator's work --------------------------------------------------------------------------------


@pytest.mark.usefixtures("environment")
def test_an_issuer_and_its_tokens() -> None:
    create = ("issuers", "create", "community", "--name", "Community", "--url", "https://c.example.org")
    made = passports(*create).output
    assert made.startswith("community  did:key:z6Mk")
    assert passports(*create).output == made
    assert "Community" in passports("issuers", "list").output
    assert "EdDSA  active" in passports("keys", "list", "--issuer", "community").output

    token = ("tokens", "create", "--issuer", "community", "--role", "author", "--name", "Ines")
    secret = passports(*token).output.strip()
    assert secret.startswith("lpt_")
    listed = passports("tokens", "list", "--issuer", "community").output
    assert secret not in listed
    assert "until" in listed
    passports("tokens", "revoke", listed.split()[0], "--issuer", "community")
    assert "revoked" in passports("tokens", "list", "--issuer", "community").output


@pytest.mark.usefixtures("environment")
def test_an_instance_of_the_vc_api() -> None:
    passports("issuers", "create", "community", "--name", "Community", "--url", "https://c.example.org")
    create = ("instances", "create", "community-p384", "--issuer", "community")
    order = ("--cryptosuite", "ecdsa-rdfc-2019", "--algorithm", "ES384")
    made = passports(*create, *order).output
    assert made.startswith("community-p384  did:key:z82L")
    assert passports(*create, *order).output == made
    assert "never changes" in passports(*create, *order, "--status", code=1).stderr
    listed = passports("instances", "list", "--issuer", "community").output
    assert listed == f"{made.strip()}  ecdsa-rdfc-2019  ES384  no status\n"
    another = ("instances", "create", "community-ed", "--issuer", "community")
    passports(*another, "--cryptosuite", "eddsa-rdfc-2022", "--suspendable")
    listed = passports("instances", "list", "--issuer", "community").output
    assert listed.endswith("  eddsa-rdfc-2022  EdDSA  revocation, suspension\n")


@pytest.mark.usefixtures("environment")
def test_an_unknown_issuer_is_a_message() -> None:
    result = passports("tokens", "list", "--issuer", "nobody", code=1)
    assert result.stderr.splitlines()[0] == "passports: There is no issuer nobody."
    assert result.stderr.splitlines()[1:] == [
        "  There is none yet: make one with `passports issuers create`."
    ]
    profile = ["--name", "Open Community", "--url", "https://community.example.org"]
    passports("issuers", "create", "community", *profile)
    result = passports("tokens", "list", "--issuer", "comunity", code=1)
    assert result.stderr == "passports: There is no issuer comunity.\n  Did you mean 'community'?\n"


@pytest.mark.usefixtures("environment")
def test_the_schema_is_shown_and_upgraded() -> None:
    revision, needed = re.findall(r"\d{4}", passports("db", "status").output)
    assert revision == needed
    assert needed in passports("db", "upgrade").output


def test_a_postgresql_schema_that_is_behind_is_refused(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PASSPORTS_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("PASSPORTS_ENCRYPTION_KEY_FILE", str(tmp_path / "encryption.key"))
    assert "revision none" in passports("db", "status", code=1).output
    if empty_database_url.startswith("sqlite"):
        passports("issuers", "list")
        return
    assert "passports db upgrade" in passports("issuers", "list", code=1).stderr
    passports("db", "upgrade")
    passports("issuers", "list")


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORTS_PUBLIC_URL", "nowhere")
    for command in (("serve",), ("worker",), ("issuers", "list")):
        assert "PASSPORTS_PUBLIC_URL" in passports(*command, code=1).stderr


def test_an_encryption_key_is_32_random_bytes() -> None:
    first, second = (passports("keys", "generate-encryption-key").output for _ in range(2))
    assert first != second
    assert len(first.strip()) == 44


def test_the_description_of_the_api_is_printed() -> None:
    assert json.loads(passports("openapi").output)["openapi"].startswith("3.1")


# Verifying ------------------------------------------------------------------------------------------


def test_credentials_are_verified_from_files(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    community = found_community(service)
    amina = enrol(community)
    complete(community, amina)
    url, stranger = receive(amina)["url"], service.as_(None)
    files = []
    for suffix in ("json", "jwt", "png", "svg"):
        file = tmp_path / f"credential.{suffix}"
        file.write_bytes(stranger("GET", f"{url}.{suffix}", 200).content)
        files.append(str(file))
    for name in ("public_url", "database_url", "encryption_key_file"):
        monkeypatch.setenv(f"PASSPORTS_{name.upper()}", str(getattr(service.settings, name)))

    text = passports("verify", *files).output
    assert text.count("VERIFIED") == 4
    assert "3. pass" in text
    report = json.loads(passports("verify", files[0], "--json", "--recipient", amina.email).output)
    assert report["verified"]
    passports("verify", files[0], "--recipient", "somebody@example.org", code=1)

    document = json.loads(Path(files[0]).read_text())
    document["name"] = "Something else"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(document))
    assert "proof_invalid" in passports("verify", str(changed), code=1).output
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("nothing")
    result = passports("verify", files[0], str(nothing), str(tmp_path / "missing.json"), code=2)
    assert result.stderr.count("UNREADABLE") == 2


# Serving and the demo -------------------------------------------------------------------------------


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORTS_")}
    return subprocess.Popen(
        [str(PROGRAM), *arguments],
        cwd=folder,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_up(process: subprocess.Popen[str], folder: Path, port: int | None) -> None:
    """Return when the service answers, or when the worker has made its database."""

    def is_up() -> bool:
        assert process.poll() is None
        if port is None:
            return (folder / "var" / "encryption.key").exists()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    wait_for(is_up)
    time.sleep(0.5)  # the worker says what signals do just after it has read its key


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_serves_until_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, "demo", "--port", str(free_port()))
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if "Serving until" in line:
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    out = told + out
    assert (process.returncode, err) == (0, ""), out + err
    assert "/issuers/open-community" in out
    assert "Stopped." in out


def test_the_demos_exit_code_says_whether_it_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = passports("demo", "--once", "--port", port, code=1)
    assert result.stderr.startswith(f"passports: Port {port} cannot be used")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_serve_and_worker_end_when_they_are_asked_to(tmp_path: Path, command: str) -> None:
    port = free_port()
    process = start(tmp_path, command, *(("--port", str(port)) if command == "serve" else ()))
    try:
        wait_until_up(process, tmp_path, port if command == "serve" else None)
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in {0, -signal.SIGTERM}, out + err
    assert "Traceback" not in err
