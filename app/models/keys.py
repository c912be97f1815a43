"""Signing keys: the public half as Multikey, the private seed sealed under the service's key."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.ownership import Owned, owned


class SigningKey(Owned):
    """One key pair; an issuer has exactly one active key per algorithm."""

    __tablename__ = "signing_keys"
    __table_args__ = owned()

    algorithm: Mapped[str]
    status: Mapped[str]
    public_multikey: Mapped[str] = mapped_column(unique=True)
    sealed_seed: Mapped[bytes]


Index(
    "ix_signing_keys_one_active",
    SigningKey.issuer_id,
    SigningKey.algorithm,
    unique=True,
    sqlite_where=SigningKey.status == "active",
    postgresql_where=SigningKey.status == "active",
)
