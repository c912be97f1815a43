"""Keys in AWS KMS: made there, and never extractable. The handle is the key's ARN, never an alias.

Ed25519 signs the message itself, of which KMS takes 4096 bytes; the other algorithms sign its digest. ECDSA
signatures come in DER and leave as JOSE has them. Throttled and lost calls are repeated by the AWS SDK, with
jitter, before they fail.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from app.errors import ConfigurationError, InvalidPayloadError, SignerUnavailableError
from app.signing.keys import Algorithm, EcdsaKey, PublicKey, read_spki

MAX_RAW: Final = 4096
"""Bytes of a message that KMS signs without a digest (AWS KMS API Reference, Sign)."""

DELETION_DAYS: Final = 7
"""The least that KMS waits before it destroys a key; from the first moment on the key signs no more."""

_GONE: Final = frozenset({"NotFoundException", "DisabledException", "KMSInvalidStateException"})
_REFUSED: Final = frozenset({"AccessDeniedException", "UnrecognizedClientException", "ValidationException"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """What KMS calls a key and a signature of one algorithm; without a hash, it takes the message itself."""

    key_spec: str
    signing_algorithm: str
    hash_name: str | None = None


_KINDS: Final[dict[Algorithm, _Kind]] = {
    "EdDSA": _Kind("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    "ES256": _Kind("ECC_NIST_P256", "ECDSA_SHA_256", "sha256"),
    "ES384": _Kind("ECC_NIST_P384", "ECDSA_SHA_384", "sha384"),
    "RS256": _Kind("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"),
}


class AwsKmsBackend:
    """The keys of one account and region; credentials are found as the AWS SDK finds them."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 (boto3 makes its clients' classes at run time)
        self._client = client
        self._public_keys: dict[bytes, PublicKey] = {}

    @classmethod
    def in_region(cls, region: str) -> "AwsKmsBackend":
        """Return the backend for a region, whose calls end within seconds."""
        retries = {"mode": "standard", "total_max_attempts": 3}
        config = Config(region_name=region, connect_timeout=2, read_timeout=5, retries=retries)
        return cls(boto3.client("kms", config=config))

    def make(self, algorithm: Algorithm, key_id: str) -> bytes:
        """Make a key that is described with the id of its row."""
        description = f"Leadership Passports signing key {key_id}"
        spec = _KINDS[algorithm].key_spec
        made = self._call("create_key", KeySpec=spec, KeyUsage="SIGN_VERIFY", Description=description)
        return str(made["KeyMetadata"]["Arn"]).encode()

    def open(self, algorithm: Algorithm, handle: bytes, key_id: str) -> "AwsKmsSigner":
        """Return the signer; its public key is asked for once in this process, since a key's never changes.

        Raises `ConfigurationError` when KMS has no such key for us, and `SignerUnavailableError`.
        """
        if handle not in self._public_keys:
            try:
                answer = self._call("get_public_key", KeyId=handle.decode())
                self._public_keys[handle] = read_spki(answer["PublicKey"])
            except InvalidPayloadError as error:
                raise ConfigurationError(f"AWS KMS has another kind of key for {key_id}.") from error
        return AwsKmsSigner(self, algorithm, self._public_keys[handle], handle.decode())

    def destroy(self, handle: bytes) -> None:
        """Have the key deleted after `DELETION_DAYS`, and used by nobody until then."""
        self._public_keys.pop(handle, None)
        try:
            self._call("schedule_key_deletion", KeyId=handle.decode(), PendingWindowInDays=DELETION_DAYS)
        except ConfigurationError as error:
            cause = error.__cause__
            if not (isinstance(cause, ClientError) and _code(cause) in _GONE):
                raise

    def sign(self, algorithm: Algorithm, arn: str, message: bytes) -> bytes:
        """Return what KMS signs; raises `SignerUnavailableError` and `ConfigurationError`."""
        kind = _KINDS[algorithm]
        data = hashlib.new(kind.hash_name, message).digest() if kind.hash_name else message
        signed = self._call(
            "sign",
            KeyId=arn,
            Message=data,
            MessageType="DIGEST" if kind.hash_name else "RAW",
            SigningAlgorithm=kind.signing_algorithm,
        )
        return bytes(signed["Signature"])

    def _call(self, operation: str, **arguments: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
        except ClientError as error:
            if _code(error) in _GONE | _REFUSED:
                raise ConfigurationError(f"AWS KMS refuses {operation}: {_code(error)}.") from error
            raise SignerUnavailableError(f"AWS KMS answers {operation} with {_code(error)}.") from error
        except ParamValidationError as error:
            raise ConfigurationError(f"The AWS SDK refuses {operation} before it is sent.") from error
        except BotoCoreError as error:
            raise SignerUnavailableError(f"AWS KMS cannot be reached: {type(error).__name__}.") from error
        return answer


@dataclass(frozen=True, slots=True)
class AwsKmsSigner:
    """A key in KMS. Ed25519 and RSA signatures are deterministic; those of ECDSA are not."""

    _backend: AwsKmsBackend
    algorithm: Algorithm
    public_key: PublicKey
    arn: str

    def sign(self, message: bytes) -> bytes:
        """Return the signature in the form of JOSE.

        Raises `InvalidPayloadError`, before KMS is asked, for a message that it would not take, and
        `SignerUnavailableError`.
        """
        if self.algorithm == "EdDSA" and len(message) > MAX_RAW:
            raise InvalidPayloadError(
                f"AWS KMS signs at most {MAX_RAW} bytes with Ed25519, and this has {len(message)}.",
                hint="Use a key of the algorithm ES256, which signs a digest.",
            )
        signature = self._backend.sign(self.algorithm, self.arn, message)
        key = self.public_key
        return key.plain_signature(signature) if isinstance(key, EcdsaKey) else signature


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "no code"))
