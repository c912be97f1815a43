"""PKCS #11: what a token keeps to itself, and what goes wrong with one."""

from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from app.errors import ConfigurationError
from app.key_backends.pkcs11 import Pkcs11Backend
from tests.key_backends.tokens import PIN, TOKEN, soft_module


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return soft_module(tmp_path, monkeypatch)


def test_a_private_key_never_leaves_its_token(module: str) -> None:
    handle = Pkcs11Backend(module, TOKEN, PIN).make("EdDSA", "id")
    session = pkcs11.lib(module).get_token(token_label=TOKEN).open()
    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=handle)
    said = {name: key[name] for name in (Attribute.EXTRACTABLE, Attribute.SENSITIVE, Attribute.TOKEN)}
    assert said == {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True, Attribute.TOKEN: True}
    assert key[Attribute.NEVER_EXTRACTABLE]
    assert key[Attribute.LABEL] == "passports id"
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.VALUE]


def test_a_token_that_cannot_be_opened_is_named_and_its_pin_is_not(module: str) -> None:
    for path, token, pin in ((module, TOKEN, "99999"), (module, "other", PIN), ("/no/such.so", TOKEN, PIN)):
        with pytest.raises(ConfigurationError, match="cannot be opened") as refusal:
            Pkcs11Backend(path, token, pin)
        assert pin not in refusal.value.detail
        assert "PASSPORTS_PKCS11_PIN" in str(refusal.value.hint)
