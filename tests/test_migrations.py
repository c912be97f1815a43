import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app.database import (
    MIGRATIONS,
    current_revision,
    head_revision,
    make_engine,
    require_current_schema,
    transaction,
)
from app.errors import ConfigurationError, SchemaBehindError
from app.migrations import upgrade

FIRST = """
op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "children",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id", name="fk_parent", ondelete="CASCADE")),
)
op.execute("INSERT INTO parents VALUES (1)")
op.execute("INSERT INTO children VALUES (1, 1)")
"""

REBUILD_THE_PARENT = """
recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
with op.batch_alter_table("parents", recreate=recreate) as table:
    table.add_column(sa.Column("name", sa.Text, nullable=True))
"""

FAIL = """
op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO nowhere VALUES (1)")
"""

LEAVE_AN_ORPHAN = 'op.execute("DELETE FROM parents")'


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The real environment with made-up migrations."""
    folder = tmp_path / "migrations 100%"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "env.py", folder)
    return folder


def write(scripts: Path, number: int, body: str) -> None:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    before = repr(f"{number - 1:04d}") if number > 1 else None
    (scripts / "versions" / f"{number:04d}_made_up.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = '{number:04d}'\ndown_revision = {before}\n\n\ndef upgrade():\n{lines}\n"
    )


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_without_migrations_there_is_nothing_to_do_or_to_ask_for(engine: Engine, scripts: Path) -> None:
    upgrade(engine, scripts=scripts)
    require_current_schema(engine, scripts=scripts)
    assert (current_revision(engine), head_revision(scripts=scripts)) == (None, None)


def test_an_empty_database_is_behind_until_it_is_upgraded(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    with pytest.raises(SchemaBehindError, match="revision none and this version needs 0001") as refusal:
        require_current_schema(engine, scripts=scripts)
    assert "passports db upgrade" in str(refusal.value.hint)
    upgrade(engine, scripts=scripts)
    require_current_schema(engine, scripts=scripts)
    assert current_revision(engine) == head_revision(scripts=scripts) == "0001"


def test_an_older_schema_is_behind(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    upgrade(engine, scripts=scripts)
    write(scripts, 2, REBUILD_THE_PARENT)
    with pytest.raises(SchemaBehindError, match="revision 0001 and this version needs 0002"):
        require_current_schema(engine, scripts=scripts)


def test_a_newer_schema_is_accepted_while_a_deployment_goes_on(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    write(scripts, 2, REBUILD_THE_PARENT)
    upgrade(engine, scripts=scripts)
    (scripts / "versions/0002_made_up.py").unlink()
    require_current_schema(engine, scripts=scripts)


def test_a_second_upgrade_changes_nothing(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    upgrade(engine, scripts=scripts)
    upgrade(engine, scripts=scripts)
    assert tables(engine) == {"parents", "children"}


def test_an_upgrade_can_stop_at_a_revision(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    write(scripts, 2, REBUILD_THE_PARENT)
    upgrade(engine, "0001", scripts=scripts)
    assert current_revision(engine) == "0001"


def test_rebuilding_a_table_does_not_delete_what_refers_to_it(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    upgrade(engine, scripts=scripts)
    write(scripts, 2, REBUILD_THE_PARENT)
    upgrade(engine, scripts=scripts)
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM children")) == 1


def test_foreign_keys_are_enforced_again_after_an_upgrade(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    upgrade(engine, scripts=scripts)
    with pytest.raises(DBAPIError), transaction(engine) as session:
        session.execute(text("INSERT INTO children VALUES (2, 99)"))


def test_a_migration_that_fails_leaves_nothing_half_done(engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    upgrade(engine, scripts=scripts)
    write(scripts, 2, FAIL)
    with pytest.raises(DBAPIError, match="nowhere"):
        upgrade(engine, scripts=scripts)
    assert current_revision(engine) == "0001"
    assert tables(engine) == {"parents", "children"}


def test_a_sqlite_migration_that_leaves_an_orphan_is_undone(tmp_path: Path, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    write(scripts, 2, LEAVE_AN_ORPHAN)
    engine = make_engine(f"sqlite:///{tmp_path}/passports.sqlite3")
    with pytest.raises(ConfigurationError, match="refer to nothing in: children"):
        upgrade(engine, scripts=scripts)
    assert tables(engine) == set()
    engine.dispose()


def test_two_processes_may_upgrade_at_once(empty_database_url: str, engine: Engine, scripts: Path) -> None:
    write(scripts, 1, FIRST)
    write(scripts, 2, REBUILD_THE_PARENT)
    code = (
        "import sys; from pathlib import Path;"
        "from app.database import make_engine; from app.migrations import upgrade;"
        "upgrade(make_engine(sys.argv[1]), scripts=Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, empty_database_url, str(scripts)]
    running = [subprocess.Popen(command, cwd=MIGRATIONS.parent) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert current_revision(engine) == "0002"
