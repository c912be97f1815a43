"""What every backend of keys promises, in one suite that all of them pass."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest

from app.errors import ConfigurationError, InvalidPayloadError, InvalidSignatureError
from app.key_backends import BackendName, KeyBackend
from app.key_backends.aws_kms import AwsKmsBackend
from app.key_backends.local import LocalBackend
from app.key_backends.pkcs11 import Pkcs11Backend
from app.signing import jws
from app.signing.keys import LOCAL_SIGNERS, Algorithm, Ed25519Signer, open_local_signer
from tests.key_backends.kms import FakeKms
from tests.key_backends.tokens import PIN, TOKEN, soft_module
from tests.ledgers import SITE

ALGORITHMS: tuple[Algorithm, ...] = ("EdDSA", "ES256", "ES384", "RS256")
IDS = ("0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e", "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2f")


@dataclass
class Case:
    """A backend with one key of an algorithm; `restart` makes a backend that knows nothing of the first."""

    backend: KeyBackend
    algorithm: Algorithm
    is_deterministic: bool
    restart: Callable[[], KeyBackend]
    handle: bytes = b""

    def __post_init__(self) -> None:
        self.handle = self.backend.make(self.algorithm, IDS[0])


def local_case(algorithm: Algorithm) -> Case:
    return Case(LocalBackend(SITE.encryption), algorithm, True, lambda: LocalBackend(SITE.encryption))


def pkcs11_case(algorithm: Algorithm, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    module = soft_module(folder, patch)

    def restart() -> KeyBackend:
        pkcs11.lib(module).reinitialize()
        return Pkcs11Backend(module, TOKEN, PIN)

    is_deterministic = algorithm in ("EdDSA", "RS256")
    return Case(Pkcs11Backend(module, TOKEN, PIN), algorithm, is_deterministic, restart)


def kms_case(algorithm: Algorithm) -> Case:
    client = FakeKms()
    return Case(
        AwsKmsBackend(client), algorithm, algorithm in ("EdDSA", "RS256"), lambda: AwsKmsBackend(client)
    )


@pytest.fixture(params=[(name, algorithm) for name in BackendName for algorithm in ALGORITHMS], ids="-".join)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    name, algorithm = request.param
    if name == BackendName.LOCAL:
        yield local_case(algorithm)
    elif name == BackendName.PKCS11:
        yield pkcs11_case(algorithm, tmp_path, monkeypatch)
    else:
        yield kms_case(algorithm)


def test_a_key_signs_what_its_public_half_verifies(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    assert signer.algorithm == case.algorithm
    assert case.algorithm in signer.public_key.algorithms
    for message in (b"", b"m", b"m" * 64, b"m" * 4096):
        signer.public_key.verify(signer.sign(message), message)


def test_a_signature_fits_no_other_message_and_no_flipped_bit(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    signature = signer.sign(b"message")
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    for wrong, message in ((signature, b"messagf"), (flipped, b"message"), (signature[:-1], b"message")):
        with pytest.raises(InvalidSignatureError):
            signer.public_key.verify(wrong, message)


def test_a_second_key_is_another_key(case: Case) -> None:
    first = case.backend.open(case.algorithm, case.handle, IDS[0])
    other = case.backend.make(case.algorithm, IDS[1])
    second = case.backend.open(case.algorithm, other, IDS[1])
    assert second.public_key != first.public_key
    with pytest.raises(InvalidSignatureError):
        first.public_key.verify(second.sign(b"m"), b"m")


def test_the_same_message_gives_the_same_signature_where_that_is_promised(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    assert (signer.sign(b"m") == signer.sign(b"m")) is case.is_deterministic


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # searches in lost sessions
def test_a_key_outlives_the_process_and_the_session(case: Case) -> None:
    before = case.backend.open(case.algorithm, case.handle, IDS[0])
    after = case.restart().open(case.algorithm, case.handle, IDS[0])
    assert after.public_key == before.public_key
    for signer in (after, before):  # the older one has lost its sessions
        before.public_key.verify(signer.sign(b"m"), b"m")


def test_thirty_two_callers_at_once_get_their_own_signatures(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    messages = [str(number).encode() for number in range(64)]
    with ThreadPoolExecutor(32) as pool:
        for message, signature in zip(messages, pool.map(signer.sign, messages), strict=True):
            signer.public_key.verify(signature, message)


def test_a_jwt_is_signed_as_jose_has_it(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    assert jws.decode(jws.encode({"kid": "k"}, b"{}", signer), signer.public_key).payload == b"{}"


def test_large_messages_are_signed_or_refused_before_anybody_is_asked(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    message = b"m" * 1_000_000
    if isinstance(case.backend, AwsKmsBackend) and case.algorithm == "EdDSA":
        with pytest.raises(InvalidPayloadError, match="at most 4096 bytes") as refusal:
            signer.sign(message)
        assert "ES256" in str(refusal.value.hint)
    else:
        signer.public_key.verify(signer.sign(message), message)


def test_a_destroyed_key_signs_no_more(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    for _ in range(2):
        case.backend.destroy(case.handle)
    if not isinstance(case.backend, LocalBackend):  # there, to forget the handle is to destroy the key
        with pytest.raises(ConfigurationError):
            signer.sign(b"m")


def test_a_handle_of_nothing_opens_nothing(case: Case) -> None:
    for handle in (b"\x01", b"arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"):
        with pytest.raises(ConfigurationError):
            case.backend.open(case.algorithm, handle, IDS[0])


def test_no_text_of_a_signer_shows_a_secret(case: Case) -> None:
    signer = case.backend.open(case.algorithm, case.handle, IDS[0])
    for secret in (PIN, repr(case.handle) if isinstance(case.backend, LocalBackend) else PIN):
        assert secret not in f"{signer!r} {signer}"


def test_there_is_a_local_signer_of_every_algorithm() -> None:
    assert tuple(LOCAL_SIGNERS) == ALGORITHMS
    assert open_local_signer("EdDSA", bytes(32)).public_key == Ed25519Signer.from_seed(bytes(32)).public_key
