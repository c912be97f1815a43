"""What a bundle would change in what a tenant has: worked out in memory, so that nothing is written."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.bundles.changes import Change, Op, differences
from app.domain.bundles.findings import Finding, Severity, finding_of
from app.domain.bundles.kinds import APPROVALS, BY_PLURAL, CONTENT, EARNED, FORMS, KINDS, RANKS
from app.domain.bundles.reading import MAX_FINDINGS, Bundle, Entry, Unread
from app.domain.bundles.states import closing_change, find_behind
from app.domain.digests import digest_of
from app.domain.passports import LintReport, Occasion, lint_rest, read_definition, taken_key
from app.domain.payloads import nearest, pointer_to
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.lint import ROUTES
from app.domain.rules.terms import spelled
from app.domain.versions import OPEN, VersionState
from app.errors import Fault, InvalidPayloadError, LintFailedError

Prepare = Callable[[PassportDefinition, Catalogue, Occasion], LintReport]
"""What publishing a passport would freeze; raises `InvalidPayloadError` with every finding."""

_LOOKED_UP = re.compile(r"(?:No published|There is no) [a-z ]+ '(?P<key>[a-z0-9-]+)(?:[@ ][^']*)?'")
"""What is said of a name that was looked up in vain."""

_WITHDRAWN = "Take it out of the bundle, or approve the content anew: POST /v1/content/{key}/approvals."


@dataclass(frozen=True, slots=True)
class Stored:
    """A draft, or a published version; `draft_digest` is that of the draft behind a published passport.

    `state` is how far the life of a version has come. What is `withdrawn` is there, so that no bundle brings
    it back, and is not exported.
    """

    digest: str
    document: dict[str, Any]
    version: str | None = None
    draft_digest: str | None = None
    withdrawn: bool = False
    state: VersionState = OPEN


@dataclass(frozen=True, slots=True)
class TenantState:
    """All that a tenant has scripted, by plural and key; versions in the order of their publication.

    Approvals are among the drafts: they have no versions either.
    """

    drafts: Mapping[tuple[str, str], Stored]
    versions: Mapping[tuple[str, str], tuple[Stored, ...]]

    @property
    def digest(self) -> str:
        """SHA-256 of what there is: it tells a plan that was made before something changed."""
        drafts = sorted([*name, each.digest] for name, each in self.drafts.items())
        versions = sorted(
            [*name, str(each.version), each.digest, str(each.state)]
            for name, all_ in self.versions.items()
            for each in all_
        )
        return digest_of({"drafts": drafts, "versions": versions})

    def has_withdrawn(self, entry: Entry) -> bool:
        """Tell whether an entry is there, and was withdrawn: it stays so."""
        current = self.drafts.get((entry.kind.plural, entry.key))
        return current is not None and current.withdrawn

    def versions_of(self, entry: Entry) -> tuple[Stored, ...]:
        """Return what is published under the key of an entry, oldest first."""
        return self.versions.get((entry.kind.plural, entry.key), ())

    def find(self, entry: Entry) -> Stored | None:
        """Return the published version that an entry names, if there is one."""
        return next((each for each in self.versions_of(entry) if each.version == entry.version), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A change, with what it is made from: the entry of the bundle, and what publishing found.

    `seen` is the state of a version from which a change of it begins.
    """

    change: Change
    entry: Entry | None = None
    report: LintReport | None = None
    seen: VersionState = OPEN


@dataclass(frozen=True, slots=True)
class Planned:
    """The steps in the order in which they are taken, all findings, and the catalogue as it would be."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    catalogue: Catalogue

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the bundle from being applied."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    @property
    def closed(self) -> tuple[Entry, ...]:
        """The versions that would be deprecated or retired."""
        ops = (Op.DEPRECATE, Op.RETIRE)
        return tuple(step.entry for step in self.steps if step.entry is not None and step.change.op in ops)

    @property
    def is_empty(self) -> bool:
        """Whether applying it would change nothing."""
        return all(step.change.op is Op.UNCHANGED for step in self.steps)


def plan_bundle(
    bundle: Bundle, state: TenantState, catalogue: Catalogue, prepare: Prepare, *, prune: bool = False
) -> Planned:
    """Return what applying `bundle` to a tenant with this state and catalogue would do."""
    wanted = _wanted_catalogue(bundle, state, catalogue)
    findings = list(bundle.findings)
    ordered = sorted(
        bundle.entries, key=lambda each: (RANKS[each.kind.plural], each.kind.depth(each.document, wanted))
    )
    findings += _clashes(ordered, state)
    steps = []
    for entry in ordered:
        steps.append(_step(entry, state, wanted, prepare, findings))
        steps += _closed(entry, state, findings)
    for unread in bundle.unread:
        findings += _beside(unread, wanted)
    findings = [each for each in findings if not _follows(each, bundle.unread)]
    if prune:
        steps += _pruned(bundle, state)
    findings.sort(key=lambda each: (each.file, each.line or 0))
    return Planned(tuple(steps), tuple(findings[:MAX_FINDINGS]), wanted)


def _beside(unread: Unread, wanted: Catalogue) -> Iterable[Finding]:
    """Yield what else is wrong with a definition with faults: in lint, or in what it refers to."""
    if unread.is_draft:
        return
    if unread.kind not in EARNED:
        yield from _unknown_in_rest(unread, wanted)
        return
    found = lint_rest(unread.document, unread.faults, wanted, kind=unread.kind.word)
    for fault in found.blocking:
        yield finding_of(fault, unread.place)
    for fault in found.warnings:
        if fault not in found.blocking:
            yield finding_of(fault, unread.place, Severity.WARNING)


def _unknown_in_rest(unread: Unread, wanted: Catalogue) -> Iterable[Finding]:
    """Yield what a definition refers to in vain, if it can be read without its faulty members."""
    faulty = {pointer_to("", name): name for name in unread.document}
    gone = {faulty.get("/".join(fault.pointer.split("/")[:2])) for fault in unread.faults}
    try:
        named = unread.kind.read({name: each for name, each in unread.document.items() if name not in gone})
    except InvalidPayloadError:
        return
    for fault in unread.kind.check(named.document, wanted):
        yield finding_of(fault, unread.place)


def _follows(finding: Finding, unread: Iterable[Unread]) -> bool:
    """Tell whether a finding may be there only because another definition of the bundle could not be read."""
    kinds = {each.kind for each in unread}
    if finding.code in ROUTES:
        return not kinds.isdisjoint((CONTENT, APPROVALS))
    if finding.code != "unknown_reference":
        return False
    if finding.pointer.endswith("/by"):
        return FORMS in kinds
    named = _LOOKED_UP.match(finding.detail)
    return named is not None and named["key"] in {each.key for each in unread}


def _clashes(entries: Iterable[Entry], state: TenantState) -> Iterable[Finding]:
    """Yield a finding for each passport whose key a series has or is to have, and the other way round."""
    owners = {key: plural for plural, key in state.drafts if BY_PLURAL[plural] in EARNED}
    for entry in entries:
        if entry.kind in EARNED and owners.setdefault(entry.key, entry.kind.plural) != entry.kind.plural:
            owner = BY_PLURAL[owners[entry.key]].word.lower()
            yield finding_of(taken_key(owner, entry.key), entry.place)


def _wanted_catalogue(bundle: Bundle, state: TenantState, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue as it would be after everything in the bundle was published."""
    entries = [each for each in bundle.entries if not each.is_draft and not state.has_withdrawn(each)]
    for kind in KINDS:
        documents = [each.document for each in entries if each.kind is kind]
        catalogue = kind.join(catalogue, documents)
    return spelled(catalogue)


def _step(
    entry: Entry, state: TenantState, wanted: Catalogue, prepare: Prepare, findings: list[Finding]
) -> Step:
    findings.extend(finding_of(fault, entry.place) for fault in entry.kind.check(entry.document, wanted))
    noticed = [*entry.kind.notice(entry.document, wanted), *_moved_from_nowhere(entry, state)]
    findings.extend(finding_of(fault, entry.place, Severity.WARNING) for fault in noticed)
    if state.has_withdrawn(entry):
        fault = Fault("", "withdrawn", f"{entry.key} was withdrawn. It stays so.", _WITHDRAWN)
        findings.append(finding_of(fault, entry.place, Severity.WARNING))
    if entry.is_draft or not entry.kind.is_versioned:
        return Step(_stored_change(entry, state), entry)
    published = state.find(entry)
    if published is not None and digest_of(entry.document) in (published.digest, published.draft_digest):
        return Step(_change(Op.UNCHANGED, entry), entry)
    frozen: dict[str, Any] | None = entry.document
    report = None
    if entry.kind in EARNED:
        report = _report(entry, state, wanted, prepare, findings)
        frozen = None if report is None else report.document
    return Step(_version_change(entry, state, frozen, findings), entry, report)


def _moved_from_nowhere(entry: Entry, state: TenantState) -> Iterable[Fault]:
    """Yield a fault for each node in `moved` that no version had that was published here before."""
    moved = entry.document.get("moved") if entry.kind in EARNED else None
    earlier = [each for each in state.versions_of(entry) if each.version != entry.version] if moved else []
    if not moved or not earlier:
        return
    known = {key for each in earlier for key in read_definition(each.document).places}
    for key in map(str, moved):
        if key.partition("/")[0] not in known:
            detail = f"No published version of {entry.key} has a node {key!r}, so nothing moves."
            yield Fault(pointer_to("/moved", key), "unknown_reference", detail, nearest(key, tuple(known)))


def _closed(entry: Entry, state: TenantState, findings: list[Finding]) -> Iterable[Step]:
    """Yield the step that takes a published version on to the state that the bundle says."""
    if entry.is_draft:
        return
    published = state.find(entry)
    standing = OPEN if published is None else published.state
    change = closing_change(entry, standing)
    if change is not None:
        yield Step(change, entry, seen=standing)
    behind = find_behind(entry, standing)
    if behind is not None:
        findings.append(behind)


def _report(
    entry: Entry, state: TenantState, wanted: Catalogue, prepare: Prepare, findings: list[Finding]
) -> LintReport | None:
    """Return what publishing the passport would freeze, or None after adding what speaks against it."""
    occasion = Occasion(is_open=entry.state.is_open, replaces=bool(state.versions_of(entry)))
    report: LintReport | None
    try:
        report = prepare(read_definition(entry.document), wanted, occasion)
    except InvalidPayloadError as error:
        findings.extend(finding_of(fault, entry.place) for fault in error.faults)
        report, warnings = None, error.warnings if isinstance(error, LintFailedError) else ()
    else:
        warnings = report.warnings
    findings.extend(finding_of(fault, entry.place, Severity.WARNING) for fault in warnings)
    return report


def _change(op: Op, entry: Entry, before: Any = None, after: Any = None) -> Change:  # noqa: ANN401 (JSON values)
    diff = () if before is None or after is None else tuple(differences(before, after))
    return Change(op, entry.kind.plural, entry.key, entry.version, entry.is_draft, diff)


def _stored_change(entry: Entry, state: TenantState) -> Change:
    """Return the change of what has no versions, or is a draft."""
    current = state.drafts.get((entry.kind.plural, entry.key))
    if current is None:
        return _change(Op.CREATE, entry)
    if current.digest == digest_of(entry.document):
        return _change(Op.UNCHANGED, entry)
    return _change(Op.UPDATE, entry, current.document, entry.document)


def _version_change(
    entry: Entry, state: TenantState, frozen: dict[str, Any] | None, findings: list[Finding]
) -> Change:
    """Return the change of what is published; `frozen` None says that it cannot be."""
    published = state.find(entry)
    if published is not None:
        if frozen is None or digest_of(frozen) == published.digest:
            return _change(Op.UNCHANGED, entry)
        detail = f"Version {entry.version} of {entry.key} is published with other content, and frozen."
        fault = Fault("/version", "version_exists", detail, "Give the changed document a new version.")
        findings.append(finding_of(fault, entry.place))
        return _change(Op.PUBLISH, entry, published.document, frozen)
    earlier = state.versions_of(entry)
    if earlier:
        return _change(Op.PUBLISH, entry, earlier[-1].document, frozen)
    is_new = (entry.kind.plural, entry.key) not in state.drafts
    return _change(Op.CREATE if is_new else Op.PUBLISH, entry)


def _pruned(bundle: Bundle, state: TenantState) -> Iterable[Step]:
    """Return a step for each definition that the bundle does not name; what depends on others goes first."""
    named = {(each.kind.plural, each.key) for each in bundle.entries}
    named |= {(each.kind.plural, each.key) for each in bundle.unread}
    gone = [name for name in state.drafts if name not in named]
    order = [kind.plural for kind in reversed(KINDS) if kind is not APPROVALS]
    for plural in order:
        for _, key in sorted(name for name in gone if name[0] == plural):
            yield Step(Change(Op.PRUNE, plural, key))


def successor(entry: Entry, state: TenantState, planned: Planned) -> str | None:
    """Return the last version after this one that is open once everything is applied, if there is one."""
    states = {each.version: each.state for each in state.versions_of(entry)}
    for step in planned.steps:
        other = step.entry
        if other is not None and (other.kind, other.key) == (entry.kind, entry.key) and not other.is_draft:
            known = states.get(other.version, OPEN)
            states[other.version] = other.state if known.is_behind(other.state) else known
    later = list(states)[list(states).index(entry.version) + 1 :]
    return next((version for version in reversed(later) if states[version].is_open), None)
