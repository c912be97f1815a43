"""The process itself: what it answers, and what it cannot do."""

import json
import subprocess
import sys
from typing import Any

import pytest

from app.sandbox import child

DOCUMENT: dict[str, Any] = {"@context": {"x": "urn:x:x"}, "x": "a"}


def answered(document: dict[str, Any]) -> dict[str, Any]:
    return child.answer(json.dumps({"document": document, "hash_name": "sha256"}).encode())


def test_an_answer_is_the_canonical_form_and_its_cost() -> None:
    found = answered(DOCUMENT)
    assert found.pop("cpu_seconds") >= 0
    assert found == {"nquads": '_:c14n0 <urn:x:x> "a" .\n', "own_terms": ("/x",)}


@pytest.mark.parametrize(
    ("value", "pointer", "code", "too_complex"),
    [(None, "/x", "null_value", False), ([*map(str, range(20_001))], "", "too_many_statements", True)],
)
def test_an_answer_says_why_there_is_none(
    value: object, pointer: str, code: str, *, too_complex: bool
) -> None:
    found = answered({**DOCUMENT, "x": value})
    assert found["too_complex"] is too_complex
    assert [fault[:2] for fault in found["faults"]] == [[pointer, code]]


ATTEMPTS = """
import socket, subprocess, sys
from app.sandbox import child
child.warm_up()
child.give_up_rights(256 * 1024 * 1024)
def attempt(what):
    try:
        what()
    except (OSError, MemoryError) as error:
        print(type(error).__name__)
    else:
        print("possible")
attempt(lambda: [open("/etc/hostname") for _ in range(2)])
attempt(lambda: [socket.socket() for _ in range(2)])
attempt(lambda: subprocess.run(["true"], stdout=subprocess.PIPE))
attempt(lambda: bytes(512 * 1024 * 1024))
request = b'{"document": {"@context": {"x": "urn:x:x"}, "x": "a"}, "hash_name": "sha384"}'
print(child.answer(request)["own_terms"])
"""


def test_it_can_open_no_files_and_sockets_start_nothing_and_not_grow() -> None:
    done = subprocess.run([sys.executable, "-c", ATTEMPTS], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:4] == ["OSError", "OSError", "OSError", "MemoryError"], done.stderr
    assert done.stdout.split("\n")[4] == "('/x',)"


def test_the_processor_time_is_set_for_each_document() -> None:
    program = (
        "import resource; from app.sandbox import child\n"
        "for line in child.requests(5): print(line, resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="a\nb\n", capture_output=True, text=True, check=True
    )
    limits = [int(line.rpartition(" ")[2]) for line in done.stdout.split("\n")[:2]]
    assert all(6 <= limit < 20 for limit in limits)
