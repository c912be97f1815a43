"""Bringing the schema to this code's revision, with Alembic.

Apart from app.database, so that a service whose schema is current never loads Alembic.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from app.database import MIGRATIONS
from app.errors import ConfigurationError

_UPGRADE_LOCK = 0x7061737370727473
"""Key of the PostgreSQL advisory lock that lets one upgrade run at a time."""


def upgrade(engine: Engine, revision: str = "head", *, scripts: Path = MIGRATIONS) -> None:
    """Bring the schema to `revision`; does nothing when it is there. One upgrade runs at a time.

    On SQLite all migrations are one transaction; on PostgreSQL each has its own, so that a long one
    holds no lock of the one before it. A migration that fails leaves the schema at the one before.
    """
    config = migrations_config(scripts)
    with engine.connect() as connection:
        run = _upgrade_sqlite if engine.dialect.name == "sqlite" else _upgrade_postgresql
        run(connection, config, revision)


def migrations_config(scripts: Path = MIGRATIONS) -> Config:
    """Return Alembic's configuration of the migrations in `scripts`, for use from code."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _upgrade_sqlite(connection: Connection, config: Config, revision: str) -> None:
    """Run with foreign keys unchecked: to change a table is to rebuild it, and its DROP would cascade."""
    connection.detach()  # a connection without foreign keys must not get back into the pool
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.cursor().execute("PRAGMA foreign_keys = OFF")
    with connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = ", ".join(sorted({row[0] for row in broken}))
            raise ConfigurationError(f"The migrations would leave rows that refer to nothing in: {tables}.")


def _upgrade_postgresql(connection: Connection, config: Config, revision: str) -> None:
    """Hold a lock over all the transactions; a backfill may take its time, waiting for a lock may not."""
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.commit()
    connection.detach()  # the lock and these settings end with the connection
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
