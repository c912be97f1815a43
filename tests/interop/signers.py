"""Other people's signers under Node, as one process that lives as long as the tests that ask it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.signing.jsonld import context_document, known_contexts
from tests.outside import find_program, missing

HERE = Path(__file__).parent


class Signers:
    """The process; ask for one thing after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def remember(self, documents: Mapping[str, object]) -> None:
        """Hand in contexts by URL; a signer never fetches."""
        self._ask({"documents": documents})

    def sign(self, credential: Mapping[str, object], suite: str, curve: str) -> dict[str, Any]:
        """Return `credential` signed with a new key, whose did:key is then its issuer."""
        answer = self._ask({"credential": credential, "suite": suite, "curve": curve})
        signed: dict[str, Any] = answer["credential"]
        return signed

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "The signers have ended."}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


@contextmanager
def running() -> Iterator[Signers]:
    """Give the running process, which knows this service's contexts; raises what `missing` says."""
    node = find_program("node", "nodejs", hint="Node.js 20 or newer")
    if not (HERE / "node_modules/.installed").exists():
        raise missing("the packages of tests/interop/package.json (`make test` installs them with npm)")
    with subprocess.Popen(
        [str(node), str(HERE / "sign.mjs")],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        signers = Signers(process)
        signers.remember({url: json.loads(context_document(url)) for url in known_contexts()})
        yield signers
