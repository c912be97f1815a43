"""Strangers' servers for these tests."""

from collections.abc import Iterator

import pytest

from tests.http_client.remote import Certificates, Internet, Remote, make_certificates, serving_tls


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def remote(certificates: Certificates) -> Iterator[Remote]:
    with serving_tls(certificates) as remote:
        yield remote


@pytest.fixture
def internet(remote: Remote, certificates: Certificates) -> Internet:
    return Internet(remote, certificates)
