"""A token of SoftHSM for the tests that need a PKCS #11 module."""

import subprocess
from pathlib import Path

import pkcs11
import pytest

from tests.outside import find_program, missing

TOKEN, PIN = "passports", "73105"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/libsofthsm2.so",
)


def soft_module(folder: Path, patch: pytest.MonkeyPatch) -> str:
    """Return the module, started anew with one empty token in `folder`."""
    program = find_program("softhsm2-util", hint="softhsm2")
    module = next((path for path in _MODULES if Path(path).exists()), None)
    if module is None:
        raise missing("libsofthsm2.so (softhsm2)")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    patch.setenv("SOFTHSM2_CONF", str(configuration))
    command = [str(program), "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "2468"]
    subprocess.run(command, check=True, capture_output=True)
    pkcs11.lib(module).reinitialize()
    return module
