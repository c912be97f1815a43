"""Bodies of the verifier."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain.payloads import name_of
from app.schemas.bodies import Answer, Body

_CHECK: dict[str, Any] = {
    "number": 3,
    "id": "proof",
    "title": "The signature fits",
    "outcome": "pass",
    "code": "proof_valid",
    "detail": "The eddsa-rdfc-2022 proof verifies.",
    "remedy": None,
    "clause": "VC Data Integrity 4.2",
}


EXAMPLES: list[Any] = [
    {"url": "https://passports.example.org/credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f"},
    {"credential": "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6a2V5OnoifQ.c2ln"},
]


def _object_or_text(value: object) -> object:
    if value is None or isinstance(value, dict | str):
        return value
    message = "This is {found}; it has to be one credential."
    hint = "Send one JSON object, or one JWT as text; several credentials in as many requests."
    raise PydanticCustomError("credential_type", message, {"found": name_of(value), "hint": hint})


class VerificationRequest(Body):
    """One credential: itself, or its address."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    credential: Annotated[
        dict[str, Any] | str | None,
        BeforeValidator(_object_or_text),
        Field(description="The credential as JSON, or as a compact JWT."),
    ] = None
    url: Annotated[
        str | None,
        Field(
            max_length=2000, description="Its address: a page here, or an https address of another server."
        ),
    ] = None
    recipient: Annotated[
        str | None, Field(max_length=254, description="An e-mail address to compare with the recipient.")
    ] = None

    @model_validator(mode="after")
    def _one_source(self) -> "VerificationRequest":
        if (self.credential is None) == (self.url is None):
            raise PydanticCustomError("one_source", "give either `credential` or `url`")
        return self


class CheckRead(Answer):
    """One numbered step of the verification."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK]})

    number: int
    id: str
    title: str
    outcome: str
    code: str
    detail: str
    remedy: str | None
    clause: str


class DocumentRead(Answer):
    """A document of another server that the checks rest on."""

    url: Annotated[str, Field(description="Where it was found in the end.")]
    media_type: str
    sha256: Annotated[str, Field(description="SHA-256 of its bytes, in hex.")]


class UncoveredRead(Answer):
    """Something in the credential that its signature does not cover, or covers without a meaning."""

    pointer: Annotated[str, Field(description="Where in the credential (JSON Pointer).")]
    code: Annotated[
        str,
        Field(description="`own_term`, `own_context`, `idle_context`, `empty_array` or `undefined_term`."),
    ]


class VerificationRead(Answer):
    """What was checked and what came of it; `verified` is true only when nothing is left open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verified": True,
                    "verdict": "verified",
                    "form": "data_integrity",
                    "issuer": "did:web:passports.example.org:issuers:community",
                    "checks": [_CHECK],
                    "credential": {"id": "https://passports.example.org/credentials/3f2c"},
                }
            ]
        }
    )

    verified: bool
    verdict: Annotated[str, Field(description="`verified`, `not_verified` or `undetermined`.")]
    form: Annotated[str | None, Field(description="How it is secured: `data_integrity`, `vc_jwt` …")]
    issuer: Annotated[str | None, Field(validation_alias="issuer_id")]
    checks: list[CheckRead]
    credential: Annotated[dict[str, Any] | None, Field(description="The credential, as read.")]
    uncovered: Annotated[
        list[UncoveredRead],
        Field(default_factory=list, description="What of it is not the signer's word."),
    ]
    documents: Annotated[
        list[DocumentRead], Field(default_factory=list, description="What was fetched for this.")
    ]

    @classmethod
    def of(cls, report: object, documents: Iterable[object]) -> "VerificationRead":
        """Return the answer for a report that rests on `documents`."""
        fetched = [DocumentRead.model_validate(document) for document in documents]
        return cls.model_validate(report).model_copy(update={"documents": fetched})
