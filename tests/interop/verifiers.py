"""Other people's verifiers under Node, as one process that lives as long as the tests that ask it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.signing.jsonld import context_document, known_contexts
from tests.outside import find_program, missing

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """What a verifier said; `error` tells why not, `details` is the whole answer."""

    verified: bool
    error: str | None
    details: Mapping[str, Any]


class Verifiers:
    """The process; ask for one thing after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def remember(self, documents: Mapping[str, object]) -> None:
        """Hand in documents by URL, such as contexts and status lists; a verifier never fetches."""
        self._ask({"documents": documents})

    def verify_credential(
        self, credential: Mapping[str, object], did_documents: Mapping[str, object], now: datetime
    ) -> Answer:
        """Ask `@digitalbazaar/vc`; the detail `set` has the credential's bit on each status list it names.

        A revoked credential still verifies: what the bit means is for the asker to say.
        """
        request = {"credential": credential, "didDocuments": did_documents, "now": now.isoformat()}
        return self._ask(request)

    def verify_jwt(self, token: str, jwk: Mapping[str, object], now: datetime) -> Answer:
        """Ask `jose`; header and payload are among the details."""
        return self._ask({"jwt": token, "jwk": jwk, "now": now.isoformat()})

    def _ask(self, request: Mapping[str, object]) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                "The verifiers ended without an answer; what they wrote is in the test's output."
            )
        details = json.loads(line)
        return Answer(details["verified"], details["error"], details)


@contextmanager
def running() -> Iterator[Verifiers]:
    """Give the running process, which knows this service's contexts; raises what `missing` says."""
    node = find_program("node", "nodejs", hint="Node.js 20 or newer")
    if not (HERE / "node_modules/.installed").exists():
        raise missing("the packages of tests/interop/package.json (`make test` installs them with npm)")
    with subprocess.Popen(
        [str(node), str(HERE / "verify.mjs")],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        verifiers = Verifiers(process)
        verifiers.remember({url: json.loads(context_document(url)) for url in known_contexts()})
        yield verifiers
