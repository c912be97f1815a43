"""Crosswalks between frameworks, as they are now; a published passport pins what it found."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.crosswalks import read_crosswalk
from app.domain.rules.facts import ItemLink
from app.errors import InvalidPayloadError
from app.models import Definition
from app.services.definitions import DefinitionKind, Preconditions, put_definition
from app.services.frameworks import load_frameworks

KIND = DefinitionKind.CROSSWALK


def put_crosswalk(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a crosswalk. Raises `InvalidPayloadError` with all faults of the document."""
    read = read_crosswalk(document, key=key)
    faults = read.missing(load_frameworks(session, actor.issuer_id))
    if faults:
        raise InvalidPayloadError("The crosswalk links what is not published.", faults=faults)
    return put_definition(session, actor, (KIND, key, read.to_document()), conditions, now=now)


def load_links(session: Session, issuer_id: str) -> tuple[ItemLink, ...]:
    """Return the links of all crosswalks of an issuer."""
    found = select(Definition).where(Definition.issuer_id == issuer_id, Definition.kind == KIND)
    crosswalks = session.scalars(found.order_by(Definition.key))
    return tuple(link for each in crosswalks for link in read_crosswalk(each.document).links)
