"""The settings: what the page says, what the environment gives, what production refuses."""

from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from app.errors import ConfigurationError
from app.settings import Settings, load_settings, read_or_make_key_file

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def rows() -> list[str]:
    """Return the table's rows as they have to stand on the page."""
    found = []
    for name, field in Settings.model_fields.items():
        default = field.default
        assert default is not PydanticUndefined, name
        shown = {None: "none", True: "`true`", False: "`false`", (): "`[]`"}.get(default, f"`{default}`")
        found.append(f"| `PASSPORTS_{name.upper()}` | {shown} | {field.description} |")
    return found


def test_the_page_lists_every_setting_as_it_is() -> None:
    assert [line for line in PAGE.read_text().splitlines() if line.startswith("| `PASSPORTS_")] == rows()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PASSPORTS_{name.upper()}", raising=False)
    return monkeypatch


def test_the_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSPORTS_PUBLIC_URL", "HTTPS://Passports.example.org/")
    environment.setenv("PASSPORTS_TRUSTED_ISSUERS", '["did:key:z6Mk"]')
    environment.setenv("PASSPORTS_EMBEDDED_WORKER", "false")
    settings = load_settings()
    assert settings.public_url == "https://passports.example.org"
    assert settings.trusted_issuers == ("did:key:z6Mk",)
    assert not settings.embedded_worker
    assert not settings.is_production


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "example.org", "https://a/b", "https://a?b", "https://u@a"]
)
def test_a_public_url_is_an_origin(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("PASSPORTS_PUBLIC_URL", url)
    with pytest.raises(ConfigurationError, match="PASSPORTS_PUBLIC_URL"):
        load_settings()


def test_production_makes_no_key_up(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSPORTS_ENVIRONMENT", "production")
    environment.setenv("PASSPORTS_PUBLIC_URL", "https://passports.example.org")
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY"):
        load_settings()
    environment.setenv("PASSPORTS_ENCRYPTION_KEY", KEY)
    assert load_settings().is_production


def test_production_is_https(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSPORTS_ENVIRONMENT", "production")
    environment.setenv("PASSPORTS_ENCRYPTION_KEY", KEY)
    with pytest.raises(ConfigurationError, match="https"):
        load_settings()


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSPORTS_ENCRYPTION_KEY", KEY)
    assert KEY not in repr(load_settings())


def test_a_key_file_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "encryption.key"
    assert read_or_make_key_file(path, "first") == "first"
    assert read_or_make_key_file(path, "second") == "first"
    assert path.stat().st_mode & 0o777 == 0o600
