"""Corrections of credentials: what each one signed, and the bytes that it replaced."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class CredentialCorrection(Owned):
    """One correction, `prepared` until its bytes are those of the credential, then `issued`.

    As with a credential, all that a signature depends on is fixed before anything is signed.
    """

    __tablename__ = "credential_corrections"
    __table_args__ = owned(
        refers("credential_id", "credentials"),
        refers("signing_key_id", "signing_keys"),
        refers("jwt_key_id", "signing_keys"),
        UniqueConstraint("credential_id", "number"),
    )

    credential_id: Mapped[str]
    number: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str]
    achievement: Mapped[str]
    signing_key_id: Mapped[str]
    jwt_key_id: Mapped[str]
    unsigned: Mapped[bytes]
    unsigned_sha256: Mapped[str]
    proof_created: Mapped[datetime]
    valid_from: Mapped[datetime]
    replaced_document: Mapped[bytes | None]
    replaced_jwt: Mapped[str | None]
    replaced_valid_from: Mapped[datetime | None]
