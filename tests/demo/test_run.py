"""The demo: told twice on one database, and clear about what it misses."""

import logging
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.demo import service
from app.demo.run import EXAMPLES, DemoOrder, run_demo
from app.demo.teller import StoryEndedError
from app.errors import ConfigurationError


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Give the loggers back as they were: the demo sets them up as a process of its own would."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    logging.getLogger("uvicorn.access").disabled = False


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number: int = listening.getsockname()[1]
        return number


def test_the_story_ends_verified_and_can_be_told_again(tmp_path: Path, port: int) -> None:
    for number in range(2):
        told: list[str] = []
        assert run_demo(DemoOrder(once=True, port=port, folder=tmp_path), told.append)
        text = "\n".join(told)
        statuses = re.findall(r" (GET|PUT|POST) +(\d{3}) ", text)
        assert len(statuses) >= 40
        assert {status for _, status in statuses} <= {"200", "201"}
        assert ("found from an earlier run" in text) == (number == 1)
        puts = {status for method, status in statuses if method == "PUT"}
        assert puts == ({"200"} if number else {"201"})
        assert "verdict: verified" in text
        assert text.count("uploaded to the verifier: verified") == 4
        assert "8 of 9 met" in text
        assert f"http://127.0.0.1:{port}/credentials/" in text
        assert f"http://127.0.0.1:{port}/v1/content/{{key}}/approvals" in text
        assert max(len(line.split("http://")[0]) for line in told if "http://" in line) < 100
    assert (tmp_path / f"demo-{port}.sqlite3").exists()
    folder = tmp_path / f"demo-{port}"
    saved = {path.name for path in folder.iterdir()}
    assert saved == {"env", *(f"credential.{suffix}" for suffix in ("json", "jwt", "png", "svg"))}
    assert (folder / "env").stat().st_mode & 0o777 == 0o600


def test_the_environment_is_of_a_learner_who_has_everything_before_her(tmp_path: Path, port: int) -> None:
    told: list[str] = []
    run_demo(DemoOrder(once=True, port=port, folder=tmp_path), told.append)
    values = dict(re.findall(r"export (\w+)='(.*)'", (tmp_path / f"demo-{port}" / "env").read_text()))
    with service.listen(port) as listening, service.serving(service.make_settings(tmp_path, port), listening):
        path = f"{values['PASSPORTS_URL']}/v1/enrolments/{values['ENROLMENT']}/progress"
        headers = {"Authorization": f"Bearer {values['LEARNER_TOKEN']}"}
        progress = httpx.get(path, headers=headers, trust_env=False).json()
    assert progress["units"] == {"met": 0, "waived": 0, "pending": 0, "total": 9}
    assert len(progress["shortfalls"]) == 9
    assert "Noor" in "\n".join(told)


def test_without_the_examples_there_is_no_story(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rubrics\.yaml") as caught:
        run_demo(DemoOrder(once=True, examples=tmp_path, folder=tmp_path / "var"), print)
    assert "checkout" in str(caught.value.hint)
    assert not (tmp_path / "var").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {number} cannot be used"):
            run_demo(DemoOrder(once=True, port=number, folder=tmp_path / "var"), print)
    assert not (tmp_path / "var").exists()


def test_without_a_port_the_next_free_one_is_taken() -> None:
    with service.listen(None) as first, service.listen(None) as second:
        ports = [listening.getsockname()[1] for listening in (first, second)]
    assert service.FIRST_PORT <= ports[0] < ports[1]


def test_a_refused_call_ends_the_story_with_its_reason(tmp_path: Path, port: int) -> None:
    examples = tmp_path / "examples"
    shutil.copytree(EXAMPLES, examples)
    (examples / "framework.yaml").write_text("title: A framework\nversion: '1'\nitmes: []\n")
    with pytest.raises(StoryEndedError, match=r"PUT .* answered 422: .*/itmes"):
        run_demo(DemoOrder(once=True, port=port, examples=examples, folder=tmp_path / "var"), print)
