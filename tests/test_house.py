"""The rules of the house that no other tool knows (CONTRIBUTING.md lists them all)."""

import ast
import inspect
import re
import statistics
import subprocess
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi.routing import APIRoute
from packaging.requirements import Requirement
from sqlalchemy import Engine

import app.models  # noqa: F401 (fills the metadata)
from app.database import Base
from app.migrations import migrations_config
from app.routers import API_ROUTERS, PUBLIC_ROUTERS
from app.signing.jsonld import check_contexts

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

BINARY = {".png", ".gz", ".ico", ".woff2", ".pdf"}
THIS = "tests/test_house.py"


def tracked(*patterns: str) -> list[Path]:
    """Return the files that are, or would be, under version control."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name(path)}:{node.lineno} {node.name}", node


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """Yield where and what is called, as it is written: `datetime.now`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield f"{name(path)}:{node.lineno}", ast.unparse(node.func)


# Budgets --------------------------------------------------------------------------------------------


def share_over(limit: int, sizes: list[int]) -> float:
    return sum(size > limit for size in sizes) / len(sizes)


def test_files_are_short() -> None:
    sizes = {name(path): len(path.read_text().splitlines()) for path in tracked("app/*.py")}
    assert statistics.median(sizes.values()) <= 120
    assert share_over(400, list(sizes.values())) <= 0.05
    checked = tracked("app/*.py", "tests/*.py", "benchmarks/*.py")
    everywhere = {name(path): len(path.read_text().splitlines()) for path in checked}
    assert {file: size for file, size in everywhere.items() if size > 600} == {}


def test_functions_are_short() -> None:
    sizes = {
        where: (node.end_lineno or 0) - node.lineno + 1
        for path in tracked("app/*.py", "tests/*.py")
        for where, node in functions(path)
    }
    assert {where: size for where, size in sizes.items() if size > 60} == {}
    of_the_app = [size for where, size in sizes.items() if where.startswith("app/")]
    assert statistics.median(of_the_app) <= 12
    assert share_over(45, of_the_app) <= 0.05


BRANCHES = ast.If | ast.IfExp | ast.Match | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar


def routes() -> dict[str, ast.AST]:
    """Return what stands behind each address of the application, however it was declared."""
    served = [route for router in (*PUBLIC_ROUTERS, *API_ROUTERS) for route in router.routes]
    endpoints = [route.endpoint for route in served if isinstance(route, APIRoute)]
    return {
        f"{made.__module__}.{made.__name__}": ast.parse(textwrap.dedent(inspect.getsource(made))).body[0]
        for made in endpoints
    }


def test_a_route_parses_calls_one_service_and_shapes() -> None:
    checked = routes()
    assert len(checked) > 100
    faults = []
    for where, route in checked.items():
        body = [item for item in ast.walk(route) if isinstance(item, ast.stmt)][1:]
        if len(body) > 9:  # 8 statements and a docstring
            faults.append(f"{where} has {len(body)} statements")
        if any(isinstance(item, BRANCHES) for item in ast.walk(route)):
            faults.append(f"{where} decides something: that is a service's business")
    assert faults == []


# Suppressions ---------------------------------------------------------------------------------------

SUPPRESSIONS = {
    r"#\s*noqa": r"#\s*noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*\s+\S.{5,}",
    r"#\s*type:\s*ignore": r"#\s*type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s+# \S.{5,}",
    r"#\s*pragma:": r"#\s*pragma: no (cover|branch) \(\S.{5,}\)",
}


@pytest.mark.parametrize("kind", SUPPRESSIONS)
def test_a_suppression_names_its_rule_and_its_reason(kind: str) -> None:
    faults = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in tracked("*.py")
        if name(path) != THIS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(kind, line) and not re.search(SUPPRESSIONS[kind], line)
    ]
    assert faults == []


# What files may hold and be called ------------------------------------------------------------------

FORBIDDEN_TEXT = {
    "a path of somebody's machine": r"(?<![\w.])/(work|root|home|Users)/\w",
    "a registry's address": r"(pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|conda\.anaconda)",
    "unfinished work": r"\b(TODO|FIXME|XXX|HACK)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN_TEXT)
def test_no_file_holds(what: str) -> None:
    faults = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix not in BINARY and name(path) != THIS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(FORBIDDEN_TEXT[what], line)
    ]
    assert faults == []


def test_no_lock_file_of_a_tool_is_kept() -> None:
    """They record download addresses; requirements*.txt lock by hash alone."""
    kept = {path.name for path in tracked() if path.suffix == ".lock"}
    assert kept | {path.name for path in tracked("*package-lock.json", "*pylock*.toml")} == set()


def test_modules_are_called_after_nouns_of_the_field() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "core", "misc", "base"}
    assert [name(path) for path in tracked("app/*.py", "tests/*.py") if path.stem in vague] == []


def test_every_test_module_has_a_name_of_its_own_folder() -> None:
    assert [name(path) for path in tracked("tests/*__init__.py")] == []


# Purity ---------------------------------------------------------------------------------------------


def test_the_clock_is_read_at_the_edge_only() -> None:
    clocks = r"(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns)"
    faults = [
        f"{where} calls {what}"
        for path in tracked("app/domain/*.py", "app/signing/*.py", "app/services/*.py", "app/models/*.py")
        for where, what in calls(path)
        if re.fullmatch(clocks, what)
    ]
    assert faults == []


def test_chance_has_one_source() -> None:
    sources = r"(secrets|random)\..+|os\.urandom|uuid\.uuid[14]|uuid[147]"
    allowed = {"app/identifiers.py", "app/encryption.py"}  # the second makes the nonces of its cipher
    faults = [
        f"{where} calls {what}"
        for path in tracked("app/*.py")
        if name(path) not in allowed
        for where, what in calls(path)
        if re.fullmatch(sources, what) and not what.startswith("secrets.compare_digest")
    ]
    assert faults == []


def test_only_problems_knows_status_numbers() -> None:
    faults = [
        f"{where} calls {what}"
        for path in tracked("app/*.py")
        for where, what in calls(path)
        if what.endswith("HTTPException")
    ]
    assert faults == []


def test_nobody_below_the_edge_commits() -> None:
    faults = [
        f"{where} calls {what}"
        for path in tracked("app/services/*.py", "app/models/*.py", "app/routers/*.py", "app/auth.py")
        for where, what in calls(path)
        if re.search(r"session\.(commit|rollback)$", what)
    ]
    assert faults == []


# Migrations -----------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    """Else: make migration m="what changed"."""
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_are_one_numbered_line() -> None:
    revisions = list(ScriptDirectory.from_config(migrations_config()).walk_revisions())
    numbers = [script.revision for script in reversed(revisions)]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


# What can drift -------------------------------------------------------------------------------------


def test_the_vendored_contexts_are_the_published_ones() -> None:
    check_contexts()


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (name(path), target)
        for path in tracked("*.md")
        for target in re.findall(r"(?:^|`|\$ )make ([a-z]+)", path.read_text(), re.MULTILINE)
    }
    assert [(page, target) for page, target in named if target not in targets] == []


def locked(file: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_locked_versions_are_the_asked_ones(file: str) -> None:
    """Else: make lock."""
    asked = list(PROJECT["project"]["dependencies"])
    if file == "requirements-dev.txt":
        asked += PROJECT["dependency-groups"]["dev"]
    versions = locked(file)
    for line in asked:
        requirement = Requirement(line)
        version = versions.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
        assert version is not None, f"{requirement.name} is not locked"
        assert requirement.specifier.contains(version, prereleases=True), f"{line}: locked is {version}"


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_files_hold_versions_and_hashes_only(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, f"{block.splitlines()[0]} has no hash"


def test_both_lock_files_agree() -> None:
    development = locked("requirements-dev.txt")
    differing = {
        package: (version, development.get(package))
        for package, version in locked("requirements.txt").items()
        if development.get(package) != version
    }
    assert differing == {}
