"""Logs: one JSON object a line, with the trace and without secrets."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app.logs import JsonFormatter, configure_logs

SECRET = "lpt_Zk3aSecretSecretSecretSecretSecretSecretSec"


def line_of(message: str, *arguments: object, **members: object) -> dict[str, Any]:
    record = logging.LogRecord("passports", logging.INFO, __file__, 1, message, arguments, None)
    for name, value in members.items():
        setattr(record, name, value)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    read: dict[str, Any] = json.loads(text)
    return read


def test_a_line_says_when_how_bad_who_and_what() -> None:
    line = line_of("%s jobs, %s", 2, "two\nlines", created=0.0)
    assert line == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "level": "INFO",
        "logger": "passports",
        "message": "2 jobs, two\nlines",
    }


def test_known_extras_are_members_and_others_are_left_out() -> None:
    line = line_of("x", request_id="r", milliseconds=1.5, job_id="j", authorization=f"Bearer {SECRET}")
    assert (line["request_id"], line["milliseconds"], line["job_id"]) == ("r", 1.5, "j")
    assert "authorization" not in line


def test_a_failure_brings_its_trace() -> None:
    try:
        int(SECRET)
    except ValueError:
        line = line_of("x", exc_info=sys.exc_info())
    assert "ValueError: invalid literal for int() with base 10: 'lpt_[hidden]'" in line["trace"]
    assert "test_logs.py" in line["trace"]


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        (f"token {SECRET}.", "token lpt_[hidden]."),
        ("Authorization: Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln", "Authorization: Bearer [hidden]"),
        ("authorization: basic YWRhOnNlY3JldA==", "authorization: basic [hidden]"),
        ("postgresql://app:hunter2@db/passports", "postgresql://[hidden]@db/passports"),
        ("postgresql://app@db/passports", "postgresql://app@db/passports"),
        ("a bearer of news at http://127.0.0.1:8000/x", "a bearer of news at http://127.0.0.1:8000/x"),
        ("lpt_Zk3a", "lpt_Zk3a"),
    ],
)
def test_secrets_are_blacked_out(message: str, logged: str) -> None:
    assert line_of(message)["message"] == logged


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    before = (root.level, root.handlers[:], access.disabled)
    root.handlers[:] = []  # what is there belongs to the test run: `force` would close it
    yield
    root.level, root.handlers[:], access.disabled = before[0], before[1], before[2]


@pytest.mark.usefixtures("untouched_logging")
def test_everything_goes_to_standard_error_in_this_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning")
    logging.getLogger("somebody.elses").warning("careful")
    logging.getLogger("somebody.elses").info("chat")
    written = capsys.readouterr()
    assert written.out == ""
    assert [json.loads(line)["message"] for line in written.err.splitlines()] == ["careful"]
    assert logging.getLogger("uvicorn.access").disabled
