"""The front door and the answers to whoever watches the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.frames import Frame, open_frame


@pytest.fixture
def frame(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    with open_frame(database_url, tmp_path) as frame:
        yield frame


def test_the_front_page_names_who_issues_here(frame: Frame) -> None:
    page = frame.send("GET", "/", token=None)
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/issuers/community"' in page.text


def test_the_front_page_of_an_empty_service_is_a_page(database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=database_url, encryption_key_file=tmp_path / "key", embedded_worker=False
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/").status_code == 200


def test_a_living_and_ready_process_says_so(frame: Frame) -> None:
    for path, status in (("/health/live", "alive"), ("/health/ready", "ready")):
        answer = frame.send("GET", path, token=None)
        assert (answer.status_code, answer.json()) == (200, {"status": status})
        assert answer.headers["cache-control"] == "no-store"


def test_a_process_lives_though_its_database_is_gone(frame: Frame) -> None:
    frame.engine.dispose()
    frame.app.state.engine = None
    assert frame.send("GET", "/health/live", token=None).status_code == 200
