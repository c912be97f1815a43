"""Keys in a PKCS #11 module (v2.40, and v3.0 for Ed25519): made there, and never extractable.

The handle is the CKA_ID of the key pair. Calls come one after the other: python-pkcs11 initializes modules
without telling them of threads (PKCS #11 v2.40, 5.4), and SoftHSM then crashes when two sign at once. What
was lost because the module was restarted is opened anew, once.
"""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from app.errors import ConfigurationError, SignerUnavailableError
from app.signing.keys import Algorithm, Ed25519Key, P256Key, P384Key, PublicKey, RsaKey
from app.signing.keys.rsa import NEW_BITS

Result = TypeVar("Result")

_LOST: Final = (
    pkcs11.DeviceRemoved,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.TokenNotPresent,
    pkcs11.UserNotLoggedIn,
    pkcs11.ObjectHandleInvalid,
    pkcs11.KeyHandleInvalid,
)
"""What a call says when the session is gone: the module was restarted, the token taken out and put back."""

_ONE_AT_A_TIME: Final = threading.Lock()

_NOBODY_ELSES: Final = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.TOKEN: True}


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the module is asked for keys of one algorithm, and for signatures (PKCS #11 v3.0, 2.3)."""

    curve: bytes | None
    """The object identifier of the curve in DER; None for RSA."""
    mechanism: Mechanism
    hash_name: str | None = None
    """The hash of the message that is handed in; the module hashes by itself where there is none."""


_KINDS: Final[dict[Algorithm, _Kind]] = {
    "EdDSA": _Kind(bytes.fromhex("06032b6570"), Mechanism.EDDSA),  # 1.3.101.112 (RFC 8410, 3)
    "ES256": _Kind(bytes.fromhex("06082a8648ce3d030107"), Mechanism.ECDSA, "sha256"),  # 1.2.840.10045.3.1.7
    "ES384": _Kind(bytes.fromhex("06052b81040022"), Mechanism.ECDSA, "sha384"),  # 1.3.132.0.34
    "RS256": _Kind(None, Mechanism.SHA256_RSA_PKCS),
}


class Pkcs11Backend:
    """One token of one module. Raises `ConfigurationError` when they cannot be opened with the PIN."""

    def __init__(self, module: str, token: str, pin: str) -> None:
        self._pin = pin
        try:
            self._token = pkcs11.lib(module).get_token(token_label=token)
            self._session = self._token.open(user_pin=pin, rw=True)
        except pkcs11.UserAlreadyLoggedIn:  # by another backend of this process
            self._session = self._token.open(rw=True)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise ConfigurationError(
                f"The PKCS #11 token {token!r} of {module} cannot be opened: {type(error).__name__}.",
                hint="Are PASSPORTS_PKCS11_MODULE, PASSPORTS_PKCS11_TOKEN and PASSPORTS_PKCS11_PIN right?",
            ) from None  # the library's own words might repeat the PIN

    def make(self, algorithm: Algorithm, key_id: str) -> bytes:
        """Make a key pair in the token, labelled with the id of its row; its CKA_ID is a hash of that."""
        kind, handle = _KINDS[algorithm], hashlib.sha256(key_id.encode()).digest()[:20]
        wanted: dict[str, Any] = {
            "id": handle,
            "label": f"passports {key_id}",
            "store": True,
            "public_template": {Attribute.VERIFY: True},
            "private_template": {**_NOBODY_ELSES, Attribute.SIGN: True},
        }

        def generate(session: pkcs11.Session) -> None:
            if kind.curve is None:
                session.generate_keypair(KeyType.RSA, NEW_BITS, **wanted)
                return
            is_edwards = kind.mechanism is Mechanism.EDDSA
            key_type = KeyType.EC_EDWARDS if is_edwards else KeyType.EC
            curve = session.create_domain_parameters(key_type, {Attribute.EC_PARAMS: kind.curve}, local=True)
            how = Mechanism.EC_EDWARDS_KEY_PAIR_GEN if is_edwards else Mechanism.EC_KEY_PAIR_GEN
            curve.generate_keypair(mechanism=how, **wanted)

        self._ask(generate)
        return handle

    def open(self, algorithm: Algorithm, handle: bytes, key_id: str) -> "Pkcs11Signer":
        """Return the signer of the key with this CKA_ID; raises `ConfigurationError` when there is none."""

        def read(session: pkcs11.Session) -> PublicKey:
            session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=handle)
            return _read_public(algorithm, session.get_key(object_class=ObjectClass.PUBLIC_KEY, id=handle))

        try:
            return Pkcs11Signer(self, algorithm, self._ask(read), handle)
        except pkcs11.NoSuchKey as error:
            raise ConfigurationError(f"The PKCS #11 token has no key for {key_id}.") from error

    def destroy(self, handle: bytes) -> None:
        """Delete the key pair from the token."""

        def delete(session: pkcs11.Session) -> None:
            for found in list(session.get_objects({Attribute.ID: handle})):
                found.destroy()

        self._ask(delete)

    def sign(self, algorithm: Algorithm, handle: bytes, message: bytes) -> bytes:
        """Return the signature of `message`; raises `SignerUnavailableError` when the module gives none."""
        kind = _KINDS[algorithm]
        data = hashlib.new(kind.hash_name, message).digest() if kind.hash_name else message

        def make_signature(session: pkcs11.Session) -> bytes:
            key: Any = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=handle)
            return bytes(key.sign(data, mechanism=kind.mechanism))

        try:
            return self._ask(make_signature)
        except pkcs11.NoSuchKey as error:
            raise ConfigurationError("The key has gone from the PKCS #11 token.") from error

    def _ask(self, work: Callable[[pkcs11.Session], Result]) -> Result:
        """Do `work`; once more, after a new login, when the session has been lost.

        Raises `pkcs11.NoSuchKey` when there is no such key then either, and `SignerUnavailableError`.
        """
        try:
            with _ONE_AT_A_TIME:
                try:
                    return work(self._session)
                except (pkcs11.NoSuchKey, *_LOST):  # who is not logged in does not see private keys
                    self._log_in()
                    return work(self._session)
        except pkcs11.NoSuchKey:
            raise
        except pkcs11.PKCS11Error as error:
            raise SignerUnavailableError(f"The PKCS #11 module answers {type(error).__name__}.") from error

    def _log_in(self) -> None:
        with suppress(pkcs11.UserAlreadyLoggedIn):  # the session is good then, and the key is not there
            self._session = self._token.open(user_pin=self._pin, rw=True)


@dataclass(frozen=True, slots=True)
class Pkcs11Signer:
    """A key of a token. Ed25519 and RSA signatures are deterministic; ECDSA is the module's own way."""

    _backend: Pkcs11Backend
    algorithm: Algorithm
    public_key: PublicKey
    _handle: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the signature in the form of JOSE; raises `SignerUnavailableError`."""
        return self._backend.sign(self.algorithm, self._handle, message)


def _read_public(algorithm: Algorithm, key: pkcs11.Key) -> PublicKey:
    if algorithm == "RS256":
        modulus, exponent = (key[name] for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT))
        return RsaKey(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
    point = bytes(key[Attribute.EC_POINT])[2:]  # behind the tag and the length of an OCTET STRING
    if algorithm == "EdDSA":
        return Ed25519Key(point)
    kind = P256Key if algorithm == "ES256" else P384Key
    return kind.from_point(ec.EllipticCurvePublicKey.from_encoded_point(kind.curve, point))
