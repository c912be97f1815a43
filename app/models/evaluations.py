"""Evaluations frozen at completion: the lasting answer to "why was this issued?"."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


class Evaluation(Owned):
    """The progress document at the moment the rule was met, with the SHA-256 of its JCS form.

    An enrolment has a second one only if its first completion fell, before anything was issued, because
    evidence it rested on was invalidated or withdrawn.
    """

    __tablename__ = "evaluations"
    __table_args__ = owned(refers("enrolment_id", "enrolments"), Index(None, "enrolment_id"))
    __append_only__ = True

    enrolment_id: Mapped[str]
    as_of: Mapped[datetime]
    engine: Mapped[str]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
