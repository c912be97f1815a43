"""Definitions in files."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import expected
from app.services import definition_files

commands = typer.Typer(add_completion=False)


@commands.command("lint")
def lint_files(
    files: Annotated[list[Path], typer.Argument(help="Passports as YAML or JSON.", show_default=False)],
    catalogue: Annotated[
        Path | None, typer.Option(help="A file with frameworks, rubrics and content to look things up in.")
    ] = None,
) -> None:
    """Look passports over. Nothing is fetched; without a catalogue, references are not looked up.

    Exit code: 0 nothing found, 1 something found, 2 something was unreadable.

    Example: passports lint examples/*/passport.yaml
    """
    with expected():
        worst, lines = definition_files.lint_files(files, catalogue)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(worst)
