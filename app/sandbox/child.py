"""The process for documents and schemas of strangers: `python -m app.sandbox.child CPU_SECONDS MEMORY`.

Reads a request a line and writes an answer a line, JSON both. By the time the first request is read, the
process can open no file and no socket, start no other, and not grow beyond its memory.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from app.errors import Fault, InvalidPayloadError, JsonLdError, PassportsError, TooComplexError
from app.signing import json_schemas
from app.signing.jsonld.interpreter import interpret
from app.signing.jsonld.vendored import LOCAL_CONTEXTS

READY = b"ready\n"


def answer(line: bytes) -> dict[str, Any]:
    """Return the answer to one request, or why there is none, and what it cost."""
    started, request = time.process_time(), json.loads(line)
    try:
        found = _applied(request) if "schemas" in request else _interpreted(request)
    except (JsonLdError, InvalidPayloadError) as error:
        found = _refused(error)
    return {**found, "cpu_seconds": time.process_time() - started}


def _interpreted(request: dict[str, Any]) -> dict[str, Any]:
    found = interpret(request["document"], request["hash_name"])
    return {"nquads": found.nquads, "own_terms": found.own_terms}


def _applied(request: dict[str, Any]) -> dict[str, Any]:
    found = json_schemas.apply(request["url"], request["schemas"], request["draft"], request["document"])
    return {"broken": _written(found)}


def _refused(error: PassportsError) -> dict[str, Any]:
    is_too_complex = isinstance(error, TooComplexError)
    return {
        "refused": error.detail,
        "faults": _written(error.faults),
        "hint": error.hint,
        "too_complex": is_too_complex,
    }


def _written(faults: Iterable[Fault]) -> list[list[str | None]]:
    return [[fault.pointer, fault.code, fault.detail, fault.hint] for fault in faults]


def requests(cpu_seconds: int) -> Iterator[bytes]:
    """Yield each request, with the processor time for one more document allowed."""
    for line in sys.stdin.buffer:
        allowed = int(time.process_time()) + 1 + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        yield line


def warm_up() -> None:
    """Load what is loaded late: afterwards no file can be opened."""
    for url in LOCAL_CONTEXTS:
        document = {"@context": [url, {"@vocab": "urn:x:"}], "@id": "urn:x:a", "warm": [{"@value": "ü"}, 1.5]}
        try:
            interpret(document, "sha384")
        except JsonLdError:  # some contexts protect what others define
            continue
    for draft in json_schemas.DRAFTS:
        json_schemas.apply("urn:x:a", {"urn:x:a": {"$schema": draft, "required": ["a"]}}, draft, {})


def give_up_rights(memory: int) -> None:
    """Bound the memory, and give up files, sockets and other processes for good."""
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 4),  # standard input, output and errors, and the way back
    ):
        resource.setrlimit(limit, (value, value))


def main() -> None:
    """Answer requests until there are no more."""
    cpu_seconds, memory = map(int, sys.argv[1:])
    with os.fdopen(os.dup(1), "wb") as back:
        os.dup2(2, 1)  # what a library prints is no answer
        warm_up()
        give_up_rights(memory)
        back.write(READY)
        back.flush()
        for line in requests(cpu_seconds):
            back.write(json.dumps(answer(line)).encode() + b"\n")
            back.flush()


if __name__ == "__main__":
    main()
