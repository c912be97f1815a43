"""Series: the draft; what is published of one is published as a passport is."""

from app.domain.passports import SERIES, read_series
from app.services.definitions import DefinitionKind, Document, Noun
from app.services.passports import publish_earned


def _store(document: Document, key: str) -> Document:
    """Return a draft as it was written, with its kind, which tells it from a passport."""
    read_series(document, key=key)
    return {**document, "kind": SERIES, "key": key}


NOUN = Noun(DefinitionKind.SERIES, "series", _store, publish=publish_earned)
