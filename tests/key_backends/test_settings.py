"""The backends that the settings describe are the ones that services get."""

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import ConfigurationError
from app.key_backends import BackendName
from app.key_backends.aws_kms import AwsKmsBackend
from app.key_backends.pkcs11 import Pkcs11Backend
from app.main import make_site
from app.services.keys import make_key
from app.settings import Settings
from tests.key_backends.tokens import PIN, TOKEN, soft_module


def test_new_keys_are_made_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "made-up")  # else the SDK asks the machine for them
    settings = Settings(
        encryption_key_file=tmp_path / "encryption.key",
        key_backend="pkcs11",
        pkcs11_module=Path(soft_module(tmp_path, monkeypatch)),
        pkcs11_token=TOKEN,
        pkcs11_pin=SecretStr(PIN),
        aws_kms_region="eu-west-1",
    )
    assert PIN not in repr(settings)
    site = make_site(settings)
    assert isinstance(site.key_backend(BackendName.PKCS11), Pkcs11Backend)
    assert isinstance(site.key_backend(BackendName.AWS_KMS), AwsKmsBackend)
    new = make_key("ES256", site)
    opened = site.key_backend(new.backend).open("ES256", new.handle, new.id)
    new.public_key.verify(opened.sign(b"m"), b"m")
    assert new.backend == "pkcs11"
    site.close()


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.key_backends.aws_kms", None)
    with pytest.raises(ConfigurationError, match=r"aws_kms") as refusal:
        make_site(Settings(encryption_key_file=tmp_path / "encryption.key", aws_kms_region="eu-west-1"))
    assert "`pkcs11` or `aws`" in str(refusal.value.hint)
