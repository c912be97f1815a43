"""Definitions in files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from app.cli.folders import Texts, read_texts
from app.domain.bundles import Finding, Severity
from app.domain.rules.facts import Catalogue
from app.errors import InvalidPayloadError, MalformedBodyError
from app.services import definition_files

FOUND, UNREADABLE = 1, 2

commands = typer.Typer(add_completion=False)


@commands.command("lint")
def lint_files(
    files: Annotated[
        list[Path],
        typer.Argument(help="Passports, or whole bundles, as YAML or JSON; folders.", show_default=False),
    ],
    catalogue: Annotated[
        Path | None, typer.Option(help="A file to look things up in, as the `catalogue` of a simulation.")
    ] = None,
) -> None:
    """Look files over, without a service: passports, and all else that `plan` reads.

    The files see each other. What they refer to beyond is looked up in the catalogue; without one, a
    service may have it: that is a warning at the most.

    Exit code: 0 no errors, 1 errors, 2 something was unreadable.

    Example: passports lint examples/*/passport.yaml
    """
    known = None if catalogue is None else _known(catalogue)
    texts = read_texts(files)
    named = {str(file): text for file, text in texts.read.items()}
    findings = definition_files.lint_files(named, known)
    for file, reason in texts.unreadable.items():
        typer.echo(f"{file}: unreadable: {reason}", err=True)
    for each in findings:
        where = f"{each.file}:{each.line}" if each.line else f"{each.file} {each.pointer}"
        typer.echo(f"{where}: {each.severity} {each.code}: {each.detail} {each.hint}")
    for name in sorted(named.keys() - {each.file for each in findings}):
        typer.echo(f"{name}: fine")
    raise typer.Exit(_worst(texts, findings))


def _worst(texts: Texts, findings: Iterable[Finding]) -> int:
    errors = {each.code for each in findings if each.severity is Severity.ERROR}
    if texts.unreadable or not texts.read or MalformedBodyError.code in errors:
        return UNREADABLE
    return FOUND if errors else 0


def _known(file: Path) -> Catalogue:
    """Return what a catalogue holds; one that cannot be used ends the program with exit code 2."""
    texts = read_texts([file])
    lines = [f"{file}: unreadable: {reason}" for reason in texts.unreadable.values()]
    try:
        if not lines:
            return definition_files.read_known(texts.read[file])
    except MalformedBodyError as error:
        lines = [f"{file}: unreadable: {error.detail}"]
    except InvalidPayloadError as error:
        lines = [f"{file} {each.pointer}: {each.code}: {each.detail}" for each in error.faults]
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(UNREADABLE)
