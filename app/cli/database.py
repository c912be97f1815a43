"""The schema of the configured database."""

import typer

from app import database, migrations
from app.cli.failures import expected
from app.database import make_engine
from app.settings import load_settings

BEHIND = 1

commands = typer.Typer(help="Look after the database schema.", no_args_is_help=True, add_completion=False)


@commands.command("upgrade")
def upgrade_database() -> None:
    """Bring the schema of the configured database up to date.

    Example: PASSPORTS_DATABASE_URL=postgresql://app@db/passports passports db upgrade
    """
    with expected():
        engine = make_engine(load_settings().database_url)
        migrations.upgrade(engine)
        typer.echo(f"The schema is at revision {database.current_revision(engine)}.")
        engine.dispose()


@commands.command("status")
def show_database() -> None:
    """Show the schema's revision and the one this version needs.

    Exit code: 0 they are the same, 1 the schema is behind.

    Example: passports db status
    """
    with expected():
        engine = make_engine(load_settings().database_url)
        current, needed = database.current_revision(engine), database.head_revision()
        engine.dispose()
    typer.echo(f"revision {current or 'none'}, needed {needed}")
    raise typer.Exit(0 if current == needed else BEHIND)
