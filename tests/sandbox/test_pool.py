"""Processes with limits: what overruns them ends there, and the next document finds a new one."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from app.errors import BusyError, Fault, InvalidPayloadError, JsonLdError, TooComplexError
from app.sandbox import Limits, Sandbox
from app.signing import json_schemas
from app.signing.jsonld import Interpret
from app.signing.jsonld.interpreter import interpret

Document = dict[str, Any]

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
PLAIN: Document = {"@context": {"x": "urn:x:x"}, "x": ["a", {"@value": "ü\ud7ff", "@language": "en"}]}
REFUSED: Document = {"@context": {"x": "urn:x:x"}, "y": "a"}
ENDLESS: Document = {"@context": [CREDENTIALS_V2] * 4000 + [{"x": "urn:x:x"}], "x": "a"}
"""A document that takes PyLD longer than any limit."""


@contextmanager
def sandbox(**limits: Any) -> Iterator[Sandbox]:  # noqa: ANN401 (each limit has a type of its own)
    with closing(Sandbox(Limits(**limits))) as made:
        yield made


def children() -> set[int]:
    """Return the processes that this one has started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == os.getpid():
            found.add(int(path.parent.name))
    return found


def test_a_document_is_read_as_in_this_process_and_the_process_kept() -> None:
    before = children()
    with sandbox() as box:
        for hash_name in ("sha256", "sha384"):
            assert box.allowance().interpret(PLAIN, hash_name) == interpret(PLAIN, hash_name)
        with pytest.raises(JsonLdError) as here:
            interpret(REFUSED, "sha256")
        with pytest.raises(JsonLdError) as there:
            box.allowance().interpret(REFUSED, "sha256")
        assert (here.value.detail, here.value.faults, here.value.hint) == (
            there.value.detail,
            there.value.faults,
            there.value.hint,
        )
        started = children() - before
        assert len(started) == 1
        (process,) = started
        assert not Path(f"/proc/{process}/environ").read_bytes()
        limits = Path(f"/proc/{process}/limits").read_text()
        assert {line[:26].strip(): line[26:].split()[0] for line in limits.split("\n")[1:-1]}.items() >= {
            "Max address space": str(Limits().memory),
            "Max open files": "4",
            "Max file size": "0",
            "Max core file size": "0",
        }.items()
    assert children() == before


def test_too_much_processor_time_ends_the_process_and_not_the_service() -> None:
    with sandbox(seconds=60) as box:
        with pytest.raises(TooComplexError):
            box.allowance().interpret(ENDLESS, "sha256")
        assert box.allowance().interpret(PLAIN, "sha256").nquads


@pytest.mark.parametrize("limits", [{"seconds": 0.2, "cpu_seconds": 60}, {"memory": 60_000_000}])
def test_too_much_time_or_memory_does_so_too(limits: Document) -> None:
    document = ENDLESS if "seconds" in limits else {**PLAIN, "x": ["a" * 100 + str(n) for n in range(40_000)]}
    with sandbox(**limits) as box, pytest.raises(TooComplexError) as caught:
        box.allowance().interpret(document, "sha256")
    assert [fault.code for fault in caught.value.faults] == ["too_costly"]


def test_what_one_verification_reads_may_together_cost_what_one_document_may() -> None:
    with sandbox(cpu_seconds=0) as box:
        allowed = box.allowance().interpret
        with pytest.raises(TooComplexError):
            _read_again_and_again(allowed)
        assert box.allowance().interpret(PLAIN, "sha256").nquads


def _read_again_and_again(allowed: Interpret) -> None:
    for _ in range(10_000):  # a clock of the processor may tick as slowly as every 10 ms
        allowed(PLAIN, "sha256")


def test_a_process_that_was_killed_is_replaced() -> None:
    before = children()
    with sandbox() as box:
        box.allowance().interpret(PLAIN, "sha256")
        (process,) = children() - before
        os.kill(process, signal.SIGKILL)
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert box.allowance().interpret(PLAIN, "sha256").nquads
        assert children() - before - {process}


def test_a_process_ends_after_so_many_documents() -> None:
    before = children()
    with sandbox(documents=1) as box:
        assert box.allowance().interpret(PLAIN, "sha256").nquads
        assert children() == before
        assert box.allowance().interpret(PLAIN, "sha256").nquads


def _read_in_vain(box: Sandbox) -> None:
    with suppress(TooComplexError):
        box.allowance().interpret(ENDLESS, "sha256")


@pytest.mark.parametrize("limits", [{"waiting": 0}, {"waiting": 1, "patience": 0.01}])
def test_who_would_wait_too_long_is_told_so(limits: Document) -> None:
    with sandbox(processes=1, seconds=60, **limits) as box:
        other = threading.Thread(target=_read_in_vain, args=[box])
        other.start()
        while box._places.qsize():  # noqa: SLF001 (until the other one is at work)
            time.sleep(0.001)
        with pytest.raises(BusyError):
            box.allowance().interpret(PLAIN, "sha256")
        other.join()


def test_a_process_that_does_not_start_is_no_fault_of_the_document() -> None:
    with sandbox(start_seconds=0.001) as box, pytest.raises(BusyError, match="did not start"):
        box.allowance().interpret(PLAIN, "sha256")


# Schemas ---------------------------------------------------------------------------------------------

URL = "https://schemas.example.org/badge.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
DOUBLING: Document = {
    "$ref": "#/$defs/0",
    "$defs": {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(40)} | {"40": {}},
}
"""A schema of 80 references that are followed 2^40 times."""


def apply(box: Sandbox, schema: object, document: Document) -> tuple[Fault, ...]:
    return box.allowance().apply_schema(URL, {URL: schema}, DRAFT, document)


def test_a_schema_is_applied_and_what_is_no_schema_refused_as_in_this_process() -> None:
    schema = {"properties": {"a/b": {"type": "string"}}}
    with sandbox() as box:
        assert apply(box, schema, {"a/b": "x"}) == ()
        assert apply(box, schema, {"a/b": 5}) == json_schemas.apply(URL, {URL: schema}, DRAFT, {"a/b": 5})
        with pytest.raises(InvalidPayloadError, match="at /required"):
            apply(box, {"required": "id"}, {})
        with pytest.raises(TooComplexError, match="without end"):
            apply(box, {"$ref": "#"}, {})


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 40 + "!"}),
        (DOUBLING, {}),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [{"n": n} for n in range(6_000)]}),
    ],
    ids=["a pattern without end", "references that double", "comparing all with all"],
)
def test_a_schema_that_costs_too_much_ends_the_process_and_not_the_service(
    schema: Document, document: Document
) -> None:
    with sandbox(seconds=60) as box:
        with pytest.raises(TooComplexError, match="more time or memory"):
            apply(box, schema, document)
        assert apply(box, {"required": ["id"]}, {})
