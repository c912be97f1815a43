"""From a document to a passport: its rule, and what is decided around it, with every fault."""

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, TypeAlias, get_args

from app.domain.payloads import KEY, REFERENCE, TERM, Faults, Payload, form, name_of, nearest
from app.domain.roles import REVIEWING, may_be_granted
from app.domain.rules.definition import (
    COMPLETION_HOLDS,
    Gate,
    GateMode,
    InvalidationMode,
    IssueMode,
    IssuePolicy,
    MigrationMode,
    MigrationPolicy,
    Milestone,
    OmittedSection,
    Owner,
    PassportDefinition,
    RoleHolder,
)
from app.domain.rules.language import SECTIONS, Leaf, RuleNode
from app.domain.rules.parse import NODE_KEY, keys_of, parse_rule
from app.domain.rules.parse_fields import read_duration
from app.domain.rules.plan import DoubleCounting
from app.domain.versions import STATE_MEMBERS
from app.errors import Fault, InvalidPayloadError

SEMVER = form(
    r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}"
    r"(-(0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?",
    "a version of three numbers with points between, such as 1.0.0",
)
"""Semantic Versioning 2.0.0, without build metadata: two versions that differ in it alone would be equal."""

ACHIEVEMENT_TYPES = (
    "Achievement",
    "ApprenticeshipCertificate",
    "Assessment",
    "Assignment",
    "AssociateDegree",
    "Award",
    "Badge",
    "BachelorDegree",
    "Certificate",
    "CertificateOfCompletion",
    "Certification",
    "CommunityService",
    "Competency",
    "Course",
    "CoCurricular",
    "Degree",
    "Diploma",
    "DoctoralDegree",
    "Fieldwork",
    "GeneralEducationDevelopment",
    "JourneymanCertificate",
    "LearningProgram",
    "License",
    "Membership",
    "ProfessionalDoctorate",
    "QualityAssuranceCredential",
    "MasterCertificate",
    "MasterDegree",
    "MicroCredential",
    "ResearchDoctorate",
    "SecondarySchoolDiploma",
)
"""Open Badges 3.0, AchievementType; other terms start with `ext:`."""

EXTENSION = re.compile(r"ext:[A-Za-z0-9][A-Za-z0-9._-]{0,60}", re.ASCII)
MAX_CREDITS = 1000
MAX_APPROVERS = 10
MAX_GATE_LEAVES = 20


def read_passport(document: Mapping[str, Any], *, key: str | None = None) -> PassportDefinition:
    """Return the passport of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault. What it refers to is looked up by `publish` only.
    """
    definition, faults = examine_passport(document, key=key)
    return sound(definition, faults, "The passport breaks a rule.")


Examined: TypeAlias = tuple[PassportDefinition | None, Faults]
"""What could be read of a document, and what is wrong with it: then it is there to be looked over only."""


def sound(definition: PassportDefinition | None, faults: Faults, detail: str) -> PassportDefinition:
    """Return a definition without faults; raises `InvalidPayloadError` with all that there are."""
    faults.raise_if_any(InvalidPayloadError, detail)
    assert definition is not None  # a fault says why
    return definition


def examine_passport(document: Mapping[str, Any], *, key: str | None = None) -> Examined:
    """Return what could be read of a passport. Raises `InvalidPayloadError` for a series."""
    faults = Faults()
    body = Payload(document, "", faults)
    refuse_other(body.members, PASSPORT)
    if body.raw("kind") is not None:
        body.check_word("/kind", body.raw("kind"), (PASSPORT,))
    passport_key = body.key_of("key", known=key)
    rule_body = body.payload("rule")
    if rule_body is None:
        body.fault("rule", "missing_key", "A passport without a rule would be met by nothing.")
    parsed = None if rule_body is None else parse_rule(rule_body, faults)
    places = {} if parsed is None else dict(parsed.places)
    fields: dict[str, Any] = {
        "version": body.text("version", pattern=SEMVER, limit=100),
        "title": body.text("title", limit=200),
        "description": body.optional_text("description", limit=5000),
        "owner": read_owner(body.payload("owner")),
        "framework": body.optional_text("framework", pattern=REFERENCE),
        "issue": read_issue(body.payload("issue")),
        "migration": read_migration(body),
        "valid_for": read_duration(body, "valid_for"),
        "credits": _credits(body),
        "milestones": _milestones(body, places),
        "omitted_sections": _omitted(body.payload("sections")),
        "tags": body.texts("tags", pattern=TERM),
        "double_counting": _double_counting(body),
        "requires": _gate(body.payload("requires"), places, faults),
        "renewal": _renewal(body.payload("renewal"), places, faults),
        "exclude_evidence_used_by": body.texts("exclude_evidence_used_by", pattern=KEY),
        "grants_role": _granted_role(body.payload("grants_role")),
        "moved": _moved(body.payload("moved"), places),
    }
    refuse_state(body)
    body.finish()
    if parsed is None:
        return None, faults
    return PassportDefinition(key=passport_key, rule=parsed.rule, places=places, **fields), faults


PASSPORT: Final = "Passport"
SERIES: Final = "Series"
_OTHERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {PASSPORT: (SERIES, "series", "members"), SERIES: (PASSPORT, "passports", "rule")}
)
"""By what is wanted: what it may be in its place, where that has its place, and what only that has."""


def refuse_other(document: Mapping[str, Any], wanted: str) -> None:
    """Raise `InvalidPayloadError` for a series where a passport is `wanted`, and the other way round.

    Nothing else is said of it then: every one of its members would be wrong.
    """
    other, plural, tell_tale = _OTHERS[wanted]
    says = document.get("kind")
    if says == other or (says is None and tell_tale in document and _OTHERS[other][2] not in document):
        detail = f"This is a {other.lower()}, and a {wanted.lower()} has its place here."
        hint = f"Put it at /v1/{plural}/{{key}} or, in a bundle, under {plural}."
        pointer = "/kind" if says == other else ""
        raise InvalidPayloadError(detail, faults=[Fault(pointer, "wrong_value", detail, hint)])


def refuse_state(body: Payload) -> None:
    """Refuse what bundles say of a published version: a draft is in no state yet."""
    for name in STATE_MEMBERS:
        if body.raw(name) is not None:
            detail = f"A draft has no {name}: in a bundle it stands beside what is published."
            hint = "Leave it out. POST …/versions/{version}:deprecate and :retire close a version."
            body.fault(name, "unknown_key", detail, hint)


def _credits(body: Payload) -> int | None:
    """Return how many credits the passport is worth, in hundredths, or None when it names none."""
    value = body.raw("credits")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        body.fault("credits", "wrong_type", f"This is {name_of(value)}; it has to be a number.")
        return None
    if not 0 < value <= MAX_CREDITS:
        body.fault("credits", "wrong_value", f"{value} is not above 0 and at most {MAX_CREDITS}.")
        return None
    hundredths = Fraction(str(value)) * 100
    if hundredths.denominator > 1:
        hint = "Write at most two digits after the point."
        body.fault("credits", "wrong_value", f"{value} is finer than hundredths.", hint)
        return None
    return int(hundredths)


def _double_counting(body: Payload) -> DoubleCounting:
    word = body.one_of("double_counting", get_args(DoubleCounting), default="forbid")
    return "allow" if word == "allow" else "per_section" if word == "per_section" else "forbid"


def _gate(body: Payload | None, places: dict[str, str], faults: Faults) -> Gate | None:
    if body is None:
        return None
    word = body.one_of("mode", get_args(GateMode))
    bodies = body.payloads("leaves", limit=MAX_GATE_LEAVES)
    if not bodies and not body.faulty:
        body.fault("leaves", "empty_group", "A gate without a leaf would be open to everybody.")
    leaves = []
    for each in bodies:
        found = _beside(each, places, faults)
        if isinstance(found, Leaf):
            leaves.append(found)
        else:
            faults.add(each.pointer, "wrong_value", "A gate is a list of leaves, without groups.")
    body.finish()
    mode = next(mode for mode in get_args(GateMode) if mode == word)
    return Gate(mode, tuple(leaves)) if leaves else None


def _renewal(body: Payload | None, places: dict[str, str], faults: Faults) -> RuleNode | None:
    return None if body is None else _beside(body, places, faults)


def _beside(body: Payload, places: dict[str, str], faults: Faults) -> RuleNode:
    """Return what is asked beside the rule, with its `places` added; no key stands in both."""
    found = parse_rule(body, faults, places)
    places |= found.places
    return found.rule


def _approvers(body: Payload | None) -> RoleHolder | None:
    if body is None:
        return None
    count = body.integer("count", 1, MAX_APPROVERS)
    return replace(_role_holder(body), count=count)


def _role_holder(body: Payload) -> RoleHolder:
    holder = RoleHolder(body.text("role", pattern=TERM), body.optional_text("hub", pattern=TERM))
    body.finish()
    return holder


def _granted_role(body: Payload | None) -> RoleHolder | None:
    if body is None:
        return None
    holder = _role_holder(body)
    if not may_be_granted(holder.role):
        detail = f"No credential makes anybody {holder.role!r}."
        hint = f"Roles that review are {' and '.join(sorted(REVIEWING))}; any other word is a position."
        body.fault("role", "wrong_value", detail, hint)
    return holder


def _moved(body: Payload | None, places: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return which node of earlier versions lives on under which key."""
    if body is None:
        return ()
    moved = []
    for name in body.members:
        key = body.text(str(name), pattern=NODE_KEY)
        if key and key not in places:
            detail = f"No node has the key {key!r}."
            body.fault(str(name), "unknown_reference", detail, nearest(key, keys_of(places)))
        if name in places:
            body.fault(str(name), "wrong_value", f"The node {str(name)!r} is still here, so it did not move.")
        moved.append((str(name), key))
    return tuple(moved)


def read_owner(body: Payload | None) -> Owner | None:
    """Return who stands behind it, None when nobody is named."""
    if body is None:
        return None
    owner = Owner(body.optional_text("org", pattern=TERM), body.optional_text("hub", pattern=TERM))
    body.finish()
    return owner if owner != Owner() else None


def read_issue(body: Payload | None) -> IssuePolicy:
    """Return when a credential follows, by itself unless it says otherwise."""
    if body is None:
        return IssuePolicy()
    word = body.one_of("mode", get_args(IssueMode), default="auto")
    policy = IssuePolicy(
        mode="on_approval" if word == "on_approval" else "auto",
        achievement_type=read_achievement_type(body, "Certificate"),
        approvers=_approvers(body.payload("approvers")),
        suspendable=body.flag("suspendable"),
        on_invalidated=_on_invalidated(body),
        completion_holds=read_duration(body, "completion_holds") or COMPLETION_HOLDS,
    )
    if policy.on_invalidated == "suspend" and not policy.suspendable:
        detail = "What cannot be suspended is not suspended when its evidence falls away."
        body.fault("on_invalidated", "wrong_value", detail, "Write `suspendable: true` beside it.")
    body.finish()
    return policy


def _on_invalidated(body: Payload) -> InvalidationMode:
    word = body.one_of("on_invalidated", get_args(InvalidationMode), default="case")
    return "suspend" if word == "suspend" else "case"


def read_achievement_type(body: Payload, default: str) -> str:
    """Return the type of an achievement, one of the standard or an extension."""
    value = body.raw("achievement_type")
    if value is None:
        return default
    if isinstance(value, str) and EXTENSION.fullmatch(value):
        return value
    return body.check_word(body.at("achievement_type"), value, ACHIEVEMENT_TYPES) or default


def read_migration(body: Payload) -> MigrationPolicy:
    """Return what becomes of those on earlier versions, `offer` unless it says otherwise."""
    if isinstance(body.raw("migration"), Mapping):
        inner = body.payload("migration")
        assert inner is not None
        inner.one_of("mode", ("force",))
        on, reason = inner.instant("on", required=True), inner.text("reason")
        inner.finish()
        return MigrationPolicy("force", on, reason)
    if body.raw("migration") == "force":
        hint = "Write {mode: force, on: 2030-01-31, reason: why}."
        body.fault("migration", "missing_key", "To force everybody takes a day and a reason.", hint)
        return MigrationPolicy()
    word = body.one_of("migration", get_args(MigrationMode), default="offer")
    return MigrationPolicy(next(mode for mode in get_args(MigrationMode) if mode == word))


def _milestones(body: Payload, places: Mapping[str, str]) -> tuple[Milestone, ...]:
    found: list[Milestone] = []
    for each in body.payloads("milestones"):
        node = each.text("node")
        if node and node not in places:
            each.fault(
                "node", "unknown_reference", f"No node has the key {node!r}.", nearest(node, keys_of(places))
            )
        if node in [milestone.node for milestone in found]:
            each.fault("node", "duplicate_key", f"The node {node!r} has a milestone already.")
        title = each.text("title", limit=200)
        found.append(Milestone(node, title, read_achievement_type(each, "Badge")))
        each.finish()
    return tuple(found)


def _omitted(body: Payload | None) -> tuple[OmittedSection, ...]:
    if body is None:
        return ()
    found = []
    for section in SECTIONS:
        inner = body.payload(section)
        if inner is not None:
            found.append(OmittedSection(section, inner.text("omit_reason")))
            inner.finish()
    body.finish()
    return tuple(found)
