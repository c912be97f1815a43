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
_PROOF: dict[str, Any] = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-02-20T10:00:00Z",
    "verificationMethod": f"{_METHOD}#{_METHOD.removeprefix('did:key:')}",
    "proofPurpose": "assertionMethod",
    "proofValue": "z4oaqzrZ…",
}
_SECURED = _CREDENTIAL | {"proof": _PROOF}


MAX_POINTERS = 256
JsonPointer = Annotated[str, Field(max_length=2000, pattern=r"^(/.*)?$")]


class IssueOptions(Body):
    """How the credential is issued; the cryptosuite is the instance's."""

    credential_id: Annotated[
        str | None,
        Field(
            alias="credentialId",
            min_length=1,
            max_length=2000,
            description="The name under which its status is changed, if it has no `id`.",
        ),
    ] = None
    mandatory_pointers: Annotated[
        list[JsonPointer] | None,
        Field(
            alias="mandatoryPointers",
            max_length=MAX_POINTERS,
            description="What the holder must always show; for instances of ecdsa-sd-2023.",
        ),
    ] = None

    @property
    def pointers(self) -> tuple[str, ...] | None:
        """The mandatory pointers, None when they were not asked for."""
        return None if self.mandatory_pointers is None else tuple(self.mandatory_pointers)


class CredentialIssue(Body):
    """A credential to be issued. Its `issuer` is the instance's DID."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"credential": _CREDENTIAL, "options": {}}]})

    credential: dict[str, Any]
    options: Annotated[IssueOptions, Field(default_factory=IssueOptions)]


class CredentialIssued(Answer):
    """The credential with its proof."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verifiableCredential": _SECURED}]})

    verifiable_credential: Annotated[dict[str, Any], Field(alias="verifiableCredential")]

    @classmethod
    def of(cls, credential: dict[str, Any]) -> "CredentialIssued":
        """Return the answer that holds `credential`."""
        return cls.model_validate({"verifiableCredential": credential})


class DerivationOptions(Body):
    """What the holder wants to show, beside what the issuer has made mandatory."""

    selective_pointers: Annotated[
        list[JsonPointer], Field(alias="selectivePointers", default_factory=list, max_length=MAX_POINTERS)
    ]


class CredentialDerivation(Body):
    """A credential with an ecdsa-sd-2023 base proof, as its holder has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verifiableCredential": _CREDENTIAL
                    | {"proof": _PROOF | {"cryptosuite": "ecdsa-sd-2023", "proofValue": "u2V0A…"}},
                    "options": {"selectivePointers": ["/credentialSubject/name"]},
                }
            ]
        }
    )

    verifiable_credential: Annotated[dict[str, Any], Field(alias="verifiableCredential")]
    options: Annotated[DerivationOptions, Field(default_factory=DerivationOptions)]


class StatusEntryName(Body):
    """Which of a credential's statuses is meant; the members of an entry may be given to name just one."""

    type: Literal["BitstringStatusListEntry", "BitstringStatusList"]
    status_purpose: Annotated[Literal["revocation", "suspension"], Field(alias="statusPurpose")]
    id: Annotated[str | None, Field(max_length=2000)] = None
    status_list_index: Annotated[str | None, Field(alias="statusListIndex", pattern=r"^[0-9]{1,10}$")] = None
    status_list_credential: Annotated[str | None, Field(alias="statusListCredential", max_length=2000)] = None


_STATUS_UPDATE: dict[str, Any] = {
    "credentialId": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33",
    "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"},
    "status": True,
}


class StatusUpdate(Body):
    """A status of a credential that the instance has issued, and what it is to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STATUS_UPDATE]})

    credential_id: Annotated[
        str, Field(alias="credentialId", max_length=2000, description="Its `id`, or the name it was given.")
    ]
    credential_status: Annotated[StatusEntryName, Field(alias="credentialStatus")]
    status: Annotated[bool, Field(description="A revocation cannot be taken back.")]


class StatusUpdated(Answer):
    """How many entries are now as asked for; the signed list shows it within two seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"entries": 1}]})

    entries: int


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


class PresentationOptions(VerificationOptions):
    """What a verifier is asked to look at, and what it had asked the holder to sign."""

    challenge: Annotated[str | None, Field(max_length=2000)] = None
    domain: Annotated[str | None, Field(max_length=2000)] = None


class PresentationVerification(Body):
    """A presentation to be verified: with an embedded proof, or enveloped."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verifiablePresentation": {
                        "@context": ["https://www.w3.org/ns/credentials/v2"],
                        "type": ["VerifiablePresentation"],
                        "verifiableCredential": [_SECURED],
                        "proof": _PROOF | {"proofPurpose": "authentication", "challenge": "123456789"},
                    },
                    "options": {"challenge": "123456789"},
                }
            ]
        }
    )

    verifiable_presentation: Annotated[dict[str, Any], Field(alias="verifiablePresentation")]
    options: Annotated[PresentationOptions, Field(default_factory=PresentationOptions)]


class VerificationWarning(Answer):
    """Something amiss that did not make the verification fail; the codes are those of docs/verifying.md."""

    code: str
    title: str
    detail: str
    remedy: str | None


_PASSED: dict[str, Any] = {
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


class VerificationPassed(Answer):
    """What was checked and held; `warnings` name what the reader has to judge: dates, status, the issuer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PASSED]})

    verified: Literal[True] = True
    checks: Annotated[list[str], Field(description="The checks that passed.")]
    warnings: list[VerificationWarning]


class PresentationPassed(VerificationPassed):
    """The same of a presentation, and of each credential in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verified": True,
                    "checks": ["parse", "conformance", "proof", "holder_key", "challenge"],
                    "warnings": [],
                    "credentialResults": [_PASSED],
                }
            ]
        },
        populate_by_name=True,
    )

    credential_results: Annotated[list[VerificationPassed], Field(alias="credentialResults")]
