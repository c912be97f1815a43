"""What a tenant has scripted, as bundles see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.bundles import Change, Finding, Severity
from app.domain.bundles.kinds import (
    APPROVALS,
    CONTENT,
    CROSSWALKS,
    FORMS,
    FRAMEWORKS,
    OPPORTUNITIES,
    PASSPORTS,
    RUBRICS,
    TRUSTED_LISTS,
)
from app.domain.bundles.planning import Stored, TenantState
from app.domain.digests import digest_of
from app.domain.instants import format_instant
from app.domain.passports import read_passport
from app.domain.rules.language import Leaf, walk
from app.errors import InUseError
from app.models import Approval, Definition, DefinitionVersion, EvidenceRevision
from app.services.audit_events import record_event
from app.services.content import put_content
from app.services.crosswalks import put_crosswalk
from app.services.definitions import DefinitionKind, load_definition
from app.services.forms import publish_form, put_form
from app.services.frameworks import publish_framework, put_framework
from app.services.opportunities import put_opportunity
from app.services.passports import publish_passport, put_passport
from app.services.rubrics import publish_rubric, put_rubric
from app.services.trusted_lists import put_trusted_list


@dataclass(frozen=True, slots=True)
class Service:
    """How one kind of definition is stored and published."""

    kind: DefinitionKind
    put: Callable[..., tuple[Definition, bool]]
    publish: Callable[..., tuple[DefinitionVersion, bool]] | None = None


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        FRAMEWORKS.plural: Service(DefinitionKind.FRAMEWORK, put_framework, publish_framework),
        RUBRICS.plural: Service(DefinitionKind.RUBRIC, put_rubric, publish_rubric),
        FORMS.plural: Service(DefinitionKind.FORM, put_form, publish_form),
        CROSSWALKS.plural: Service(DefinitionKind.CROSSWALK, put_crosswalk),
        CONTENT.plural: Service(DefinitionKind.CONTENT, put_content),
        OPPORTUNITIES.plural: Service(DefinitionKind.OPPORTUNITY, put_opportunity),
        TRUSTED_LISTS.plural: Service(DefinitionKind.TRUSTED_LIST, put_trusted_list),
        PASSPORTS.plural: Service(DefinitionKind.PASSPORT, put_passport, publish_passport),
    }
)
"""By plural; approvals are no definitions."""

MAX_USES = 5
"""Uses that one finding lists."""

_PLURALS = {service.kind: plural for plural, service in SERVICES.items()}


def load_state(session: Session, issuer_id: str) -> TenantState:
    """Return all that an issuer has scripted: three queries."""
    drafts: dict[tuple[str, str], Stored] = {}
    keys: dict[str, str] = {}
    own = select(Definition.id, Definition.kind, Definition.key, Definition.digest, Definition.document)
    own = own.where(Definition.issuer_id == issuer_id, Definition.kind.in_(list(_PLURALS)))
    for row in session.execute(own.order_by(Definition.key)):
        keys[row.id] = row.key
        drafts[_PLURALS[row.kind], row.key] = Stored(row.digest, row.document)
    approvals = session.scalars(select(Approval).where(Approval.issuer_id == issuer_id))
    read = [APPROVALS.read(_approval_document(keys[each.content_id], each)) for each in approvals]
    for named in sorted(read, key=attrgetter("key")):
        drafts[APPROVALS.plural, named.key] = Stored(digest_of(named.document), named.document)
    return TenantState(drafts, _load_versions(session, issuer_id))


def _approval_document(key: str, row: Approval) -> dict[str, Any]:
    ends = None if row.valid_to is None else format_instant(row.valid_to)
    said = {"content": key, "from": format_instant(row.valid_from), "to": ends}
    return {**said, "retroactive": row.retroactive}


def _load_versions(session: Session, issuer_id: str) -> dict[tuple[str, str], tuple[Stored, ...]]:
    version = DefinitionVersion
    columns = select(
        version.kind,
        version.key,
        version.version,
        version.digest,
        version.document,
        version.extras["draft_digest"].as_string().label("draft_digest"),
    )
    published = columns.where(version.issuer_id == issuer_id, version.kind.in_(list(_PLURALS)))
    found: dict[tuple[str, str], tuple[Stored, ...]] = {}
    for row in session.execute(published.order_by(version.key, version.id)):
        stored = Stored(row.digest, row.document, row.version, row.draft_digest)
        name = (_PLURALS[row.kind], row.key)
        found[name] = (*found.get(name, ()), stored)
    return found


# Pruning --------------------------------------------------------------------------------------------


def find_uses(
    session: Session, actor: Actor, pruned: Sequence[Change], state: TenantState
) -> tuple[Finding, ...]:
    """Return an error for each definition to be pruned that is in use, with what uses it."""
    if not pruned:
        return ()
    keys = {change.key for change in pruned if change.kind == CONTENT.plural}
    users = _content_users(session, actor, keys, state) if keys else {}
    found = []
    for change in pruned:
        published = state.versions.get((change.kind, change.key), ())
        uses = [f"its published version {each.version}" for each in published]
        uses += users.get(change.key, ()) if change.kind == CONTENT.plural else ()
        if uses:
            detail = f"{change.key} ({change.kind}) is needed by {', '.join(uses[:MAX_USES])}."
            hint = "Keep it in the bundle, or leave prune out."
            found.append(Finding(Severity.ERROR, "", None, "", InUseError.code, detail, hint))
    return tuple(found)


def _content_users(
    session: Session, actor: Actor, keys: set[str], state: TenantState
) -> dict[str, list[str]]:
    """Return by key what needs content: approvals, evidence, and published passports that name it."""
    found: dict[str, list[str]] = {}
    for (plural, _), draft in state.drafts.items():
        if plural == APPROVALS.plural:
            found.setdefault(draft.document["content"], []).append(
                f"its approval from {draft.document['from']}"
            )
    content = EvidenceRevision.document["content"].as_string()
    reported = (
        select(content).where(EvidenceRevision.issuer_id == actor.issuer_id, content.in_(keys)).distinct()
    )
    for key in session.scalars(reported):
        found.setdefault(key, []).append("evidence that learners have")
    for (plural, passport), versions in state.versions.items():
        for each in versions if plural == PASSPORTS.plural else ():
            for key in keys & _named_content(each.document):
                found.setdefault(key, []).append(f"the passport {passport} {each.version}")
    return found


def _named_content(document: dict[str, Any]) -> set[str]:
    nodes = walk(read_passport(document).rule)
    return {key for node, _ in nodes if isinstance(node, Leaf) for key in node.keys}


def prune_definition(session: Session, actor: Actor, change: Change, *, now: datetime) -> None:
    """Delete a draft that nothing needs; it stays in the audit trail that it was there."""
    kind = SERVICES[change.kind].kind
    draft = load_definition(session, actor, kind, change.key, for_update=True)
    record_event(session, actor, "delete", (kind, draft.id), now=now, key=change.key, digest=draft.digest)
    session.delete(draft)
    session.flush()
