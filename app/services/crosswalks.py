"""Crosswalks between frameworks, as they are now; a published passport pins what it found."""

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.crosswalks import read_crosswalk
from app.domain.rules.facts import ItemLink
from app.errors import InvalidPayloadError
from app.services.definitions import DefinitionKind, Document, Noun, canonical, load_drafts
from app.services.frameworks import load_frameworks


def _refuse_unpublished(session: Session, actor: Actor, document: Document) -> None:
    faults = read_crosswalk(document).missing(load_frameworks(session, actor.issuer_id))
    if faults:
        raise InvalidPayloadError("The crosswalk links what is not published.", faults=faults)


NOUN = Noun(DefinitionKind.CROSSWALK, "crosswalks", canonical(read_crosswalk), check=_refuse_unpublished)


def load_links(session: Session, issuer_id: str) -> tuple[ItemLink, ...]:
    """Return the links of all crosswalks of an issuer."""
    crosswalks = load_drafts(session, issuer_id, NOUN.kind)
    return tuple(link for each in crosswalks for link in read_crosswalk(each.document).links)
