"""AWS KMS as its API reference describes it: moto has neither Ed25519 nor signatures of digests."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_MAKERS: dict[str, Callable[[], PrivateKey]] = {
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate,
    "ECC_NIST_P256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECC_NIST_P384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA_3072": lambda: rsa.generate_private_key(65537, 3072),
}


class FakeKms:
    """A client of AWS KMS; `fail_with` makes the next calls fail."""

    def __init__(self) -> None:
        self.keys: dict[str, PrivateKey] = {}
        self.fail_with: Exception | None = None

    def create_key(self, *, KeySpec: str, KeyUsage: str, Description: str) -> dict[str, Any]:  # noqa: N803 (AWS's names)
        self._fail()
        assert KeyUsage == "SIGN_VERIFY"
        assert Description
        arn = f"arn:aws:kms:eu-west-1:123456789012:key/{len(self.keys)}"
        self.keys[arn] = _MAKERS[KeySpec]()
        return {"KeyMetadata": {"Arn": arn}}

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803 (as above)
        public = self._find(KeyId, "GetPublicKey").public_key()
        return {"PublicKey": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:  # noqa: N803 (as above)
        key = self._find(KeyId, "Sign")
        if isinstance(key, ed25519.Ed25519PrivateKey):
            assert (MessageType, SigningAlgorithm) == ("RAW", "ED25519_SHA_512")
            if len(Message) > 4096:
                raise refusal("ValidationException", "Sign")
            return {"Signature": key.sign(Message)}
        assert MessageType == "DIGEST"
        digest = Prehashed(hashes.SHA384() if SigningAlgorithm.endswith("384") else hashes.SHA256())
        if isinstance(key, rsa.RSAPrivateKey):
            assert SigningAlgorithm == "RSASSA_PKCS1_V1_5_SHA_256"
            return {"Signature": key.sign(Message, padding.PKCS1v15(), digest)}
        assert SigningAlgorithm == f"ECDSA_SHA_{key.key_size}"
        return {"Signature": key.sign(Message, ec.ECDSA(digest))}

    def schedule_key_deletion(self, *, KeyId: str, PendingWindowInDays: int) -> dict[str, Any]:  # noqa: N803 (as above)
        assert 7 <= PendingWindowInDays <= 30
        self._find(KeyId, "ScheduleKeyDeletion")
        del self.keys[KeyId]
        return {}

    def _find(self, arn: str, operation: str) -> PrivateKey:
        self._fail()
        if arn not in self.keys:
            raise refusal("NotFoundException", operation)
        return self.keys[arn]

    def _fail(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
