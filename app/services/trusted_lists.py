"""Lists of trusted issuers, as they are now."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.trusted_lists import read_trusted_list
from app.models import Definition
from app.services.definitions import DefinitionKind, Preconditions, put_definition

KIND = DefinitionKind.TRUSTED_LIST


def put_trusted_list(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a list. Raises `InvalidPayloadError` with all faults of the document."""
    read = read_trusted_list(document, key=key)
    return put_definition(session, actor, (KIND, key, read.to_document()), conditions, now=now)


def load_trusted_lists(session: Session, issuer_id: str) -> dict[str, frozenset[str]]:
    """Return who is on each list of an issuer."""
    lists = select(Definition).where(Definition.issuer_id == issuer_id, Definition.kind == KIND)
    return {each.key: frozenset(each.document["issuers"]) for each in session.scalars(lists)}
