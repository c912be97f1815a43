"""Passports: the draft, and its published versions with all that they pin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.achievements import AchievementPlace, build_achievement, building_blocks
from app.domain.actors import Actor
from app.domain.badge_images import draw_svg
from app.domain.crosswalks import Crosswalk, read_crosswalk
from app.domain.frameworks import Framework, read_framework
from app.domain.milestones import PASSPORT, as_passport
from app.domain.passports import (
    ANY_DAY,
    LintFindings,
    LintReport,
    Occasion,
    PassportDefinition,
    lint_document,
    load_published,
    prerequisites_of,
    publish,
    read_definition,
    read_passport,
    renewed_by,
)
from app.domain.rubrics import Rubric, read_rubric
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Coverage, Leaf, RuleNode, walk
from app.domain.rules.terms import spelled
from app.domain.selectors import selectors_of
from app.domain.simulations import simulate
from app.domain.upgrades import ensure_grace, followed, sweeps_of
from app.identifiers import new_id
from app.models import Definition, DefinitionVersion, Enrolment, Issuer, VersionSelector
from app.services import snapshots
from app.services.content import load_content_items
from app.services.crosswalks import load_links
from app.services.definitions import (
    EARNED,
    DefinitionKind,
    Document,
    Noun,
    Publication,
    Publishing,
    find_version,
    load_definition,
    load_versions,
    public_key_of,
    publish_version,
    visible_definitions,
    visible_versions,
)
from app.services.forms import load_forms
from app.services.frameworks import load_frameworks
from app.services.hubs import load_hubs
from app.services.opportunities import load_opportunities
from app.services.sites import Site
from app.services.trusted_lists import load_trusted_lists
from app.services.upgrade_sweeps import plan_sweeps
from app.services.vocabularies import load_vocabularies

KIND = DefinitionKind.PASSPORT

NOTHING = Catalogue(frameworks={}, rubrics={}, content={})


@dataclass(frozen=True, slots=True)
class PublishedPassport:
    """What a published version says, read: its definition, what it pins, the achievements it leads to.

    Those are by milestone; that of the passport as a whole is at `PASSPORT`.
    """

    definition: PassportDefinition
    pinned: Catalogue
    achievements: Mapping[str, Mapping[str, Any]]


_MOST_KEPT = 512
_kept: dict[str, PublishedPassport] = {}
"""Published versions by id: they never change, so a copy is never stale."""

_MOST_CATALOGUES = 16
_catalogues: dict[str, tuple[int, Catalogue]] = {}
"""What may change under published versions, by issuer: the last that was read, and at which count."""


def _store(document: Document, key: str) -> Document:
    """Return a draft as it was written; only publishing brings it to its normal form."""
    read_passport(document, key=key)
    return {**document, "key": key}


def lint_draft(
    session: Session, actor: Actor, kind: DefinitionKind, key: str, document: Document | None
) -> LintFindings:
    """Return what lint says of a passport or a series, of the draft when there is no `document`.

    Raises `NotFoundError`.
    """
    if document is None:
        document = load_definition(session, actor, kind, key).document
    return lint_document(document, load_catalogue(session, actor.issuer_id), key=key, kind=kind)


def simulate_draft(
    session: Session, actor: Actor, kind: DefinitionKind, key: str, document: Document
) -> Document:
    """Return the progress answer of a simulation of a passport or a series. Nothing is stored.

    Raises `InvalidPayloadError`, and `LintFailedError` for a rule that lint refuses.
    """
    draft = session.scalar(visible_definitions(actor, kind).where(Definition.key == key))
    known = load_catalogue(session, actor.issuer_id)
    answer = simulate(document, key, None if draft is None else draft.document, known, kind=kind)
    return answer.to_document(enrolment="simulation")


def publish_earned(work: Publishing) -> tuple[DefinitionVersion, bool]:
    """Freeze the draft of a passport or a series with what it pins and the achievement it leads to.

    Raises `LintFailedError` with every finding, and `VersionExistsError`.
    """
    session, draft, now = work.session, work.draft, work.now
    definition = read_definition(draft.document)
    version = definition.version
    published = session.scalar(
        visible_versions(draft.issuer_id, {draft.kind}, draft.key).where(DefinitionVersion.version == version)
    )
    if published is not None and published.extras["draft_digest"] == draft.digest:
        return published, False
    catalogue = work.catalogue or load_catalogue(session, draft.issuer_id)
    report = work.report or prepare_version(definition, catalogue, now=now)
    public_key = public_key_of(session, draft)
    place = AchievementPlace(
        root=f"{work.site.public_url}/achievements",
        key=public_key,
        version=version,
        framework_urls=_framework_urls(session, draft.issuer_id, work.site),
    )
    extras = {
        "draft_digest": draft.digest,
        "rule_digest": report.digest,
        "moved": _moved(session, draft, report.definition),
        "lint": [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in report.warnings],
        **_pins(report.definition, catalogue),
        **_achievement(session, draft, report, catalogue, place),
    }
    publication = Publication(version, public_key, report.document, extras)
    found, created = publish_version(session, work.actor, draft, publication, now=now)
    if created:
        _index_version(session, found, now=now)
        plan_sweeps(session, found, sweeps_of(definition, now=now), now=now)
    return found, created


NOUN = Noun(KIND, "passports", _store, publish=publish_earned)


def prepare_version(
    definition: PassportDefinition, catalogue: Catalogue, occasion: Occasion = ANY_DAY, *, now: datetime
) -> LintReport:
    """Return what publishing would freeze. Raises `LintFailedError` with every finding."""
    if occasion.replaces:
        ensure_grace(definition, now=now)
    return publish(definition, catalogue, occasion)


def _moved(session: Session, draft: Definition, definition: PassportDefinition) -> dict[str, str]:
    """Return where nodes of all versions before live on: learners may go past some of these."""
    before = find_version(session, visible_versions(draft.issuer_id, {draft.kind}, draft.key), None)
    earlier = {} if before is None else dict(read_published(before).moved)
    return followed(earlier, dict(definition.moved))


def _index_version(session: Session, version: DefinitionVersion, *, now: datetime) -> None:
    """Note what evidence can matter to the version, so that a fact finds it."""
    words = sorted(selectors_of(read_published(version)))
    session.add_all(
        VersionSelector(
            id=new_id(), issuer_id=version.issuer_id, created_at=now, version_id=version.id, word=word
        )
        for word in words
    )
    session.flush()


def _pins(definition: PassportDefinition, catalogue: Catalogue) -> dict[str, Any]:
    """Return the documents of the framework and rubric versions that the rule refers to."""
    frameworks, rubrics = set[str](), set[str]()
    if definition.framework is not None:
        frameworks.add(definition.framework)
    roots: list[RuleNode] = [definition.rule, *definition.gate_leaves]
    if definition.renewal is not None:
        roots.append(definition.renewal)
    for node in (node for root in roots for node, _parent in walk(root)):
        match node:
            case Coverage():
                frameworks.add(node.framework)
            case Leaf() if node.min_level is not None:
                rubrics.add(node.min_level.rubric)
        if node.result is not None and node.result.rubric is not None:
            rubrics.add(node.result.rubric)
    links = tuple(
        link for link in catalogue.crosswalk if not frameworks.isdisjoint((link.source[0], link.target[0]))
    )
    frameworks |= {end[0] for link in links for end in (link.source, link.target)}
    return {
        "frameworks": [catalogue.frameworks[ref].to_document() for ref in sorted(frameworks)],
        "crosswalk": Crosswalk("pinned", "As found when this was published", links).to_document(),
        "rubrics": [catalogue.rubrics[ref].to_document() for ref in sorted(rubrics)],
    }


def _achievement(
    session: Session, draft: Definition, report: LintReport, catalogue: Catalogue, place: AchievementPlace
) -> dict[str, Any]:
    """Return the achievements of the version and of its milestones, with pictures: fixed from now on."""
    issuer = session.get_one(Issuer, draft.issuer_id)

    def describe(definition: PassportDefinition, place: AchievementPlace) -> dict[str, Any]:
        svg = draw_svg(
            definition.achievement_title, issuer.name, building_blocks(definition), definition.version
        )
        return {"achievement": build_achievement(definition, catalogue, place), "image_svg": svg}

    milestones = {
        each.node: describe(as_passport(report.definition, each), place.of_milestone(each.node))
        for each in report.definition.milestones
    }
    return describe(report.definition, place) | ({"milestones": milestones} if milestones else {})


def _framework_urls(session: Session, issuer_id: str, site: Site) -> dict[str, str]:
    published = load_versions(session, issuer_id, DefinitionKind.FRAMEWORK)
    return {
        f"{v.key}@{v.version}": f"{site.public_url}/frameworks/{v.public_key}/{v.version}" for v in published
    }


def load_catalogue(session: Session, issuer_id: str) -> Catalogue:
    """Return all that definitions of an issuer may refer to: what is published, and the rest as it is now."""
    published = select(DefinitionVersion).where(
        DefinitionVersion.issuer_id == issuer_id,
        DefinitionVersion.kind.in_([DefinitionKind.RUBRIC, *EARNED]),
    )
    rubrics, versions = [], dict[str, tuple[str, ...]]()
    prerequisites, renewals = dict[str, frozenset[str]](), dict[str, frozenset[str]]()
    for version in session.scalars(published.order_by(DefinitionVersion.id)):
        if version.kind == DefinitionKind.RUBRIC:
            rubrics.append(read_rubric(version.document))
        else:
            for found, asked in ((prerequisites, prerequisites_of), (renewals, renewed_by)):
                found[version.key] = found.get(version.key, frozenset()) | asked(version.document)
            versions[version.key] = (*versions.get(version.key, ()), version.version)
    named = _catalogue(load_frameworks(session, issuer_id).values(), rubrics)
    return replace(
        present_catalogue(session, issuer_id),
        frameworks=named.frameworks,
        rubrics=named.rubrics,
        crosswalk=load_links(session, issuer_id),
        prerequisites=prerequisites,
        renewals=renewals,
        versions=versions,
        forms=load_forms(session, issuer_id),
    )


def _catalogue(frameworks: Iterable[Framework], rubrics: Sequence[Rubric]) -> Catalogue:
    """Return a catalogue; of a rubric's versions the last one is also what its bare key means."""
    return Catalogue(
        frameworks={framework.ref: framework for framework in frameworks},
        rubrics={rubric.ref: rubric for rubric in rubrics} | {rubric.key: rubric for rubric in rubrics},
        content={},
    )


def pinned_catalogue(version: DefinitionVersion, present: Catalogue = NOTHING) -> Catalogue:
    """Return what a published version pins, with what may change as it is in `present`."""
    pinned = load_published_passport(version).pinned
    return replace(present, frameworks=pinned.frameworks, rubrics=pinned.rubrics, crosswalk=pinned.crosswalk)


def present_catalogue(session: Session, issuer_id: str) -> Catalogue:
    """Return what may change under a published version, as it is now: read again when it has changed.

    The count is read before the rest, so what is kept may be newer than its count and is never older. What
    this very transaction has changed may yet be rolled back: it is not kept.
    """
    counted = session.get_one(Issuer, issuer_id).catalogue_seq
    if snapshots.has_changed_catalogue(session):
        return _read_present(session, issuer_id)
    kept = _catalogues.get(issuer_id)
    if kept is None or kept[0] != counted:
        kept = counted, _read_present(session, issuer_id)
        if len(_catalogues) >= _MOST_CATALOGUES:
            _catalogues.clear()
        _catalogues[issuer_id] = kept
    return kept[1]


def _read_present(session: Session, issuer_id: str) -> Catalogue:
    present = replace(
        NOTHING,
        content=load_content_items(session, issuer_id),
        trusted=load_trusted_lists(session, issuer_id),
        opportunities=load_opportunities(session, issuer_id),
        vocabularies=load_vocabularies(session, issuer_id),
        hubs=load_hubs(session, issuer_id),
    )
    return spelled(present)


def read_published(version: DefinitionVersion) -> PassportDefinition:
    """Return the definition of a published version, its rule expanded.

    What it says has `moved` includes what had moved before: it holds for enrolments of any earlier version.
    """
    return load_published_passport(version).definition


def read_judging(enrolment: Enrolment, version: DefinitionVersion | None = None) -> PassportDefinition:
    """Return the definition with the rule that judges the enrolment, on its version or on another."""
    return read_published(version or enrolment.passport_version).judging(renews=enrolment.renews)


def load_published_passport(version: DefinitionVersion) -> PublishedPassport:
    """Return a published version of a passport, read once."""
    kept = _kept.get(version.id)
    if kept is None:
        extras = version.extras
        pinned = replace(
            _catalogue(map(read_framework, extras["frameworks"]), list(map(read_rubric, extras["rubrics"]))),
            crosswalk=read_crosswalk(extras["crosswalk"]).links,
        )
        definition = load_published(version.document, pinned)
        definition = replace(definition, moved=tuple(extras["moved"].items()))
        milestones = {node: each["achievement"] for node, each in extras.get("milestones", {}).items()}
        kept = PublishedPassport(definition, pinned, {PASSPORT: extras["achievement"], **milestones})
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[version.id] = kept
    return kept
