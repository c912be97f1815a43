"""Bodies about signing keys."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.keys import KeyStatus
from app.key_backends import BackendName
from app.schemas.bodies import Answer, Body, Instant, ShortText
from app.signing.keys import Algorithm

_READ: dict[str, Any] = {
    "id": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
    "kid": "yiDVfTHL3_FEmQUKkrF98eyGNaYVO60WgUY-yW9jdlM",
    "algorithm": "EdDSA",
    "status": "published",
    "backend": "local",
    "public_jwk": {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": "eyaLP6TI6bIcEp_8IVjzNDf7aYFPIA69lrrj1SMFKlw",
    },
    "created_at": "2026-01-04T09:00:00Z",
    "published_at": "2026-01-04T09:00:00Z",
    "activated_at": None,
    "retired_at": None,
    "compromised_at": None,
}


class KeyCreate(Body):
    """An order for a new signing key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"algorithm": "EdDSA"}]})

    algorithm: Annotated[
        Algorithm,
        Field(description="EdDSA is Ed25519, ES256 is P-256, ES384 is P-384, RS256 is RSA, for JWTs only."),
    ] = "EdDSA"


class KeyActivate(Body):
    """Why a key has to sign before verifiers can know of it, if it has to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"justification": "The key before it was stolen."}]}
    )

    justification: Annotated[
        ShortText | None, Field(description="Activates early; kept in the audit trail.")
    ] = None


class KeyCompromise(Body):
    """Since when somebody else may have the key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-03-02T10:00:00Z"}]})

    at: Annotated[Instant | None, Field(description="RFC 3339 with a time zone; default: now.")] = None


class KeyRead(Answer):
    """A signing key without its private half, which no call shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    id: str
    kid: Annotated[str, Field(description="The thumbprint of the public key (RFC 7638).")]
    algorithm: Algorithm
    status: KeyStatus
    backend: Annotated[BackendName, Field(description="Where the private half is kept.")]
    public_jwk: dict[str, str]
    created_at: datetime
    published_at: datetime | None
    activated_at: datetime | None
    retired_at: datetime | None
    compromised_at: datetime | None
