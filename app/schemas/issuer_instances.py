"""Bodies about issuer instances of the VC API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body

_KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
_EXAMPLE: dict[str, Any] = {
    "cryptosuite": "eddsa-rdfc-2022",
    "algorithm": "EdDSA",
    "has_status": True,
    "suspendable": False,
}

Cryptosuite = Literal[
    "eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023", "vc+jwt"
]


class IssuerInstanceCreate(Body):
    """How a new instance secures what it issues. None of it can be changed later."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    cryptosuite: Annotated[Cryptosuite, Field(description="Of the proof; `vc+jwt` makes an enveloped JWT.")]
    algorithm: Annotated[
        Literal["EdDSA", "ES256", "ES384"] | None,
        Field(description="Of its key: EdDSA is Ed25519, ES256 P-256, ES384 P-384. Default: the usual one."),
    ] = None
    has_status: Annotated[
        bool | None,
        Field(
            description="Whether its credentials can be revoked. Default: for eddsa-rdfc-2022, and what is "
            "suspendable.",
        ),
    ] = None
    suspendable: Annotated[
        bool,
        Field(
            description="Whether they can be suspended as well. Their `credentialStatus` is then a list, "
            "which the JSON schema of Open Badges 3.0 refuses.",
        ),
    ] = False


class IssuerInstanceRead(Answer):
    """An instance: it issues at `/vc-api/issuers/{key}/credentials/issue`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "community-eddsa",
                    "did": f"did:key:{_KEY}",
                    **_EXAMPLE,
                    "created_at": "2026-01-04T09:00:00Z",
                }
            ]
        }
    )

    key: str
    did: Annotated[str, Field(description="The issuer that its credentials must name.")]
    cryptosuite: str
    algorithm: str
    has_status: bool
    suspendable: bool
    created_at: datetime
