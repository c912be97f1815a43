"""Expected failures on the command line: a message and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from app.errors import PassportsError


@contextmanager
def expected() -> Iterator[None]:
    """Turn an expected failure into a message and exit code 1."""
    try:
        yield
    except PassportsError as error:
        _fail(error)


def _fail(error: PassportsError) -> NoReturn:
    typer.echo(f"passports: {error.detail}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)
    raise typer.Exit(1)
