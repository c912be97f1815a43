"""Other people's signers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tests.interop.programs import Program, running


class Signers:
    """What signs, with a new key each time, whose did:key is then issuer or holder."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def sign(
        self, credential: Mapping[str, object], suite: str, curve: str, mandatory: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return `credential` signed; `mandatory` are the pointers of ecdsa-sd-2023."""
        request = {"credential": credential, "suite": suite, "curve": curve, "mandatoryPointers": mandatory}
        signed: dict[str, Any] = self._ask(request)["credential"]
        return signed

    def derive(self, credential: Mapping[str, object], selective: Sequence[str]) -> dict[str, Any]:
        """Return what `credential`, with an ecdsa-sd-2023 base proof, discloses of itself."""
        derived: dict[str, Any] = self._ask({"base": credential, "selectivePointers": selective})[
            "credential"
        ]
        return derived

    def present(
        self, credentials: Sequence[object], suite: str, curve: str, asked: tuple[str, str], now: datetime
    ) -> dict[str, Any]:
        """Return a presentation of `credentials` signed for who `asked`, by challenge and domain."""
        request = {
            "credentials": credentials,
            "suite": suite,
            "curve": curve,
            "challenge": asked[0],
            "domain": asked[1],
            "now": now.isoformat(),
        }
        presentation: dict[str, Any] = self._ask(request)["presentation"]
        return presentation

    def sign_jwt(self, claims: Mapping[str, object], algorithm: str, header: Mapping[str, object]) -> str:
        """Return `claims` as a JWT by `jose`, whose issuer is then a did:jwk."""
        token: str = self._ask({"claims": claims, "algorithm": algorithm, "header": header})["jwt"]
        return token

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        answer = self._program.ask(request)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


@contextmanager
def signing() -> Iterator[Signers]:
    """Give the running signers."""
    with running("sign.mjs") as program:
        yield Signers(program)
