"""Opportunities: what projects need, and what a hub has posted."""

from sqlalchemy.orm import Session

from app.domain.opportunities import Opportunity, read_opportunity
from app.services.definitions import DefinitionKind, Noun, canonical, load_drafts

NOUN = Noun(
    DefinitionKind.OPPORTUNITY,
    "opportunities",
    canonical(read_opportunity),
    judges=lambda key: ("opportunity", key),
)


def load_opportunities(session: Session, issuer_id: str) -> dict[str, Opportunity]:
    """Return all opportunities of an issuer by key."""
    return {each.key: read_opportunity(each.document) for each in load_drafts(session, issuer_id, NOUN.kind)}
