"""Evidence forms: the draft and its published versions."""

from sqlalchemy.orm import Session

from app.domain.forms import EvidenceForm, read_form
from app.services.definitions import DefinitionKind, Noun, canonical, load_versions, publish_as_it_stands

NOUN = Noun(DefinitionKind.FORM, "forms", canonical(read_form), publish=publish_as_it_stands)


def load_forms(session: Session, issuer_id: str) -> dict[str, EvidenceForm]:
    """Return all published forms of an issuer by `key@version`, and the last of each also by its key."""
    forms = [read_form(each.document) for each in load_versions(session, issuer_id, NOUN.kind)]
    return {form.ref: form for form in forms} | {form.key: form for form in forms}
