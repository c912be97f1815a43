"""Vocabularies, as they are now."""

from sqlalchemy.orm import Session

from app.domain.rules.language import EVIDENCE_KINDS
from app.domain.vocabularies import TOPIC, Vocabulary, read_vocabulary
from app.services.definitions import DefinitionKind, Noun, canonical, load_drafts

NOUN = Noun(
    DefinitionKind.VOCABULARY,
    "vocabularies",
    canonical(read_vocabulary),
    judges=lambda key: [("kind", kind) for kind in EVIDENCE_KINDS] if key == TOPIC else [],
)


def load_vocabularies(session: Session, issuer_id: str) -> dict[str, Vocabulary]:
    """Return all vocabularies of an issuer by key."""
    return {each.key: read_vocabulary(each.document) for each in load_drafts(session, issuer_id, NOUN.kind)}
