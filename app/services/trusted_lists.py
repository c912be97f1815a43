"""Lists of trusted issuers, as they are now."""

from sqlalchemy.orm import Session

from app.domain.trusted_lists import read_trusted_list
from app.services.definitions import DefinitionKind, Noun, canonical, load_drafts

NOUN = Noun(
    DefinitionKind.TRUSTED_LIST,
    "trusted-lists",
    canonical(read_trusted_list),
    judges=lambda _key: (("kind", "credential"),),
)


def load_trusted_lists(session: Session, issuer_id: str) -> dict[str, frozenset[str]]:
    """Return who is on each list of an issuer."""
    lists = load_drafts(session, issuer_id, NOUN.kind)
    return {each.key: frozenset(each.document["issuers"]) for each in lists}
