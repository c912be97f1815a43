"""Competency frameworks: the draft and its published versions."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.domain.frameworks import Framework, read_framework
from app.domain.frameworks import FrameworkItem as Item
from app.models import DefinitionVersion, Issuer
from app.schemas.credential_summaries import LinkedName
from app.schemas.pages import FrameworkItem, FrameworkPage
from app.services.definitions import (
    DefinitionKind,
    Noun,
    canonical,
    load_public_version,
    load_versions,
    publish_as_it_stands,
)

NOUN = Noun(DefinitionKind.FRAMEWORK, "frameworks", canonical(read_framework), publish=publish_as_it_stands)


def load_frameworks(session: Session, issuer_id: str) -> dict[str, Framework]:
    """Return all published versions of an issuer's frameworks by `key@version`."""
    read = (read_framework(each.document) for each in load_versions(session, issuer_id, NOUN.kind))
    return {framework.ref: framework for framework in read}


def load_public_framework(
    session: Session, public_key: str, version: str
) -> tuple[DefinitionVersion, Framework]:
    """Return a published framework for readers without an account; raises `NotFoundError`."""
    found = load_public_version(session, NOUN.kind, public_key, version)
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
