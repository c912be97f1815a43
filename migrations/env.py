"""How Alembic runs the migrations: over the connection that `app.migrations.upgrade` hands in.

Called from Alembic's own command line (`make migration`), it opens the database that
`PASSPORTS_DATABASE_URL` names.
"""

import os
from typing import Any, Literal

import sqlalchemy
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import app.models  # noqa: F401 (the package imports all model modules, which fills the metadata)
from app.database import Base, UtcDateTime, make_engine


def number_revision(_context: MigrationContext, _revision: object, scripts: list[MigrationScript]) -> None:
    """Name revisions 0001, 0002, …: `require_current_schema` tells ahead from behind by them."""
    head = ScriptDirectory.from_config(context.config).get_current_head()
    scripts[0].rev_id = f"{int(head or 0) + 1:04d}"


def render_item(
    kind: str,
    item: Any,  # noqa: ANN401 (Alembic hands in whatever it is about to write)
    autogenerate: AutogenContext,
) -> str | Literal[False]:
    """Write our column types as the SQL types they stand for: a migration must not change with the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sqlalchemy.JSON):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        jsonb = "postgresql.JSONB(none_as_null=True)"
        return f'sa.JSON(none_as_null=True).with_variant({jsonb}, "postgresql")'
    return False


def migrate(connection: sqlalchemy.Connection) -> None:
    """Run the migrations that were asked for."""
    options: dict[str, Any] = {"transactional_ddl": True, "transaction_per_migration": True}
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=True,
        process_revision_directives=number_revision,
        render_item=render_item,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    """Use the connection handed in, or open one."""
    if context.is_offline_mode():
        raise SystemExit("Migrations run over a connection only; there is no SQL to print.")
    connection = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    engine = make_engine(os.environ.get("PASSPORTS_DATABASE_URL", "sqlite:///var/passports.sqlite3"))
    with engine.connect() as own:
        migrate(own)
    engine.dispose()


run()
