"""Credentials: prepared once, signed once, served as the same bytes for ever."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.milestones import PASSPORT
from app.models.ownership import Owned, owned, refers


class Credential(Owned):
    """One issued (or about to be issued) achievement credential; the id is random, since it is public.

    Everything a signature depends on is fixed while the status is `prepared`: a second attempt at
    signing gives the same bytes. `milestone` is the node of the passport that it is for, empty for the whole:
    each has one credential in a cycle at the most. `evaluation_digest` is that of the frozen evaluation that
    it rests on, kept apart from it so that one can be held against the other. `signing_key_id` is the key of
    the embedded proof, `jwt_key_id` that of the JWT, often the same one. `status_entry_id` is its place on a
    list of revocations; `suspension_entry_id` that on a list of suspensions, if its passport can be
    suspended.
    """

    __tablename__ = "credentials"
    __table_args__ = owned(
        refers("learner_id", "learners"),
        refers("enrolment_id", "enrolments"),
        refers("evaluation_id", "evaluations"),
        refers("signing_key_id", "signing_keys"),
        refers("jwt_key_id", "signing_keys"),
        refers("status_entry_id", "status_entries"),
        refers("suspension_entry_id", "status_entries"),
        UniqueConstraint("enrolment_id", "milestone"),
        UniqueConstraint("status_entry_id"),
        UniqueConstraint("suspension_entry_id"),
        Index(None, "issuer_id", "achievement"),
        Index(None, "issuer_id", "issued_at", "id"),
    )

    learner_id: Mapped[str]
    enrolment_id: Mapped[str]
    milestone: Mapped[str] = mapped_column(default=PASSPORT)
    evaluation_id: Mapped[str]
    evaluation_digest: Mapped[str]
    signing_key_id: Mapped[str]
    jwt_key_id: Mapped[str]
    status_entry_id: Mapped[str]
    suspension_entry_id: Mapped[str | None]
    url: Mapped[str] = mapped_column(unique=True)
    achievement: Mapped[str]
    status: Mapped[str]
    unsigned: Mapped[bytes]
    unsigned_sha256: Mapped[str]
    proof_created: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    awarded_at: Mapped[datetime]
    document: Mapped[bytes | None]
    jwt: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
