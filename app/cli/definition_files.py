"""Definitions in files."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import expected
from app.services import definition_files

commands = typer.Typer(add_completion=False)


@commands.command("lint")
def lint_files(
    files: Annotated[
        list[Path],
        typer.Argument(help="Passports and series as YAML or JSON, one in a file.", show_default=False),
    ],
    catalogue: Annotated[
        Path | None, typer.Option(help="A file to look things up in, as the `catalogue` of a simulation.")
    ] = None,
) -> None:
    """Look passports and series over. Nothing is fetched; without a catalogue, references are not looked up.

    Exit code: 0 nothing found, 1 something found, 2 something was unreadable.

    Example: passports lint examples/*/passport.yaml
    """
    with expected():
        worst, lines = definition_files.lint_files(files, catalogue)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(worst)
