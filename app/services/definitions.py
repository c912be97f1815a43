"""Definitions: a draft behind each key, and the versions published from it, which never change.

One set of functions serves all kinds. What is particular to a kind is its `Noun`, in the module of that
name.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.digests import digest_of
from app.domain.passports import LintReport, taken_key
from app.domain.rules.facts import Catalogue
from app.domain.versions import VersionStatus
from app.errors import (
    AlreadyExistsError,
    BusyError,
    NotFoundError,
    PreconditionFailedError,
    VersionExistsError,
)
from app.identifiers import new_id
from app.models import Definition, DefinitionVersion, Issuer, Partnership
from app.services.audit_events import record_event
from app.services.pages import Page, Window, fetch_page
from app.services.sites import Site
from app.services.snapshots import count_catalogue_change, note_catalogue_change

Document = dict[str, Any]


class DefinitionKind(StrEnum):
    """What administrators script."""

    FRAMEWORK = "framework"
    RUBRIC = "rubric"
    CONTENT = "content"
    PASSPORT = "passport"
    FORM = "form"
    OPPORTUNITY = "opportunity"
    TRUSTED_LIST = "trusted-list"
    CROSSWALK = "crosswalk"
    VOCABULARY = "vocabulary"
    HUB = "hub"
    SERIES = "series"


EARNED = frozenset({DefinitionKind.PASSPORT, DefinitionKind.SERIES})
"""What learners enrol on. The two share their keys, because they share the addresses of achievements."""


def _alike(kind: DefinitionKind) -> frozenset[DefinitionKind]:
    """Return the kinds that share their keys with this one."""
    return EARNED if kind in EARNED else frozenset({kind})


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The request's `If-Match` and `If-None-Match`, None when absent (RFC 9110, 13.1)."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, current: Definition | Partnership | None) -> None:
        """Raise `PreconditionFailedError` unless the request may go on against `current`."""
        etag = etag_of(current) if current else None
        if self.if_none_match is not None and current is not None:
            present = {tag.strip() for tag in self.if_none_match.split(",")}
            if "*" in present or etag in present:
                raise PreconditionFailedError("It exists already, and the request wanted to create it.")
        if self.if_match is not None:
            wanted = {tag.strip() for tag in self.if_match.split(",")}
            if current is None or ("*" not in wanted and etag not in wanted):
                raise PreconditionFailedError(
                    f"The present ETag is {etag or 'none: it does not exist'}.",
                    hint="Read it again, apply your change to what you get, and send the new ETag.",
                )


UNCONDITIONAL = Preconditions()


@dataclass(frozen=True, slots=True)
class Publication:
    """A version about to be published: `document` is what is frozen, `extras` what publishing found.

    `public_key` is what `public_key_of` said: what publishing found may name it already.
    """

    version: str
    public_key: str
    document: Document
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publishing:
    """A draft that is to be published: by whom, on which site, when.

    `catalogue` is what it may refer to, for those who have loaded it, `report` what was found of a passport,
    for those who have looked it over.
    """

    session: Session
    actor: Actor
    draft: Definition
    site: Site
    now: datetime
    catalogue: Catalogue | None = None
    report: LintReport | None = None


class Readable(Protocol):
    """What the reader of a kind makes of a document."""

    def to_document(self) -> Document:
        """Return the canonical form."""


def _refers_to_nothing(_session: Session, _actor: Actor, _document: Document) -> None:
    """Find nothing wrong."""


def _judges_nothing(_key: str) -> Iterable[tuple[str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of definition, and all in which it differs from the others.

    `plural` is its name in addresses and bundles. `store` returns what is stored of a document under a
    key, and raises `InvalidPayloadError` with all faults; `check` raises it for what is referred to and
    not there. `publish` freezes a draft, and is None for a kind without versions. `judges` says, by key,
    of which reports a draft is a measure as it is now: members and their values.
    """

    kind: DefinitionKind
    plural: str
    store: Callable[[Document, str], Document]
    check: Callable[[Session, Actor, Document], None] = _refers_to_nothing
    publish: Callable[[Publishing], tuple[DefinitionVersion, bool]] | None = None
    judges: Callable[[str], Iterable[tuple[str, str]]] = _judges_nothing


def canonical(read: Callable[..., Readable]) -> Callable[[Document, str], Document]:
    """Return the `store` of a kind whose canonical form is kept, from the function that reads it."""
    return lambda document, key: read(document, key=key).to_document()


def etag_of(thing: Definition | DefinitionVersion | Partnership) -> str:
    """Return the strong ETag of what has a digest."""
    return etag_of_digest(thing.digest)


def etag_of_digest(digest: str) -> str:
    """Return the strong ETag of a definition with this digest."""
    return f'"{digest[:32]}"'


def visible_definitions(actor: Actor, kind: DefinitionKind) -> Select[Definition]:
    """Return a statement for the definitions of one kind that the actor may see."""
    return select(Definition).where(Definition.issuer_id == actor.issuer_id, Definition.kind == kind)


def list_definitions(
    session: Session, actor: Actor, kind: DefinitionKind, window: Window
) -> Page[Definition]:
    """Return the definitions of one kind, oldest first."""
    return fetch_page(session, visible_definitions(actor, kind), Definition.id, window)


def load_definition(
    session: Session, actor: Actor, kind: DefinitionKind, key: str, *, for_update: bool = False
) -> Definition:
    """Return the draft with this key, locked until the transaction ends if asked.

    Raises `NotFoundError`.
    """
    statement = visible_definitions(actor, kind).where(Definition.key == key)
    definition = session.scalar(statement.with_for_update() if for_update else statement)
    if definition is None:
        raise NotFoundError(f"There is no {kind} {key}.")
    return definition


def put_definition(
    session: Session,
    actor: Actor,
    draft: tuple[Noun, str, Document],
    conditions: Preconditions = UNCONDITIONAL,
    *,
    now: datetime,
) -> tuple[Definition, bool]:
    """Create or replace the draft (noun, key, document); say whether it was created.

    Putting the same document again changes nothing. Raises `InvalidPayloadError` with all faults of the
    document, `PreconditionFailedError`, and `AlreadyExistsError` when a series would get the key of a
    passport or the other way round.
    """
    noun, key, said = draft
    document = noun.store(said, key)
    noun.check(session, actor, document)
    statement = visible_definitions(actor, noun.kind).where(Definition.key == key)
    current = session.scalar(statement.with_for_update())
    conditions.check(current)
    digest = digest_of(document)
    created = current is None
    if current is None:
        _ensure_free(session, actor, noun.kind, key)
        current = Definition(
            id=new_id(),
            issuer_id=actor.issuer_id,
            created_at=now,
            kind=noun.kind,
            key=key,
            document=document,
            digest=digest,
            updated_at=now,
            updated_by=actor.subject,
        )
        try:
            with session.begin_nested():
                session.add(current)
        except IntegrityError:  # somebody created it in this very moment: then this is a replacement
            return put_definition(session, actor, draft, conditions, now=now)
    elif current.digest == digest:
        return current, False
    else:
        current.document, current.digest = document, digest
        current.updated_at, current.updated_by = now, actor.subject
    action = "create" if created else "update"
    record_event(session, actor, action, (noun.kind, current.id), now=now, key=key, digest=digest)
    if noun.publish is None:  # what it says now is what holds
        count_catalogue_change(session, actor.issuer_id)
    for about in noun.judges(key):
        note_catalogue_change(session, actor.issuer_id, about, now=now)
    return current, created


def _ensure_free(session: Session, actor: Actor, kind: DefinitionKind, key: str) -> None:
    """Raise `AlreadyExistsError` when a kind that shares its keys with this one has the key."""
    others = _alike(kind) - {kind}
    taken = select(Definition.kind).where(
        Definition.issuer_id == actor.issuer_id, Definition.kind.in_(others), Definition.key == key
    )
    other = session.scalar(taken) if others else None
    if other is not None:
        fault = taken_key(other, key)
        raise AlreadyExistsError(fault.detail, hint=fault.hint)


def publish_definition(
    session: Session, actor: Actor, noun: Noun, key: str, *, site: Site, now: datetime
) -> tuple[DefinitionVersion, bool]:
    """Freeze the draft with this key under the version it names; say whether the version is new.

    Raises `NotFoundError`, and what `publish` of the noun and `publish_version` raise.
    """
    assert noun.publish is not None  # kinds without versions have no route to here
    draft = load_definition(session, actor, noun.kind, key)
    return noun.publish(Publishing(session, actor, draft, site, now))


def publish_as_it_stands(work: Publishing) -> tuple[DefinitionVersion, bool]:
    """Freeze a draft without adding to it. Raises what `publish_version` raises."""
    draft = work.draft
    public_key = public_key_of(work.session, draft)
    publication = Publication(draft.document["version"], public_key, draft.document)
    return publish_version(work.session, work.actor, draft, publication, now=work.now)


def publish_version(
    session: Session, actor: Actor, definition: Definition, publication: Publication, *, now: datetime
) -> tuple[DefinitionVersion, bool]:
    """Freeze a version; say whether it is new. The same content under the same version is the same row.

    Raises `VersionExistsError` when the version is published with other content, and `BusyError` when
    another issuer took the public name in this very moment.
    """
    existing = _published(session, definition, publication)
    if existing is not None:
        return existing, False
    version = DefinitionVersion(
        id=new_id(),
        issuer_id=actor.issuer_id,
        created_at=now,
        definition_id=definition.id,
        kind=definition.kind,
        key=definition.key,
        version=publication.version,
        public_key=publication.public_key,
        document=publication.document,
        digest=digest_of(publication.document),
        extras=publication.extras,
        published_by=actor.subject,
        status=VersionStatus.PUBLISHED,
        retires_at=None,
    )
    try:
        with session.begin_nested():
            session.add(version)
    except IntegrityError as error:  # published by somebody else in this very moment
        existing = _published(session, definition, publication)
        if existing is None:
            detail = f"Another issuer published a {definition.kind} {definition.key} at the same time."
            raise BusyError(detail, hint="Send the same request again.") from error
        return existing, False
    record_event(
        session,
        actor,
        "publish",
        (definition.kind, version.id),
        now=now,
        key=definition.key,
        version=version.version,
        digest=version.digest,
    )
    return version, True


def _published(
    session: Session, definition: Definition, publication: Publication
) -> DefinitionVersion | None:
    existing = session.scalar(
        select(DefinitionVersion).where(
            DefinitionVersion.definition_id == definition.id,
            DefinitionVersion.version == publication.version,
        )
    )
    if existing is not None and existing.digest != digest_of(publication.document):
        raise VersionExistsError(
            f"Version {publication.version} of {definition.kind} {definition.key} is published and frozen.",
            hint="Give the changed draft a new version number.",
        )
    return existing


def public_key_of(session: Session, definition: Definition) -> str:
    """Return the name of a definition in public URLs: its key, unless another issuer was there first.

    Keys are unique per issuer only; the later issuer's gets the issuer's own key behind a dot, which no
    key can contain.
    """
    taken = select(DefinitionVersion.id).where(
        DefinitionVersion.kind.in_(_alike(DefinitionKind(definition.kind))),
        DefinitionVersion.public_key == definition.key,
        DefinitionVersion.issuer_id != definition.issuer_id,
    )
    if session.scalar(taken.limit(1)) is None:
        return definition.key
    issuer = session.get_one(Issuer, definition.issuer_id)
    return f"{definition.key}.{issuer.key}"


def load_drafts(session: Session, issuer_id: str, kind: DefinitionKind) -> Iterable[Definition]:
    """Return all drafts of one kind that an issuer has, by key."""
    owned = select(Definition).where(Definition.issuer_id == issuer_id, Definition.kind == kind)
    return session.scalars(owned.order_by(Definition.key))


def load_versions(session: Session, issuer_id: str, kind: DefinitionKind) -> Iterable[DefinitionVersion]:
    """Return all published versions of one kind that an issuer has, oldest first."""
    owned = select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == issuer_id, DefinitionVersion.kind == kind
    )
    return session.scalars(owned.order_by(DefinitionVersion.id))


def visible_versions(issuer_id: str, kinds: Collection[str], key: str) -> Select[DefinitionVersion]:
    """Return a statement for the published versions behind a key, of one of these kinds."""
    return select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == issuer_id,
        DefinitionVersion.kind.in_(kinds),
        DefinitionVersion.key == key,
    )


def find_version(
    session: Session, versions: Select[DefinitionVersion], version: str | None
) -> DefinitionVersion | None:
    """Return this one of the `versions`, the one published last when `version` is None."""
    if version is not None:
        versions = versions.where(DefinitionVersion.version == version)
    return session.scalar(versions.order_by(DefinitionVersion.id.desc()).limit(1))


def load_version(
    session: Session, issuer_id: str, kind: DefinitionKind, key: str, version: str | None
) -> DefinitionVersion:
    """Return a published version, the one published last when `version` is None; raises `NotFoundError`."""
    found = find_version(session, visible_versions(issuer_id, {kind}, key), version)
    if found is None:
        what = f"{kind} {key}" if version is None else f"{kind} {key} {version}"
        raise NotFoundError(f"There is no published {what}.")
    return found


def load_public_version(
    session: Session, kind: DefinitionKind, public_key: str, version: str
) -> DefinitionVersion:
    """Return a published version by its public name, for readers without an account.

    Raises `NotFoundError`.
    """
    found = session.scalar(
        select(DefinitionVersion).where(
            DefinitionVersion.kind.in_(_alike(kind)),
            DefinitionVersion.public_key == public_key,
            DefinitionVersion.version == version,
        )
    )
    if found is None:
        raise NotFoundError(f"There is no published {kind} {public_key} {version}.")
    return found
