"""Plans: what a bundle would change, shown before it is done; and done in one transaction.

A plan is not stored. It holds the bundle, who made it and what it was made against, sealed with the
service's key, so that nobody else can make one. Whoever applies it may be somebody else: then the
definitions were written by the one who planned, and what needs a second pair of eyes can be approved.
"""

import base64
import json
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Scope, require
from app.domain.bundles import Change, Entry, Finding, Op, read_bundle
from app.domain.bundles.kinds import APPROVALS, PASSPORTS
from app.domain.bundles.planning import Planned, Step, TenantState, plan_bundle
from app.domain.bundles.states import Closing
from app.domain.instants import format_instant, parse_instant
from app.domain.passports import LintReport
from app.domain.payloads import Faults, Payload
from app.domain.rules.facts import Catalogue
from app.domain.versions import VersionState
from app.errors import (
    ConfigurationError,
    Fault,
    InUseError,
    InvalidPayloadError,
    LintFailedError,
    PlanStaleError,
    PreconditionFailedError,
)
from app.models import Issuer
from app.services.audit_events import record_event
from app.services.bundles import NOUNS, find_uses, load_state, prune_definition
from app.services.content import approve_content
from app.services.definitions import UNCONDITIONAL, Preconditions, Publishing, etag_of_digest, put_definition
from app.services.impacts import Impact, find_untold_closings, measure_closings, measure_impact
from app.services.passports import load_catalogue, prepare_version
from app.services.sites import Site
from app.services.versions import VersionName, bring_version

LIFETIME = timedelta(days=7)
"""How long a plan can be applied, if nothing changes."""

MAX_FILES = 500
MAX_DOCUMENTS = 5_000
"""Counted by the lines that begin one, before anything is read: reading costs time for each."""

_BEGINNING = re.compile(r"^---(?:\s|$)", re.MULTILINE)

Files = Mapping[str, str | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """A bundle, by file name, and whether what it does not name is to go.

    `made` is the plan that it was read from, if it was.
    """

    files: Files
    prune: bool = False
    made: "Sealed | None" = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A plan as it is handed out, who made it, and against what."""

    text: str
    subject: str
    token_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a bundle would do. `plan` is what to apply; None when there are errors.

    `state` is the digest of what it was made against. `impact` is by `key@version` of each passport that
    would be published, `closings` of each version that would be deprecated or retired.
    """

    plan: str | None
    planned_by: str
    state: str
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    impact: dict[str, Impact]
    closings: dict[str, Closing]

    @property
    def summary(self) -> dict[Op, int]:
        """How many changes there are of each sort."""
        return _count(self.changes)


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did; nothing when everything was so already."""

    changes: tuple[Change, ...]
    changed: bool

    @property
    def summary(self) -> dict[Op, int]:
        """How many changes there were of each sort."""
        return _count(self.changes)


def _count(changes: tuple[Change, ...]) -> dict[Op, int]:
    counted = Counter(change.op for change in changes)
    return {op: counted[op] for op in Op if counted[op]}


# Planning -------------------------------------------------------------------------------------------


def read_order(body: dict[str, Any], actor: Actor, *, prune: bool, site: Site, now: datetime) -> PlanOrder:
    """Return what is to be planned: the body is a bundle, its files, or a plan to look at again.

    Raises `InvalidPayloadError`, and `PlanStaleError` for a plan that is too old.
    """
    if set(body) == {"plan"}:
        return _open(str(body["plan"]), actor, site=site, now=now)
    if "files" not in body:
        return PlanOrder({"bundle.json": body}, prune)
    faults = Faults()
    payload = Payload(body, "", faults)
    files = payload.raw("files")
    payload.finish()
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        payload.fault("files", "wrong_type", "This has to be a mapping from file names to texts.")
    elif len(files) > MAX_FILES:
        payload.fault("files", "too_long", f"A bundle has at most {MAX_FILES} files.", "Put some together.")
    elif sum(len(_BEGINNING.findall(text)) for text in files.values()) > MAX_DOCUMENTS:
        detail = f"A bundle has at most {MAX_DOCUMENTS} documents."
        payload.fault("files", "too_long", detail, "Apply it in parts; what refers comes after.")
    faults.raise_if_any(InvalidPayloadError, "The bundle cannot be read.")
    return PlanOrder(files, prune)


def make_plan(session: Session, actor: Actor, order: PlanOrder, *, site: Site, now: datetime) -> Plan:
    """Return what applying the bundle would do to the actor's tenant. Nothing is written."""
    state, planned = _plan(session, actor, order, now=now)
    made = order.made or _seal(actor, order, state.digest, site=site, now=now)
    changes = tuple(step.change for step in planned.steps)
    text = None if planned.errors else made.text
    impact = _measure(session, actor, planned, now=now)
    closings = measure_closings(session, actor, state, planned)
    return Plan(text, made.subject, made.state, changes, planned.findings, impact, closings)


def _measure(session: Session, actor: Actor, planned: Planned, *, now: datetime) -> dict[str, Impact]:
    return {
        f"{step.change.key}@{step.change.version}": measure_impact(
            session, actor, step.report, planned.catalogue, now=now
        )
        for step in planned.steps
        if step.report is not None and step.change.op is Op.PUBLISH
    }


def _plan(session: Session, actor: Actor, order: PlanOrder, *, now: datetime) -> tuple[TenantState, Planned]:
    state = load_state(session, actor.issuer_id)
    catalogue = load_catalogue(session, actor.issuer_id)
    prepare = partial(prepare_version, now=now)
    planned = plan_bundle(read_bundle(order.files), state, catalogue, prepare, prune=order.prune)
    pruned = [step.change for step in planned.steps if step.change.op is Op.PRUNE]
    used = find_uses(session, actor, pruned, state)
    untold = find_untold_closings(session, actor, planned, now=now)
    return state, replace(planned, findings=(*planned.findings, *used, *untold))


def _seal(actor: Actor, order: PlanOrder, state: str, *, site: Site, now: datetime) -> Sealed:
    said = {
        "files": dict(order.files),
        "prune": order.prune,
        "state": state,
        "subject": actor.subject,
        "token_id": actor.token_id,
        "made_at": format_instant(now),
    }
    packed = zlib.compress(json.dumps(said, ensure_ascii=False).encode())
    text = base64.urlsafe_b64encode(site.encryption.seal(packed, _context(actor))).decode()
    return Sealed(text, actor.subject, actor.token_id, state)


def _context(actor: Actor) -> str:
    return f"plan:{actor.issuer_id}"


def _open(text: str, actor: Actor, *, site: Site, now: datetime) -> PlanOrder:
    """Return what a plan holds. Raises `InvalidPayloadError`, and `PlanStaleError` for an old one."""
    try:
        packed = site.encryption.open(_decoded(text), _context(actor))
    except (ValueError, ConfigurationError) as error:
        detail = "This is no plan that this service made for your issuer, or not all of it."
        fault = Fault("/plan", "wrong_value", detail, "Make the plan again, and send what it says.")
        raise InvalidPayloadError(detail, faults=[fault]) from error
    said = json.loads(zlib.decompress(packed))
    if now > parse_instant(said["made_at"]) + LIFETIME:
        raise PlanStaleError(f"The plan is older than {LIFETIME.days} days.", hint="Make the plan again.")
    made = Sealed(text, said["subject"], said["token_id"], said["state"])
    return PlanOrder(said["files"], said["prune"], made)


def _decoded(text: str) -> bytes:
    """Return the bytes of a plan; raises `ValueError` for any other spelling than the one handed out."""
    sealed = base64.b64decode(text, altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(sealed).decode() != text:
        raise ValueError("the spelling is another")
    return sealed


# Applying -------------------------------------------------------------------------------------------


def apply_plan(session: Session, actor: Actor, sealed: str, *, site: Site, now: datetime) -> Applied:
    """Do what a plan showed, all of it or nothing. When it is done already, nothing changes.

    Raises `PlanStaleError` when something was scripted since, `InUseError` for what cannot be pruned,
    `InsufficientScopeError`, and `ConflictOfInterestError` when whoever wrote content would approve it.
    """
    order = _open(sealed, actor, site=site, now=now)
    made = order.made
    assert made is not None  # it was opened
    session.execute(select(Issuer.id).where(Issuer.id == actor.issuer_id).with_for_update())  # one at a time
    state, planned = _plan(session, actor, order, now=now)
    changes = tuple(step.change for step in planned.steps)
    if planned.is_empty and not planned.errors:
        return Applied(changes, changed=False)
    if state.digest != made.state:
        raise _stale()
    _refuse_errors(planned)
    author = replace(actor, subject=made.subject, token_id=made.token_id)
    work = _Work(session, actor, author, state, site, now)
    try:
        for step in planned.steps:
            work.take(step)
    except PreconditionFailedError as error:  # scripted by somebody else in this very moment
        raise _stale() from error
    record_event(session, actor, "apply", ("plan", made.state), now=now, planned_by=made.subject)
    return Applied(changes, changed=True)


def _stale() -> PlanStaleError:
    return PlanStaleError(
        "Something was scripted after the plan was made.",
        hint="Make the plan again, look at what it shows now, and apply that.",
    )


def _refuse_errors(planned: Planned) -> None:
    used = [each for each in planned.errors if each.code == InUseError.code]
    faults = [_fault(each) for each in used or planned.errors]
    if used:
        raise InUseError("Something to be pruned is in use.", faults=faults)
    if faults:
        raise LintFailedError("The bundle cannot be applied as it stands.", faults=faults)


def _fault(finding: Finding) -> Fault:
    detail = f"{finding.file}: {finding.detail}" if finding.file else finding.detail
    return Fault(finding.pointer, finding.code, detail, finding.hint, finding.line)


@dataclass(slots=True)
class _Work:
    """One apply: who does it, in whose words, and to what."""

    session: Session
    actor: Actor
    author: Actor
    state: TenantState
    site: Site
    now: datetime
    written: set[tuple[str, str]] = field(default_factory=set)
    catalogue: Catalogue | None = None

    def take(self, step: Step) -> None:
        """Do one step."""
        match step.change.op:
            case Op.UNCHANGED:
                return
            case Op.PRUNE:
                prune_definition(self.session, self.actor, step.change, now=self.now)
            case Op.DEPRECATE | Op.RETIRE:
                assert step.entry is not None
                self._bring(step.entry, step.seen)
            case _:
                assert step.entry is not None
                self._write(step.entry, step.report)

    def _bring(self, entry: Entry, seen: VersionState) -> None:
        require(self.actor, Scope.DEFINITIONS_PUBLISH)
        assert entry.version is not None  # it is published
        name = VersionName(NOUNS[entry.kind.plural].kind, entry.key, entry.version)
        bring_version(self.session, self.actor, name, entry.state, seen=seen, now=self.now)

    def _write(self, entry: Entry, report: LintReport | None) -> None:
        if entry.kind is APPROVALS:
            require(self.actor, Scope.CONTENT_APPROVE)
            document = dict(entry.document)
            key = document.pop("content")
            approve_content(self.session, self.actor, key, document, now=self.now)
            return
        noun = NOUNS[entry.kind.plural]
        draft = (noun, entry.key, entry.document)
        put, _ = put_definition(self.session, self.author, draft, self._conditions(entry), now=self.now)
        if noun.publish is None or entry.is_draft:
            return
        require(self.actor, Scope.DEFINITIONS_PUBLISH)
        known = self._known() if entry.kind is PASSPORTS else None
        noun.publish(Publishing(self.session, self.actor, put, self.site, self.now, known, report))

    def _known(self) -> Catalogue:
        """Return what passports may refer to: complete, because they come after all that they pin."""
        if self.catalogue is None:
            self.catalogue = load_catalogue(self.session, self.actor.issuer_id)
        return self.catalogue

    def _conditions(self, entry: Entry) -> Preconditions:
        """Ask for the draft that the plan saw; of several versions of one key, for the first only."""
        name = (entry.kind.plural, entry.key)
        current = self.state.drafts.get(name)
        if name in self.written:
            return UNCONDITIONAL
        self.written.add(name)
        if current is None:
            return Preconditions(if_none_match="*")
        return Preconditions(if_match=etag_of_digest(current.digest))
