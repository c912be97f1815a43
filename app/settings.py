"""What an operator decides: read once from the environment (prefix `PASSPORTS_`), then frozen."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError


class Environment(StrEnum):
    """Where the service runs: development makes its own secrets, production never does."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise ValueError("must be an origin alone, such as https://passports.example.org")
    return f"{parts.scheme}://{parts.netloc.lower()}"


class Settings(BaseSettings):
    """All settings; docs/settings.md is checked against this class."""

    model_config = SettingsConfigDict(env_prefix="PASSPORTS_", frozen=True, extra="ignore")

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="`production` refuses to start with anything that is only good for trying out.",
    )
    public_url: Annotated[str, AfterValidator(_origin)] = Field(
        default="http://127.0.0.1:8000",
        description="The origin under which the world reaches this service; it stands in every credential.",
    )
    database_url: str = Field(
        default="sqlite:///var/passports.sqlite3",
        description="SQLAlchemy URL: `sqlite:///file` or `postgresql://user:password@host/name`.",
    )
    encryption_key: SecretStr | None = Field(
        default=None,
        description="32 random bytes in base64; encrypts the signing keys at rest. Needed in production.",
    )
    encryption_key_file: Path = Field(
        default=Path("var/encryption.key"),
        description="Where development keeps the key that it makes when `encryption_key` is not set.",
    )
    embedded_worker: bool = Field(
        default=True,
        description="Whether `passports serve` also does the jobs; else run `passports worker` beside it.",
    )
    trusted_issuers: tuple[str, ...] = Field(
        default=(),
        description="DIDs that the verifier reports as known, beside this service's issuers (JSON list).",
    )
    log_level: str = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @property
    def is_production(self) -> bool:
        """Whether this start must refuse what is only good for trying out."""
        return self.environment is Environment.PRODUCTION


def load_settings() -> Settings:
    """Read the environment; raises `ConfigurationError` that names each setting it cannot use."""
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"PASSPORTS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"The settings cannot be used: {wrong}.") from error
    if settings.is_production and settings.encryption_key is None:
        raise ConfigurationError(
            "PASSPORTS_ENCRYPTION_KEY is not set, and production does not make one up.",
            hint="Make one with `passports keys generate-encryption-key`; keep it apart from the database.",
        )
    if settings.is_production and not settings.public_url.startswith("https://"):
        raise ConfigurationError(
            f"PASSPORTS_PUBLIC_URL is {settings.public_url}, but in production it must be https.",
            hint="Credentials name this origin for ever; set the address that verifiers will use.",
        )
    return settings


def read_or_make_key_file(path: Path, new_key: str) -> str:
    """Return the key kept in `path`, writing `new_key` there first when there is none (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(new_key)
    return new_key
