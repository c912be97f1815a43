"""What router tests may ask for: a world with an issuer, a passport, people and their tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.clients import World, open_world


@pytest.fixture
def world(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(engine, database_url, tmp_path) as world:
        yield world
