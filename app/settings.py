"""What an operator decides: read once from the environment (prefix `PASSPORTS_`), then frozen."""

import os
import re
import tempfile
from contextlib import suppress
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.errors import ConfigurationError


class Environment(StrEnum):
    """Where the service runs: development makes its own secrets, production never does."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", re.ASCII)
_USUAL_PORTS = {"http": 80, "https": 443}


def _network(text: str) -> str:
    return str(ip_network(text))


def _origin(url: str) -> str:
    """Return the one spelling of an origin: credentials that name it are compared letter by letter."""
    parts = urlsplit(url.strip())
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an origin alone, such as https://passports.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if not _HOST.fullmatch(host):
        raise ValueError("must name a host in ASCII (an internationalised name in its xn-- form)")
    usual = parts.port in {None, _USUAL_PORTS[parts.scheme]}  # `port` raises ValueError beyond 65535
    return f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}")


LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
]


_LISTS = {
    "trusted_issuers": '["did:web:issuer.example.org"]',
    "fetch_allow_networks": '["127.0.0.0/8"]',
}
"""The settings that are read as JSON, with an example of each."""


class Settings(BaseSettings):
    """All settings; docs/settings.md is checked against this class.

    Making one raises pydantic's `ValidationError`, or `ConfigurationError` for what production refuses.
    """

    model_config = SettingsConfigDict(
        env_prefix="PASSPORTS_", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

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
        repr=False,  # it may hold a password
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
    key_backend: Literal["local", "pkcs11", "aws_kms"] = Field(
        default="local",
        description="Where new signing keys are made: sealed in the database, in a PKCS #11 module, "
        "in AWS KMS.",
    )
    pkcs11_module: Path | None = Field(
        default=None, description="The PKCS #11 library, such as `/usr/lib/softhsm/libsofthsm2.so`."
    )
    pkcs11_token: str | None = Field(default=None, description="The label of the token in it.")
    pkcs11_pin: SecretStr | None = Field(default=None, description="The user's PIN for the token.")
    aws_kms_region: str | None = Field(
        default=None,
        description="The region of AWS KMS; credentials are found as the AWS SDK finds them.",
    )
    embedded_worker: bool = Field(
        default=True,
        description="Whether `passports serve` also does the jobs; else run `passports worker` beside it.",
    )
    trusted_issuers: tuple[str, ...] = Field(
        default=(),
        description="DIDs that the verifier reports as known, beside this service's issuers (JSON list).",
    )
    fetch_remote: bool | None = Field(
        default=None,
        description="Whether the verifier fetches what other servers publish: keys, status lists, and "
        "credentials by address. Unset: in production it does, in development not.",
    )
    fetch_allow_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(),
        description='Networks beside the public internet that it may fetch from, such as `["127.0.0.0/8"]` '
        "(JSON list). Refused in production.",
    )
    visitors_per_minute: int = Field(
        default=6000,
        ge=4,
        description="Calls of the VC API that need no token, from one client address in a minute; a quarter "
        "of them may come at once. Beyond that the answer is 429.",
    )
    body_seconds: int = Field(
        default=60,
        ge=1,
        description="Seconds in which the body of a request has to come in; after them the answer is 408.",
    )
    log_level: LogLevel = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @property
    def is_production(self) -> bool:
        """Whether this start must refuse what is only good for trying out."""
        return self.environment is Environment.PRODUCTION

    @property
    def fetches_remote(self) -> bool:
        """Whether the verifier asks other servers."""
        return self.is_production if self.fetch_remote is None else self.fetch_remote

    @model_validator(mode="after")
    def _require_backend(self) -> Self:
        pkcs11 = {
            "PASSPORTS_PKCS11_MODULE": self.pkcs11_module,
            "PASSPORTS_PKCS11_TOKEN": self.pkcs11_token,
            "PASSPORTS_PKCS11_PIN": self.pkcs11_pin,
        }
        missing = [name for name, value in pkcs11.items() if value is None]
        if self.aws_kms_region is None and self.key_backend == "aws_kms":
            missing = ["PASSPORTS_AWS_KMS_REGION"]
        elif len(missing) == len(pkcs11) and self.key_backend != "pkcs11":
            missing = []
        if missing:
            raise ConfigurationError(
                f"The backend of signing keys is not set up: {', '.join(missing)} missing.",
                hint="docs/settings.md lists what each backend needs.",
            )
        return self

    @model_validator(mode="after")
    def _refuse_trying_out_in_production(self) -> Self:
        if self.is_production and self.encryption_key is None:
            raise ConfigurationError(
                "PASSPORTS_ENCRYPTION_KEY is not set, and production does not make one up.",
                hint="Make one with `passports keys generate-encryption-key`; keep it off the database.",
            )
        if self.is_production and not self.public_url.startswith("https://"):
            raise ConfigurationError(
                f"PASSPORTS_PUBLIC_URL is {self.public_url}, but in production it must be https.",
                hint="Credentials name this origin for ever; set the address that verifiers will use.",
            )
        if self.is_production and self.fetch_allow_networks:
            raise ConfigurationError(
                "PASSPORTS_FETCH_ALLOW_NETWORKS is set, but in production only the public internet is asked.",
                hint="Leave it out: with it, strangers could reach your own network through the verifier.",
            )
        return self


def load_settings() -> Settings:
    """Read the environment; raises `ConfigurationError` that names each setting it cannot use."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"PASSPORTS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"The settings cannot be used: {wrong}.") from error
    except SettingsError as error:  # a list is read as JSON
        name = next(name for name in _LISTS if f'"{name}"' in str(error))
        raise ConfigurationError(
            f"The settings cannot be used: PASSPORTS_{name.upper()} is not a JSON list.",
            hint=f"Write it as {_LISTS[name]}.",
        ) from error


def read_or_make_key_file(path: Path, new_key: str) -> str:
    """Return the key kept in `path`, writing `new_key` there first when there is none (mode 0600).

    However many processes start at once, all return the same key: the file appears under its name with
    its content or not at all. Raises `ConfigurationError` when it can be neither read nor made.
    """
    try:
        if not path.exists():
            _make_key_file(path, new_key)
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The encryption key cannot be kept in {path}: {error}.",
            hint="Set PASSPORTS_ENCRYPTION_KEY, or name another file in PASSPORTS_ENCRYPTION_KEY_FILE.",
        ) from error


def _make_key_file(path: Path, new_key: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as file:  # has mode 0600
        file.write(new_key)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was quicker: its key counts
            os.link(file.name, path)
