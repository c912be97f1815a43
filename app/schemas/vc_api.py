"""Bodies of W3C's VC API (VCALM 1.0): what an issuer service and a verifier service read and answer."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body

_METHOD = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
_CREDENTIAL: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": _METHOD,
    "credentialSubject": {"id": "did:example:subject", "name": "Amina"},
}
_PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-02-20T10:00:00Z",
    "verificationMethod": f"{_METHOD}#{_METHOD.removeprefix('did:key:')}",
    "proofPurpose": "assertionMethod",
    "proofValue": "z4oaqzrZ…",
}
_SECURED = _CREDENTIAL | {"proof": _PROOF}


class VerificationOptions(Body):
    """What a verifier is asked to look at. `checks` of `["proof"]` leaves dates and status alone."""

    checks: Annotated[
        list[Literal["proof", "credentialStatus"]],
        Field(default_factory=list, max_length=8, description="Empty or left out: everything."),
    ]


class CredentialVerification(Body):
    """A credential to be verified: with an embedded proof, or enveloped."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verifiableCredential": _SECURED, "options": {"checks": ["proof"]}}]}
    )

    verifiable_credential: Annotated[dict[str, Any], Field(alias="verifiableCredential")]
    options: Annotated[VerificationOptions, Field(default_factory=VerificationOptions)]


class VerificationWarning(Answer):
    """Something amiss that did not make the verification fail; the codes are those of docs/verifying.md."""

    code: str
    title: str
    detail: str
    remedy: str | None


class VerificationPassed(Answer):
    """What was checked and held; `warnings` name what the reader has to judge: dates, status, the issuer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verified": True,
                    "checks": ["parse", "conformance", "proof", "issuer_key", "status"],
                    "warnings": [
                        {
                            "code": "expired",
                            "title": "Compare the dates",
                            "detail": "Valid until 2025-01-01T00:00:00Z.",
                            "remedy": "Ask the issuer for a new one.",
                        }
                    ],
                }
            ]
        }
    )

    verified: Literal[True] = True
    checks: Annotated[list[str], Field(description="The checks that passed.")]
    warnings: list[VerificationWarning]
