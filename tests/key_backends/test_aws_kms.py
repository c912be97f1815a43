"""AWS KMS: the SDK's own client in front of moto, and what goes wrong on the way."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ConnectTimeoutError
from cryptography.hazmat.primitives.asymmetric import ec
from moto import mock_aws

from app.errors import ConfigurationError, SignerUnavailableError
from app.key_backends.aws_kms import AwsKmsBackend
from app.signing.keys import Algorithm
from tests.key_backends.kms import FakeKms, refusal


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsKmsBackend]:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "made-up")
    with mock_aws():
        yield AwsKmsBackend.in_region("eu-west-1")


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256"])
def test_the_sdk_takes_the_calls_as_they_are_made(sdk: AwsKmsBackend, algorithm: Algorithm) -> None:
    handle = sdk.make(algorithm, "id")
    assert handle.startswith(b"arn:aws:kms:eu-west-1:")
    signer = sdk.open(algorithm, handle, "id")
    assert len(signer.sign(b"m")) == {"ES256": 64, "ES384": 96, "RS256": 384}[algorithm]
    assert signer.public_key.algorithms == {algorithm}
    for arn in (b"arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000", b""):
        with pytest.raises(ConfigurationError):
            sdk.open(algorithm, arn, "id")


@pytest.mark.parametrize(
    "failure",
    [refusal("ThrottlingException", "Sign"), ConnectTimeoutError(endpoint_url="https://kms.example.org")],
    ids=["throttled", "timeout"],
)
def test_what_may_pass_later_is_said_to_be_unavailable(failure: Exception) -> None:
    client = FakeKms()
    backend = AwsKmsBackend(client)
    handle = backend.make("ES256", "id")
    signer = backend.open("ES256", handle, "id")
    client.fail_with = failure
    for call in (
        lambda: signer.sign(b"m"),
        lambda: backend.make("ES256", "id"),
        lambda: backend.destroy(handle),
    ):
        with pytest.raises(SignerUnavailableError):
            call()
    client.fail_with = None
    assert backend.open("ES256", handle, "id").public_key == signer.public_key


def test_what_we_may_not_do_is_a_matter_of_configuration() -> None:
    client = FakeKms()
    backend = AwsKmsBackend(client)
    handle = backend.make("ES256", "id")
    client.fail_with = refusal("AccessDeniedException", "ScheduleKeyDeletion")
    for call in (lambda: backend.destroy(handle), lambda: backend.open("ES256", handle, "id")):
        with pytest.raises(ConfigurationError, match="AccessDeniedException"):
            call()


def test_a_key_of_a_kind_that_is_not_known_is_refused() -> None:
    client = FakeKms()
    client.keys["arn"] = ec.generate_private_key(ec.SECP256K1())
    with pytest.raises(ConfigurationError, match="another kind of key"):
        AwsKmsBackend(client).open("ES256", b"arn", "id")
