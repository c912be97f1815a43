"""Other people's verifiers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.interop.programs import Program, running


@dataclass(frozen=True)
class Answer:
    """What a verifier said; `error` tells why not, `details` is the whole answer."""

    verified: bool
    error: str | None
    details: Mapping[str, Any]


class Verifiers:
    """What verifies; nothing is fetched."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def remember(self, documents: Mapping[str, object]) -> None:
        """Hand in documents by URL, such as contexts and status lists."""
        self._program.remember(documents)

    def verify_credential(
        self, credential: Mapping[str, object], did_documents: Mapping[str, object], now: datetime
    ) -> Answer:
        """Ask `@digitalbazaar/vc`; the detail `set` has the credential's bit on each status list it names.

        A revoked credential still verifies: what the bit means is for the asker to say.
        """
        request = {"credential": credential, "didDocuments": did_documents, "now": now.isoformat()}
        return self._ask(request)

    def verify_presentation(
        self,
        presentation: Mapping[str, object],
        did_documents: Mapping[str, object],
        now: datetime,
        *,
        challenge: str,
        domain: str,
    ) -> Answer:
        """Ask `@digitalbazaar/vc` about a presentation and what it shows."""
        request = {
            "presentation": presentation,
            "didDocuments": did_documents,
            "now": now.isoformat(),
            "challenge": challenge,
            "domain": domain,
        }
        return self._ask(request)

    def check_credential(self, credential: Mapping[str, object]) -> Answer:
        """Ask `@digitalcredentials/verifier-core`; verified is what it says of the signature."""
        return self._ask({"core": credential})

    def verify_jwt(self, token: str, jwk: Mapping[str, object], now: datetime, kind: str = "JWT") -> Answer:
        """Ask `jose` about a JWT of the `typ` `kind`; header and payload are among the details."""
        return self._ask({"jwt": token, "jwk": jwk, "now": now.isoformat(), "typ": kind})

    def _ask(self, request: Mapping[str, object]) -> Answer:
        details = self._program.ask(request)
        return Answer(details["verified"], details["error"], details)


@contextmanager
def verifying() -> Iterator[Verifiers]:
    """Give the running verifiers."""
    with running("verify.mjs") as program:
        yield Verifiers(program)
