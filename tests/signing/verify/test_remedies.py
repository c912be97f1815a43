"""What the reader of a report can do about a finding."""

from pathlib import Path

import pytest

from app.signing.verify.remedies import REMEDIES

DESCRIBED = (Path(__file__).parents[3] / "docs" / "verifying.md").read_text("utf-8")


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_a_code_with_a_remedy_is_described(code: str) -> None:
    assert f"`{code}`" in DESCRIBED
    assert REMEDIES[code].endswith(".")
