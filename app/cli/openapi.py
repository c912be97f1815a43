"""The description of the API."""

import json

import typer

from app.main import make_api

commands = typer.Typer(add_completion=False)


@commands.command("openapi")
def print_openapi() -> None:
    """Print the description of the API.

    Example: passports openapi > openapi/openapi.json
    """
    typer.echo(json.dumps(make_api().openapi(), indent=2, ensure_ascii=False))
