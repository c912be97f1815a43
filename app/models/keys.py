"""Signing keys: the public half as JWK, and a handle by which a backend finds the private half."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned
from app.signing.keys import Algorithm


class SigningKey(Owned):
    """One key pair; an issuer has at most one active key per algorithm. Rows stay: verifiers need them.

    `kid` is the thumbprint of the public key (RFC 7638). `handle` is whatever `backend` needs to sign: with
    the local one it is the sealed private half itself. It is gone once the private half is destroyed.
    """

    __tablename__ = "signing_keys"
    __table_args__ = owned()

    algorithm: Mapped[Algorithm] = mapped_column(String)
    status: Mapped[str]
    kid: Mapped[str] = mapped_column(unique=True)
    public_jwk: Mapped[dict[str, Any]]
    backend: Mapped[str]
    handle: Mapped[bytes | None]
    published_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]


Index(
    "ix_signing_keys_one_active",
    SigningKey.issuer_id,
    SigningKey.algorithm,
    unique=True,
    sqlite_where=SigningKey.status == "active",
    postgresql_where=SigningKey.status == "active",
)
