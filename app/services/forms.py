"""Evidence forms: the draft and its published versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.forms import EvidenceForm, read_form
from app.models import Definition, DefinitionVersion
from app.services.definitions import (
    DefinitionKind,
    Preconditions,
    publish_draft,
    put_definition,
)
from app.services.sites import Site

KIND = DefinitionKind.FORM


def put_form(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a draft. Raises `InvalidPayloadError` with all faults of the document."""
    form = read_form(document, key=key)
    return put_definition(session, actor, (KIND, key, form.to_document()), conditions, now=now)


def publish_form(
    session: Session, actor: Actor, key: str, *, site: Site, now: datetime
) -> tuple[DefinitionVersion, bool]:
    """Freeze the draft under the version it names. Raises `NotFoundError` and `VersionExistsError`."""
    del site  # only passports have something that is addressed when they are published
    return publish_draft(session, actor, KIND, key, now=now)


def load_forms(session: Session, issuer_id: str) -> dict[str, EvidenceForm]:
    """Return all published forms of an issuer by `key@version`, and the last of each also by its key."""
    published = select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == issuer_id, DefinitionVersion.kind == KIND
    )
    forms = [read_form(each.document) for each in session.scalars(published.order_by(DefinitionVersion.id))]
    return {form.ref: form for form in forms} | {form.key: form for form in forms}
