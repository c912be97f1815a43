"""Programs outside Python that some tests need: found, or said loudly to be missing.

On a developer's machine a missing program skips its tests, and the end of the run says so in words.
With `CI=true` or `PASSPORTS_TEST_ALL=1` it fails them: a green run there has run everything.
"""

import os
import shutil
from pathlib import Path

import pytest

MISSING = "Not run, missing on this machine: "


def everything_must_run() -> bool:
    """Whether a missing program is a failure."""
    return os.environ.get("CI", "").lower() in {"true", "1"} or os.environ.get("PASSPORTS_TEST_ALL") == "1"


def missing(what: str) -> BaseException:
    """Return what to raise when `what` is missing: a skip, or a failure where everything must run."""
    if everything_must_run():
        return pytest.fail.Exception(f"{what} is missing, and this run must run everything", pytrace=False)
    return pytest.skip.Exception(MISSING + what)


def find_program(*names: str, hint: str) -> Path:
    """Return the first of `names` that is on the PATH; raises what `missing` says."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise missing(f"{names[0]} ({hint})")
