"""The pages of error codes, at the addresses that problems name as their type."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.pages import problem_codes
from tests.frames import Frame, open_frame


@pytest.fixture
def frame(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    with open_frame(database_url, tmp_path) as frame:
        yield frame


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_code_has_a_page(frame: Frame) -> None:
    for code in problem_codes():
        page = frame.send("GET", f"/problems/{code}", token=None)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert code in page.text
        assert "What to do" in page.text


def test_the_type_of_a_problem_leads_to_its_page(frame: Frame) -> None:
    kind = frame.send("GET", "/issuers/nobody", token=None).json()["type"]
    path = kind.removeprefix("https://passports.example.org")
    assert frame.send("GET", path, token=None).status_code == 200


@pytest.mark.parametrize("code", ["nothing", "../errors", "a" * 3000, "%3Cb%3E"])
def test_an_unknown_code_is_not_found(frame: Frame, code: str) -> None:
    answer = frame.send("GET", f"/problems/{code}", token=None)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert len(answer.json()["detail"]) < 200
