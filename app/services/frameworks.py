"""Competency frameworks: the draft and its published versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.frameworks import Framework, read_framework
from app.domain.frameworks import FrameworkItem as Item
from app.models import Definition, DefinitionVersion, Issuer
from app.schemas.credential_summaries import LinkedName
from app.schemas.pages import FrameworkItem, FrameworkPage
from app.services.definitions import (
    DefinitionKind,
    Preconditions,
    load_public_version,
    publish_draft,
    put_definition,
)
from app.services.sites import Site

KIND = DefinitionKind.FRAMEWORK


def put_framework(
    session: Session,
    actor: Actor,
    key: str,
    document: dict[str, Any],
    conditions: Preconditions,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace a draft. Raises `InvalidPayloadError` with all faults of the document."""
    framework = read_framework(document, key=key)
    return put_definition(session, actor, (KIND, key, framework.to_document()), conditions, now=now)


def publish_framework(
    session: Session, actor: Actor, key: str, *, site: Site, now: datetime
) -> tuple[DefinitionVersion, bool]:
    """Freeze the draft under the version it names. Raises `NotFoundError` and `VersionExistsError`."""
    del site  # only passports have something that is addressed when they are published
    return publish_draft(session, actor, KIND, key, now=now)


def load_frameworks(session: Session, issuer_id: str) -> dict[str, Framework]:
    """Return all published versions of an issuer's frameworks by `key@version`."""
    published = select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == issuer_id, DefinitionVersion.kind == KIND
    )
    read = (read_framework(each.document) for each in session.scalars(published))
    return {framework.ref: framework for framework in read}


def load_public_framework(
    session: Session, public_key: str, version: str
) -> tuple[DefinitionVersion, Framework]:
    """Return a published framework for readers without an account; raises `NotFoundError`."""
    found = load_public_version(session, KIND, public_key, version)
    return found, read_framework(found.document)


def describe_framework(session: Session, version: DefinitionVersion, framework: Framework) -> FrameworkPage:
    """Return what the public page of a framework shows."""
    issuer = session.get_one(Issuer, version.issuer_id)
    children: dict[str | None, list[Item]] = {}
    for item in framework.items:
        children.setdefault(item.parent, []).append(item)
    return FrameworkPage(
        path=f"/frameworks/{version.public_key}/{version.version}",
        title=framework.title,
        version=framework.version,
        description=framework.description or "",
        published_at=version.created_at,
        issuer=LinkedName(issuer.name, f"/issuers/{issuer.key}"),
        items=_items_below(children, None),
    )


def _items_below(
    children: Mapping[str | None, Sequence[Item]], parent: str | None
) -> tuple[FrameworkItem, ...]:
    return tuple(
        FrameworkItem(
            code=item.code,
            kind=item.kind,
            label=item.label,
            statement=item.statement or "",
            aliases=item.aliases,
            children=_items_below(children, item.code),
        )
        for item in children.get(parent, ())
    )
