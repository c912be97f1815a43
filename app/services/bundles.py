"""What a tenant has scripted, as bundles see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.bundles import Change, Finding, Severity
from app.domain.bundles.kinds import (
    APPROVALS,
    CONTENT,
    HUBS,
    PASSPORTS,
)
from app.domain.bundles.planning import Stored, TenantState
from app.domain.digests import digest_of
from app.domain.passports import read_passport
from app.domain.versions import VersionState, VersionStatus
from app.errors import InUseError
from app.models import Approval, Definition, DefinitionVersion, EvidenceRevision
from app.services import (
    content,
    crosswalks,
    forms,
    frameworks,
    hubs,
    opportunities,
    passports,
    rubrics,
    series,
    trusted_lists,
    vocabularies,
)
from app.services.audit_events import record_event
from app.services.content import interval_given, interval_of
from app.services.definitions import Noun, load_definition
from app.services.snapshots import count_catalogue_change

NOUNS: Mapping[str, Noun] = MappingProxyType(
    {
        each.NOUN.plural: each.NOUN
        for each in (
            *(vocabularies, hubs, frameworks, rubrics, forms, crosswalks, content),
            *(opportunities, trusted_lists, passports, series),
        )
    }
)
"""By plural; approvals are no definitions."""

MAX_USES = 5
"""Uses that one finding lists."""

_PLURALS = {noun.kind: plural for plural, noun in NOUNS.items()}


def load_state(session: Session, issuer_id: str) -> TenantState:
    """Return all that an issuer has scripted: three queries."""
    drafts: dict[tuple[str, str], Stored] = {}
    keys: dict[str, str] = {}
    own = select(Definition.id, Definition.kind, Definition.key, Definition.digest, Definition.document)
    own = own.where(Definition.issuer_id == issuer_id, Definition.kind.in_(list(_PLURALS)))
    for row in session.execute(own.order_by(Definition.key)):
        keys[row.id] = row.key
        drafts[_PLURALS[row.kind], row.key] = Stored(row.digest, row.document)
    drafts |= _load_approvals(session, issuer_id, keys)
    return TenantState(drafts, _load_versions(session, issuer_id))


def _load_approvals(
    session: Session, issuer_id: str, keys: Mapping[str, str]
) -> dict[tuple[str, str], Stored]:
    """Return all approvals as they were given, and those withdrawn also as what is left of them."""
    rows = session.scalars(select(Approval).where(Approval.issuer_id == issuer_id)).all()
    said = [(row, interval_given(row), row.withdrawn_at is not None) for row in rows]
    said += [(row, left, row.recalled_at is not None) for row in rows if (left := interval_of(row))]
    found: dict[tuple[str, str], Stored] = {}
    for row, interval, withdrawn in sorted(said, key=lambda each: not each[2]):  # what stands comes last
        named = APPROVALS.read({"content": keys[row.content_id], **interval.to_document()})
        stored = Stored(digest_of(named.document), named.document, withdrawn=withdrawn)
        found[APPROVALS.plural, named.key] = stored
    return dict(sorted(found.items()))


def _load_versions(session: Session, issuer_id: str) -> dict[tuple[str, str], tuple[Stored, ...]]:
    version = DefinitionVersion
    columns = select(
        version.kind,
        version.key,
        version.version,
        version.digest,
        version.document,
        version.status,
        version.retires_at,
        version.extras["draft_digest"].as_string().label("draft_digest"),
    )
    published = columns.where(version.issuer_id == issuer_id, version.kind.in_(list(_PLURALS)))
    found: dict[tuple[str, str], tuple[Stored, ...]] = {}
    for row in session.execute(published.order_by(version.key, version.id)):
        state = VersionState(VersionStatus(row.status), row.retires_at)
        stored = Stored(row.digest, row.document, row.version, row.draft_digest, state=state)
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
    users = {
        CONTENT.plural: _content_users(session, actor, keys, state) if keys else {},
        HUBS.plural: _hub_users(pruned, state),
    }
    found = []
    for change in pruned:
        published = state.versions.get((change.kind, change.key), ())
        uses = [f"its published version {each.version}" for each in published]
        uses += users.get(change.kind, {}).get(change.key, ())
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
    reported = EvidenceRevision.document["content"].as_string()
    held = select(reported).where(EvidenceRevision.issuer_id == actor.issuer_id, reported.in_(keys))
    for key in session.scalars(held.distinct()):
        found.setdefault(key, []).append("evidence that learners have")
    for (plural, passport), versions in state.versions.items():
        for each in versions if plural == PASSPORTS.plural else ():
            for key in keys & _named_content(each.document):
                found.setdefault(key, []).append(f"the passport {passport} {each.version}")
    return found


def _hub_users(pruned: Sequence[Change], state: TenantState) -> dict[str, list[str]]:
    """Return by key what needs a hub: hubs below it, and what is approved, posted or owned there."""
    gone = {(change.kind, change.key) for change in pruned}
    found: dict[str, list[str]] = {}
    for name, draft in state.drafts.items():
        owner = draft.document.get("owner") or {}
        for hub in {draft.document.get("parent"), draft.document.get("hub"), owner.get("hub")}:
            if hub is not None and name not in gone:
                found.setdefault(hub, []).append(f"{name[1]} ({name[0]})")
    return found


def _named_content(document: dict[str, Any]) -> set[str]:
    return {key for leaf in read_passport(document).leaves for key in leaf.keys}


def prune_definition(session: Session, actor: Actor, change: Change, *, now: datetime) -> None:
    """Delete a draft that nothing needs; it stays in the audit trail that it was there."""
    kind = NOUNS[change.kind].kind
    draft = load_definition(session, actor, kind, change.key, for_update=True)
    record_event(session, actor, "delete", (kind, draft.id), now=now, key=change.key, digest=draft.digest)
    session.delete(draft)
    session.flush()
    count_catalogue_change(session, actor.issuer_id)
