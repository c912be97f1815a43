"""Settings: what the page says, what a start accepts and refuses, and the key file of development."""

import base64
import os
import stat
import threading
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from app.encryption import new_encryption_key
from app.errors import ConfigurationError
from app.settings import Environment, Settings, load_settings, read_or_make_key_file

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
GOOD = base64.b64encode(bytes(range(100, 228, 4))).decode()
PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://passports.example.org",
    "ENCRYPTION_KEY": GOOD,
}


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


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PASSPORTS_{name.upper()}", raising=False)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> "Given":
    return Given(monkeypatch)


class Given:
    """Sets variables with the prefix, then loads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, variables: dict[str, str]) -> Settings:
        for name, value in variables.items():
            self._monkeypatch.setenv(f"PASSPORTS_{name}", value)
        return load_settings()


def test_without_any_variable_it_is_a_development_start(given: Given) -> None:
    settings = given({})
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.embedded_worker
    assert not settings.is_production


def test_production_starts_with_https_and_a_key(given: Given) -> None:
    assert given(PRODUCTION).is_production


def test_production_without_an_encryption_key_is_refused(given: Given) -> None:
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY is not set") as refused:
        given({name: value for name, value in PRODUCTION.items() if name != "ENCRYPTION_KEY"})
    assert "generate-encryption-key" in (refused.value.hint or "")


def test_an_empty_variable_counts_as_not_set(given: Given) -> None:
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY is not set"):
        given(PRODUCTION | {"ENCRYPTION_KEY": ""})


def test_production_without_https_is_refused(given: Given) -> None:
    with pytest.raises(ConfigurationError, match="must be https"):
        given(PRODUCTION | {"PUBLIC_URL": "http://passports.example.org"})


def test_production_settings_made_in_code_are_checked_too() -> None:
    with pytest.raises(ConfigurationError, match="PASSPORTS_ENCRYPTION_KEY is not set"):
        Settings(environment=Environment.PRODUCTION, public_url="https://passports.example.org")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("PUBLIC_URL", "passports.example.org"),
        ("PUBLIC_URL", "ftp://passports.example.org"),
        ("PUBLIC_URL", "https://passports.example.org/app"),
        ("PUBLIC_URL", "https://passports.example.org?x=1"),
        ("PUBLIC_URL", "https://ada@passports.example.org"),
        ("PUBLIC_URL", "https://@passports.example.org"),
        ("PUBLIC_URL", "https://passports.example.org:99999"),
        ("PUBLIC_URL", "https://pässe.example.org"),
        ("PUBLIC_URL", "https://pass ports.example.org"),
        ("EMBEDDED_WORKER", "perhaps"),
        ("LOG_LEVEL", "CHATTY"),
        ("TRUSTED_ISSUERS", "did:web:not-a-list"),
        ("TRUSTED_ISSUERS", "7"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(given: Given, variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"PASSPORTS_{variable}"):
        given({variable: value})


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"KEY_BACKEND": "aws_kms"}, "AWS_KMS_REGION"),
        ({"KEY_BACKEND": "pkcs11"}, "PKCS11_MODULE, PASSPORTS_PKCS11_TOKEN, PASSPORTS_PKCS11_PIN"),
        ({"PKCS11_MODULE": "m.so", "PKCS11_TOKEN": "t"}, "PKCS11_PIN"),
    ],
)
def test_a_backend_of_keys_is_set_up_in_full(given: Given, variables: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=f"not set up: PASSPORTS_{missing} missing"):
        given(variables)


def test_a_region_is_all_that_aws_needs(given: Given) -> None:
    assert given({"KEY_BACKEND": "aws_kms", "AWS_KMS_REGION": "eu-west-1"}).key_backend == "aws_kms"


def test_all_faults_are_named_at_once(given: Given) -> None:
    with pytest.raises(ConfigurationError) as refused:
        given({"PUBLIC_URL": "nowhere", "LOG_LEVEL": "CHATTY"})
    assert "PASSPORTS_PUBLIC_URL" in refused.value.detail
    assert "PASSPORTS_LOG_LEVEL" in refused.value.detail


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Passports.Example.org/", "https://passports.example.org"),
        ("https://passports.example.org:443", "https://passports.example.org"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("https://passports.example.org:8443", "https://passports.example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://passports.example.org:", "https://passports.example.org"),
    ],
)
def test_an_origin_has_one_spelling(given: Given, written: str, read: str) -> None:
    assert given({"PUBLIC_URL": written}).public_url == read


def test_only_production_fetches_from_others_unless_it_is_told(given: Given) -> None:
    assert not given({}).fetches_remote
    assert given(PRODUCTION).fetches_remote
    assert not given({"FETCH_REMOTE": "false"}).fetches_remote
    assert given({"ENVIRONMENT": "development", "FETCH_REMOTE": "true"}).fetches_remote


def test_networks_of_ones_own_are_fetched_from_in_development_only(given: Given) -> None:
    networks = {"FETCH_ALLOW_NETWORKS": '["127.0.0.0/8", "::1"]'}
    assert given(networks).fetch_allow_networks == ("127.0.0.0/8", "::1/128")
    with pytest.raises(ConfigurationError, match="PASSPORTS_FETCH_ALLOW_NETWORKS is set") as refused:
        given(PRODUCTION | networks)
    assert "your own network" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("FETCH_ALLOW_NETWORKS", '["127.0.0.1/8"]', "host bits"),
        ("FETCH_ALLOW_NETWORKS", '["localhost"]', "does not appear"),
        ("FETCH_ALLOW_NETWORKS", "127.0.0.0/8", "is not a JSON list"),
        ("TRUSTED_ISSUERS", "did:key:z6Mk", "is not a JSON list"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(given: Given, variable: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"PASSPORTS_{variable}.*{words}"):
        given({variable: value})


def test_a_log_level_may_be_written_small(given: Given) -> None:
    assert given({"LOG_LEVEL": "debug"}).log_level == "DEBUG"


def test_trusted_issuers_are_a_json_list(given: Given) -> None:
    assert given({"TRUSTED_ISSUERS": '["did:web:a.example.org"]'}).trusted_issuers == (
        "did:web:a.example.org",
    )


def test_secrets_do_not_show_in_repr_or_in_errors(given: Given) -> None:
    url = "postgresql://app:hunter2@db/passports"
    shown = repr(given(PRODUCTION | {"DATABASE_URL": url}))
    assert "hunter2" not in shown
    assert GOOD not in shown


# The key file of development ------------------------------------------------------------------------


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "encryption.key"
    assert read_or_make_key_file(path, "first") == "first"
    assert read_or_make_key_file(path, "second") == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["encryption.key"]


def test_processes_that_start_at_once_share_one_whole_key(tmp_path: Path) -> None:
    path, count = tmp_path / "encryption.key", 16
    together = threading.Barrier(count)
    read: list[str] = []

    def start() -> None:
        key = new_encryption_key()
        together.wait()
        read.append(read_or_make_key_file(path, key))

    threads = [threading.Thread(target=start) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [path.read_text()] * count


def test_the_key_file_never_exists_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name appears at the moment of the link: until then a second process finds nothing."""
    path = tmp_path / "encryption.key"
    found: list[bool] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        found.append(path.exists())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    assert read_or_make_key_file(path, "key") == "key"
    assert found == [False]


def test_a_key_file_that_cannot_be_kept_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be kept in") as refused:
        read_or_make_key_file(tmp_path / "file" / "encryption.key", "key")
    assert "PASSPORTS_ENCRYPTION_KEY" in (refused.value.hint or "")


def test_a_key_file_that_holds_something_else_is_a_message(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be kept in"):
        read_or_make_key_file(path, "key")
