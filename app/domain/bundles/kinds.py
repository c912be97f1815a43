"""What a bundle may hold, in the order in which it is applied: each kind refers to those before it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.content import CONTENT_KINDS, read_approval, read_content
from app.domain.crosswalks import read_crosswalk
from app.domain.forms import read_form
from app.domain.frameworks import read_framework
from app.domain.hubs import lineage, read_hub, unknown_hub
from app.domain.opportunities import read_opportunity
from app.domain.passports import (
    FIRST_VERSION,
    normalise,
    prerequisites_of,
    read_definition,
    read_passport,
    read_series,
    renewed_by,
)
from app.domain.payloads import KEY, Faults, Payload, nearest
from app.domain.rubrics import read_rubric
from app.domain.rules.facts import Catalogue
from app.domain.trusted_lists import read_trusted_list
from app.domain.vocabularies import read_vocabulary
from app.errors import Fault, InvalidPayloadError

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A definition that was read: its natural key, its version if it has one, and what is stored of it."""

    key: str
    version: str | None
    document: Document


def _plain(document: Document) -> Document:
    """Return a document without the members that say nothing."""
    return {
        name: [_plain(each) if isinstance(each, dict) else each for each in value]
        if isinstance(value, list)
        else value
        for name, value in document.items()
        if value is not None and value != [] and value is not False
    }


def _nothing_missing(_document: Document, _catalogue: Catalogue) -> list[Fault]:
    return []


def _below_nothing(_document: Document, _catalogue: Catalogue) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class BundleKind:
    """One kind of definition: its plural in a bundle, its `kind`, its reader, and how it is written.

    `read` raises `InvalidPayloadError` with every fault, `join` returns the catalogue as it is with such
    documents in it, `check` what a document refers to and the catalogue lacks; `notice` what it has no use
    for, which is a warning. `tell_tale` is the key that only this kind has. `depth` puts those of one kind
    into order that refer to one another.
    """

    plural: str
    word: str
    tell_tale: str
    read: Callable[[Mapping[str, Any]], Named]
    join: Callable[[Catalogue, Iterable[Document]], Catalogue]
    check: Callable[[Document, Catalogue], list[Fault]] = _nothing_missing
    notice: Callable[[Document, Catalogue], list[Fault]] = _nothing_missing
    write: Callable[[Document], Document] = _plain
    is_versioned: bool = True
    depth: Callable[[Document, Catalogue], int] = _below_nothing


def _reader(read: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Named]:
    """Return the reader of a kind from the function that reads one definition of it."""

    def named(document: Mapping[str, Any]) -> Named:
        found = read(document)
        return Named(found.key, getattr(found, "version", None), found.to_document())

    return named


def _passport(document: Mapping[str, Any]) -> Named:
    found = read_passport(document)
    return Named(found.key, found.version, dict(document))


def _series(document: Mapping[str, Any]) -> Named:
    found = read_series(document)
    return Named(found.key, found.version, {**document, "kind": "Series", "key": found.key})


def _approval(document: Mapping[str, Any]) -> Named:
    """Return the approval of an item for an interval, of a hub perhaps; together they are its key."""
    faults = Faults()
    body = Payload(document, "", faults)
    content = body.text("content", pattern=KEY)
    rest = {name: value for name, value in document.items() if name not in ("kind", "content")}
    try:
        interval = read_approval(rest)
    except InvalidPayloadError as error:
        raise InvalidPayloadError(error.detail, faults=[*faults.found, *error.faults]) from error
    faults.raise_if_any(InvalidPayloadError, "The approval breaks a rule.")
    said = {"content": content, **interval.to_document()}
    words = f"{said['from']}/{said['to'] or '..'}" + (" retroactive" if interval.retroactive else "")
    words += f" for {interval.hub}" if interval.hub else ""
    return Named(f"{content} {words}", None, said)


def _normal(document: Document) -> Document:
    return normalise(read_definition(document))


def _with_frameworks(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = {each.ref: each for each in map(read_framework, documents)}
    return replace(catalogue, frameworks={**catalogue.frameworks, **new})


def _with_rubrics(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = [read_rubric(document) for document in documents]
    named = {each.ref: each for each in new} | {each.key: each for each in new}
    return replace(catalogue, rubrics={**catalogue.rubrics, **named})


def _with_content(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    found = dict(catalogue.content)
    for item in map(read_content, documents):
        known = found.get(item.key)
        found[item.key] = item if known is None else item.with_approvals(known.approvals)
    return replace(catalogue, content=found)


def _with_approvals(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    found = dict(catalogue.content)
    for document in documents:
        item = found.get(document["content"])
        if item is not None:
            interval = read_approval({name: document[name] for name in document if name != "content"})
            found[item.key] = item.with_approvals((*item.approvals, interval))
    return replace(catalogue, content=found)


def _with_forms(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = [read_form(document) for document in documents]
    if not new:
        return catalogue  # which may know nothing of forms
    named = {each.ref: each for each in new} | {each.key: each for each in new}
    return replace(catalogue, forms={**(catalogue.forms or {}), **named})


def _with_crosswalks(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = (link for document in documents for link in read_crosswalk(document).links)
    return replace(catalogue, crosswalk=tuple(dict.fromkeys((*catalogue.crosswalk, *new))))


def _with_opportunities(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = {each.key: each for each in map(read_opportunity, documents)}
    return replace(catalogue, opportunities={**catalogue.opportunities, **new})


def _with_trusted_lists(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = {each.key: frozenset(each.issuers) for each in map(read_trusted_list, documents)}
    return replace(catalogue, trusted={**catalogue.trusted, **new})


def _with_vocabularies(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = {each.key: each for each in map(read_vocabulary, documents)}
    return replace(catalogue, vocabularies={**catalogue.vocabularies, **new})


def _with_hubs(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    new = {each.key: each for each in map(read_hub, documents)}
    return replace(catalogue, hubs={**catalogue.hubs, **new})


def _with_passports(catalogue: Catalogue, documents: Iterable[Document]) -> Catalogue:
    found, again = dict(catalogue.prerequisites), dict(catalogue.renewals)
    versions = dict(catalogue.versions)
    for document in documents:
        key = document["key"]
        found[key] = found.get(key, frozenset()) | prerequisites_of(document)
        again[key] = again.get(key, frozenset()) | renewed_by(document)
        versions[key] = (*versions.get(key, ()), document.get("version") or FIRST_VERSION)
    return replace(catalogue, prerequisites=found, renewals=again, versions=versions)


def _missing_content(document: Document, catalogue: Catalogue) -> list[Fault]:
    key = document["content"]
    faults = unknown_hub(document["hub"], catalogue.hubs, "/hub")
    if key in catalogue.content:
        return faults
    hint = nearest(key, tuple(catalogue.content)) if catalogue.content else None
    return [Fault("/content", "unknown_reference", f"There is no content {key!r}.", hint), *faults]


def _unknown_terms(document: Document, catalogue: Catalogue) -> list[Fault]:
    return read_content(document).unknown_terms(catalogue.vocabularies)


def _unknown_items(document: Document, catalogue: Catalogue) -> list[Fault]:
    return read_content(document).unknown_items(catalogue.frameworks)


def _unused_vocabulary(document: Document, _catalogue: Catalogue) -> list[Fault]:
    return read_vocabulary(document).unused()


def _unknown_of_opportunity(document: Document, catalogue: Catalogue) -> list[Fault]:
    return read_opportunity(document).unknown_references(catalogue.vocabularies, catalogue.hubs)


def _missing_items(document: Document, catalogue: Catalogue) -> list[Fault]:
    return read_crosswalk(document).missing(catalogue.frameworks)


def _misplaced_hubs(document: Document, catalogue: Catalogue) -> list[Fault]:
    return read_hub(document).misplaced(catalogue.hubs)


def _depth_of_hub(document: Document, catalogue: Catalogue) -> int:
    return len(lineage(document["key"], catalogue.hubs))


def _depth_of_series(document: Document, catalogue: Catalogue) -> int:
    """Return how many passports and series stand one behind the other, at the most."""
    depth, ahead = 0, prerequisites_of(document)
    while ahead and depth <= len(catalogue.prerequisites):  # a cycle is for lint to find
        depth += 1
        ahead = frozenset(each for key in ahead for each in catalogue.prerequisites.get(key, ()))
    return depth


VOCABULARIES = BundleKind(
    "vocabularies",
    "Vocabulary",
    "terms",
    _reader(read_vocabulary),
    _with_vocabularies,
    notice=_unused_vocabulary,
    is_versioned=False,
)
HUBS = BundleKind(
    "hubs",
    "Hub",
    "theme",
    _reader(read_hub),
    _with_hubs,
    check=_misplaced_hubs,
    is_versioned=False,
    depth=_depth_of_hub,
)
FRAMEWORKS = BundleKind("frameworks", "Framework", "items", _reader(read_framework), _with_frameworks)
RUBRICS = BundleKind("rubrics", "Rubric", "criteria", _reader(read_rubric), _with_rubrics)
FORMS = BundleKind("forms", "Form", "schema", _reader(read_form), _with_forms)
CROSSWALKS = BundleKind(
    "crosswalks",
    "Crosswalk",
    "links",
    _reader(read_crosswalk),
    _with_crosswalks,
    check=_missing_items,
    is_versioned=False,
)
CONTENT = BundleKind(
    "content",
    "Content",
    "origin",
    _reader(read_content),
    _with_content,
    check=_unknown_terms,
    notice=_unknown_items,
    is_versioned=False,
)
APPROVALS = BundleKind(
    "approvals", "Approval", "from", _approval, _with_approvals, check=_missing_content, is_versioned=False
)
OPPORTUNITIES = BundleKind(
    "opportunities",
    "Opportunity",
    "status",
    _reader(read_opportunity),
    _with_opportunities,
    check=_unknown_of_opportunity,
    is_versioned=False,
)
TRUSTED_LISTS = BundleKind(
    "trusted-lists",
    "TrustedList",
    "issuers",
    _reader(read_trusted_list),
    _with_trusted_lists,
    is_versioned=False,
)
PASSPORTS = BundleKind("passports", "Passport", "rule", _passport, _with_passports, write=_normal)
SERIES = BundleKind(
    "series", "Series", "members", _series, _with_passports, write=_normal, depth=_depth_of_series
)

KINDS = (
    *(VOCABULARIES, HUBS, FRAMEWORKS, RUBRICS, FORMS, CROSSWALKS),
    *(CONTENT, APPROVALS, OPPORTUNITIES, TRUSTED_LISTS, PASSPORTS, SERIES),
)
EARNED = (PASSPORTS, SERIES)
"""What learners enrol on: linted when it is published, and stored in a normal form."""

RANKS = {kind.plural: rank for rank, kind in enumerate(KINDS)}
BY_PLURAL = {kind.plural: kind for kind in KINDS}
BY_WORD = {kind.word: kind for kind in KINDS} | dict.fromkeys(CONTENT_KINDS, CONTENT)
"""What the member `kind` says; content says which kind of content it is."""
