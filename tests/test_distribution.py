"""What is installed elsewhere: the wheel, and the image that is made of it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built from a copy, so that nothing is left in the repository."""
    source = tmp_path_factory.mktemp("source")
    for item in ("app", "migrations", "docs"):
        shutil.copytree(ROOT / item, source / item, ignore=shutil.ignore_patterns("__pycache__"))
    for item in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / item, source)
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(source)], cwd=source, check=True, capture_output=True, text=True
    )
    with zipfile.ZipFile(source / built.stdout.splitlines()[-1]) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_everything_that_is_read_at_run_time(wheel: set[str]) -> None:
    needed = {
        path.relative_to(ROOT).as_posix()
        for folder in ("app", "migrations")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    assert (needed | {"docs/problems.md"}) - wheel == set()


def test_the_wheel_holds_no_tests(wheel: set[str]) -> None:
    assert [name for name in wheel if name.startswith(("tests", "benchmarks", "examples"))] == []


def test_the_image_gets_all_that_its_recipe_copies() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == let_in


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [number for number, line in enumerate(lines) if line.startswith("USER ")]
    commands = [number for number, line in enumerate(lines) if line.startswith("CMD ")]
    assert lines[users[-1]] == "USER passports"
    assert users[-1] < commands[-1]
