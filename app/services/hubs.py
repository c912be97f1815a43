"""Hubs, as they are now."""

from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.hubs import Hub, descendants, read_hub
from app.errors import InvalidPayloadError
from app.models import Definition
from app.services.definitions import DefinitionKind, Document, Noun, canonical, load_definition, load_drafts


def _refuse_misplaced(session: Session, actor: Actor, document: Document) -> None:
    faults = read_hub(document).misplaced(load_hubs(session, actor.issuer_id))
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults)


NOUN = Noun(
    DefinitionKind.HUB,
    "hubs",
    canonical(read_hub),
    check=_refuse_misplaced,
    judges=lambda _key: (("kind", "content_completion"), ("kind", "attendance")),
)


def load_hubs(session: Session, issuer_id: str) -> dict[str, Hub]:
    """Return all hubs of an issuer by key."""
    return {each.key: read_hub(each.document) for each in load_drafts(session, issuer_id, NOUN.kind)}


def list_descendants(session: Session, actor: Actor, key: str) -> list[Definition]:
    """Return the hubs below one, at any depth, in the order of their keys; raises `NotFoundError`."""
    load_definition(session, actor, NOUN.kind, key)
    drafts = {each.key: each for each in load_drafts(session, actor.issuer_id, NOUN.kind)}
    hubs = {key: read_hub(each.document) for key, each in drafts.items()}
    return [drafts[each] for each in descendants(key, hubs)]
