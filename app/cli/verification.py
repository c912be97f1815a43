"""Credentials in files, verified."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import expected
from app.errors import MalformedBodyError, UnreadableCredentialError
from app.sandbox import Sandbox
from app.schemas.verification import VerificationRead
from app.settings import load_settings
from app.signing.jsonld import interpreting
from app.signing.verify import Gathered, Outcome, Report, Unavailable, needs, read, verify

UNREADABLE, NOT_VERIFIED = 2, 1

commands = typer.Typer(add_completion=False)


@commands.command("verify")
def verify_files(
    files: Annotated[list[Path], typer.Argument(help="JSON, JWT, PNG or SVG.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
    recipient: Annotated[str | None, typer.Option(help="An e-mail to compare with the recipient.")] = None,
    status_list: Annotated[
        list[Path] | None, typer.Option(help="A saved status list; repeat for several.")
    ] = None,
) -> None:
    """Verify credentials. Nothing is fetched.

    Keys come from did:key, or from the database of this service, as do status lists.
    Elsewhere save the list that the credential names and give it with --status-list.
    Then the database is not asked.

    Exit code: 0 all verified, 1 not all verified, 2 something was unreadable.

    Example: passports verify credential.json badge.png
    """
    worst = 0
    with _verifier(status_list or []) as verify_one:
        for file in files:
            try:
                report = verify_one(file.read_bytes(), recipient)
            except (OSError, UnreadableCredentialError, MalformedBodyError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                typer.echo(f"{file}: UNREADABLE\n  {reason}", err=True)
                worst = UNREADABLE
                continue
            typer.echo(_as_json(file, report) if as_json else _as_text(file, report))
            worst = max(worst, 0 if report.verified else NOT_VERIFIED)
    raise typer.Exit(worst)


@contextmanager
def _verifier(saved: list[Path]) -> Iterator[Callable[[bytes, str | None], Report]]:
    """Give a function that verifies with what is at hand: saved lists, and the database if there is one."""
    with expected():
        settings = load_settings()
        lists = {url: data for file in saved for url, data in [_saved_list(file)]}
        if lists or not _has_database(settings.database_url):
            with closing(Sandbox()) as sandbox:
                yield partial(_verify_offline, sandbox, lists, frozenset(settings.trusted_issuers))
            return
        from app.cli.service import configured_verifier  # noqa: PLC0415 (most verify files without a database)

        with configured_verifier(settings) as verify_one:
            yield verify_one


def _has_database(url: str) -> bool:
    """Return whether there is one to ask: any server, or the file of SQLite."""
    file = url.partition(":///")[2].partition("?")[0]
    return not url.startswith("sqlite") or Path(file).is_file()


def _saved_list(file: Path) -> tuple[str, bytes]:
    """Return the id of a saved status list and its bytes; ends with exit code 2 if there is none in it."""
    try:
        data = file.read_bytes()
        return str(read(data).credential["id"]), data
    except (OSError, KeyError, UnreadableCredentialError, MalformedBodyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no signed status list"
        typer.echo(f"{file}: UNREADABLE\n  {reason}", err=True)
        raise typer.Exit(UNREADABLE) from error


def _verify_offline(
    sandbox: Sandbox, lists: dict[str, bytes], trusted: frozenset[str], data: bytes, recipient: str | None
) -> Report:
    """Verify as a stranger would: which ids and issuers are this service's stands in its database alone.

    Each file may cost what one document may cost, whatever the files before it did.
    """
    presented = read(data)
    missing = Unavailable(
        "No list was given, and nothing is fetched.",
        "Save what is at that address and give it with --status-list.",
    )
    urls = needs(presented).status_list_urls
    gathered = Gathered(
        now=datetime.now(UTC),
        did_documents={},
        status_lists={url: lists.get(url, missing) for url in urls},
        trusted_issuers=trusted,
        recipient=recipient,
    )
    with interpreting(sandbox.allowance().interpret):
        return verify(presented, gathered)


_SIGNS = {Outcome.PASS: "pass", Outcome.FAIL: "FAIL", Outcome.UNKNOWN: "????", Outcome.NOT_APPLICABLE: "n/a "}


def _as_text(file: Path, report: Report) -> str:
    verdict = report.verdict.replace("_", " ").upper()
    lines = [f"{file}: {verdict}"]
    for check in report.checks:
        lines.append(
            f"  {check.number}. {_SIGNS[check.outcome]}  {check.title}: {check.detail} ({check.code})"
        )
        if check.remedy and check.outcome is not Outcome.PASS:
            lines.append(f"           {check.remedy}")
    return "\n".join(lines)


def _as_json(file: Path, report: Report) -> str:
    answer = VerificationRead.model_validate(report).model_dump(mode="json")
    return json.dumps({"file": str(file), **answer}, ensure_ascii=False)
