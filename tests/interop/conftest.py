from collections.abc import Iterator

import pytest

from tests.interop.verifiers import Verifiers, running


@pytest.fixture(scope="session")
def verifiers() -> Iterator[Verifiers]:
    """Other people's verifiers; ids under example.org may be remembered by any test, so use your own."""
    with running() as process:
        yield process
