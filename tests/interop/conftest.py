from collections.abc import Iterator

import pytest

from tests.interop.signers import Signers, signing
from tests.interop.verifiers import Verifiers, verifying


@pytest.fixture(scope="session")
def verifiers() -> Iterator[Verifiers]:
    """Other people's verifiers; ids under example.org may be remembered by any test, so use your own."""
    with verifying() as started:
        yield started


@pytest.fixture(scope="session")
def signers() -> Iterator[Signers]:
    """Other people's signers."""
    with signing() as started:
        yield started
