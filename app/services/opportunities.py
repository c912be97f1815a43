"""Opportunities: what projects need, and what a hub has posted."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.opportunities import Opportunity, read_opportunity
from app.models import Definition
from app.services.definitions import DefinitionKind, Preconditions, put_definition

KIND = DefinitionKind.OPPORTUNITY


def put_opportunity(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace it. Raises `InvalidPayloadError` with all faults of the document."""
    read = read_opportunity(document, key=key)
    return put_definition(session, actor, (KIND, key, read.to_document()), conditions, now=now)


def load_opportunities(session: Session, issuer_id: str) -> dict[str, Opportunity]:
    """Return all opportunities of an issuer by key."""
    found = select(Definition).where(Definition.issuer_id == issuer_id, Definition.kind == KIND)
    return {each.key: read_opportunity(each.document) for each in session.scalars(found)}
