"""Issuer instances of the VC API, and what each has issued."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.issuer_instances import Algorithm
from app.models.issuers import Issuer
from app.models.ownership import Owned, owned, refers
from app.signing.status_list import Purpose


class IssuerInstance(Owned):
    """One way to issue credentials of any kind: a cryptosuite under a did:key of its own.

    The tenant owns it. `identity` is the issuer that its credentials name: keys and status lists are that
    one's, never the tenant's own.
    """

    __tablename__ = "issuer_instances"
    __table_args__ = owned()

    identity_id: Mapped[str] = mapped_column(ForeignKey("issuers.id"), unique=True)
    cryptosuite: Mapped[str]
    algorithm: Mapped[Algorithm] = mapped_column(String)
    has_status: Mapped[bool]
    suspendable: Mapped[bool]

    identity: Mapped[Issuer] = relationship(foreign_keys=[identity_id], lazy="raise", viewonly=True)

    @property
    def status_purposes(self) -> tuple[Purpose, ...]:
        """What its credentials have a place on a status list for."""
        if self.suspendable:
            return ("revocation", "suspension")
        return ("revocation",) if self.has_status else ()

    @property
    def key(self) -> str:
        """What it is called in addresses."""
        return self.identity.key

    @property
    def did(self) -> str:
        """The issuer that its credentials name."""
        return self.identity.did


class InstanceCredential(Owned):
    """One credential that an instance issued, owned by its identity: its digests, never its content.

    `credential_id` is the name by which its status is changed, and need not be unique; `request_sha256` is
    of the keyed request that it answers. The row is there before anything is signed, `secured_sha256` after.
    """

    __tablename__ = "instance_credentials"
    __table_args__ = owned(
        refers("revocation_entry_id", "status_entries"),
        refers("suspension_entry_id", "status_entries"),
        UniqueConstraint("issuer_id", "request_sha256"),
        UniqueConstraint("revocation_entry_id"),
        UniqueConstraint("suspension_entry_id"),
    )

    credential_id: Mapped[str | None]
    request_sha256: Mapped[str | None]
    revocation_entry_id: Mapped[str | None]
    suspension_entry_id: Mapped[str | None]
    proof_created: Mapped[datetime]
    unsigned_sha256: Mapped[str]
    secured_sha256: Mapped[str | None]

    @property
    def entry_ids(self) -> dict[Purpose, str]:
        """Its places on status lists, by their purpose."""
        places: dict[Purpose, str | None] = {
            "revocation": self.revocation_entry_id,
            "suspension": self.suspension_entry_id,
        }
        return {purpose: entry_id for purpose, entry_id in places.items() if entry_id is not None}


Index(
    "ix_instance_credentials_by_name",
    InstanceCredential.issuer_id,
    InstanceCredential.credential_id,
)
