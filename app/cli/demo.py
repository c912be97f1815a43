"""The command that tells the story of one passport."""

from typing import Annotated

import typer

from app.cli.failures import expected
from app.demo.run import DemoOrder, run_demo
from app.demo.teller import StoryEndedError

NOT_VERIFIED = 1

commands = typer.Typer(add_completion=False)


@commands.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the story; 0 if it verified.")] = False,
    port: Annotated[int | None, typer.Option(help="Default: the first free one from 8000 on.")] = None,
) -> None:
    """Tell the story of one passport over HTTP, then serve until interrupted.

    Example: passports demo --once
    """
    try:
        with expected():
            verified = run_demo(DemoOrder(once=once, port=port), typer.echo)
    except StoryEndedError as error:
        typer.echo(f"passports: the story broke off. {error}", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(NOT_VERIFIED if once and not verified else 0)
