"""Opportunities: what projects need, and what a hub has posted."""

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.opportunities import Opportunity, read_opportunity
from app.errors import InvalidPayloadError
from app.services.definitions import DefinitionKind, Document, Noun, canonical, load_drafts
from app.services.hubs import load_hubs
from app.services.vocabularies import load_vocabularies


def _refuse_unknown(session: Session, actor: Actor, document: Document) -> None:
    vocabularies = load_vocabularies(session, actor.issuer_id)
    faults = read_opportunity(document).unknown_references(vocabularies, load_hubs(session, actor.issuer_id))
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)


NOUN = Noun(
    DefinitionKind.OPPORTUNITY,
    "opportunities",
    canonical(read_opportunity),
    check=_refuse_unknown,
    judges=lambda key: (("opportunity", key),),
)


def load_opportunities(session: Session, issuer_id: str) -> dict[str, Opportunity]:
    """Return all opportunities of an issuer by key."""
    return {each.key: read_opportunity(each.document) for each in load_drafts(session, issuer_id, NOUN.kind)}
