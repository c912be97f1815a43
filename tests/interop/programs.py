"""Programs of others under Node, each one process that lives as long as the tests that ask it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.signing.jsonld import context_document, known_contexts
from tests.outside import find_program, missing

HERE = Path(__file__).parent


class Program:
    """The process; ask for one thing after the other, a JSON object a line each way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def remember(self, documents: Mapping[str, object]) -> None:
        """Hand in documents by URL, such as contexts and status lists; no program fetches any."""
        self.ask({"documents": documents})

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The program ended without an answer; what it wrote is in the test's output.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(script: str) -> Iterator[Program]:
    """Give the running `script`, which knows this service's contexts; raises what `missing` says."""
    node = find_program("node", "nodejs", hint="Node.js 20 or newer")
    if not (HERE / "node_modules/.installed").exists():
        raise missing("the packages of tests/interop/package.json (`make test` installs them with npm)")
    with subprocess.Popen(
        [str(node), str(HERE / script)],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        program = Program(process)
        program.remember({url: json.loads(context_document(url)) for url in known_contexts()})
        yield program
