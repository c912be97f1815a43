"""The AchievementCredential of one learner (Open Badges 3.0, B.1.1, in Verifiable Credentials 2.0), unsigned.

It can never be recalled once signed. So it holds what the learner made public and nothing else of the
evidence: no reviewer, no e-mail address, no private word.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.domain.achievements.achievement import NUMBERS, decimal, level_id, result_id
from app.domain.evidence import WEB_ADDRESS, EvidenceReport
from app.domain.instants import Duration, format_instant
from app.domain.milestones import earned_key
from app.domain.rules.facts import LevelReached
from app.domain.rules.progress import Completion, NodeProgress, Units

CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
MAX_PUBLIC_EVIDENCE: Final = 50
MAX_DESCRIPTION: Final = 2000
"""A credential has to stay small enough to be baked into an image; what is cut stands behind the URL."""


@dataclass(frozen=True, slots=True)
class HashedEmail:
    """An e-mail address as `sha256$…` of the address followed by `salt`."""

    identity_hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """Who earned it: `urn` is minted for this credential and serves as id where there is no DID."""

    urn: str
    did: str | None = None
    email: HashedEmail | None = None


@dataclass(frozen=True, slots=True)
class ClaimedEvidence:
    """A row that the completion rests on, with the levels that accepting reviewers saw reached.

    `genre` is that of its entry, unless it is the row's kind.
    """

    id: str
    report: EvidenceReport
    levels: tuple[LevelReached, ...] = ()
    genre: str | None = None


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """A place on the status list at `url`; when its bit is set, `purpose` says what that means."""

    purpose: str
    url: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFacts:
    """What a credential says beside what was achieved.

    `url` is its id, `issuer` a Profile, `status` its places on status lists. `evidence` holds every row that
    the completion claims, `beside` what it names beyond: the credentials of prerequisites and of milestones.
    `awarded_at` is `valid_from`, unless it corrects or renews an earlier one.
    """

    url: str
    issuer: Mapping[str, Any]
    subject: SubjectFacts
    valid_from: datetime
    valid_until: datetime | None
    status: tuple[StatusPlace, ...]
    evidence: tuple[ClaimedEvidence, ...]
    beside: tuple[ClaimedEvidence, ...] = ()
    awarded_at: datetime | None = None


def valid_until(valid_from: datetime, valid_for: Duration | None) -> datetime | None:
    """Return when a credential expires, None for never."""
    return None if valid_for is None else valid_for.after(valid_from)


def build_credential(
    completion: Completion, achievement: Mapping[str, Any], facts: CredentialFacts
) -> dict[str, Any]:
    """Return the unsigned credential of a completion of the passport version, or its part, that earns it.

    Raises `ValueError` when the two are about different versions, or a claimed row is not in the facts.
    """
    evaluation = completion.evaluation
    earned = earned_key(evaluation.passport, completion.milestone)
    if (earned, evaluation.version) != (achievement["humanCode"], achievement["version"]):
        raise ValueError(f"{achievement['id']} is not what {earned} {evaluation.version} earns")
    rows = {row.id: row for row in facts.evidence}
    missing = [row for row in completion.evidence if row not in rows]
    if missing:
        raise ValueError(f"claimed evidence is missing: {', '.join(missing)}")
    claimed = [rows[row] for row in dict.fromkeys(completion.evidence)]
    document: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": facts.url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement["name"],
        "description": achievement["description"],
        "image": dict(achievement["image"]),
        "issuer": dict(facts.issuer),
        "validFrom": _timestamp(facts.valid_from),
        "awardedDate": _timestamp(facts.awarded_at or facts.valid_from),
    }
    if facts.valid_until is not None:
        document["validUntil"] = _timestamp(facts.valid_until)
    results = list(_results(completion, achievement, rows))
    document["credentialSubject"] = _subject(facts.subject, achievement, results, claimed, completion.units)
    document["credentialStatus"] = _status(facts.status)
    taken = {*_identifiers(document), *(place.url for place in facts.status)}
    shown = list(_evidence([*claimed, *facts.beside], taken))
    return document | {"evidence": shown} if shown else document


def _status(places: tuple[StatusPlace, ...]) -> dict[str, str] | list[dict[str, str]]:
    """Return the status entries: one stands alone, since Open Badges 3.0 knows no array of them."""
    entries = [
        {
            "id": f"{place.url}#{place.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": place.purpose,
            "statusListIndex": str(place.index),
            "statusListCredential": place.url,
        }
        for place in places
    ]
    return entries if len(entries) > 1 else entries[0]


def _timestamp(instant: datetime) -> str:
    """Return whole seconds in UTC: a fraction would not survive as a JWT's `nbf`."""
    return format_instant(instant.replace(microsecond=0))


def _identifiers(value: object) -> Iterator[str]:
    """Yield all ids of the document so far."""
    if isinstance(value, Mapping):
        if "id" in value:
            yield value["id"]
        for member in value.values():
            yield from _identifiers(member)
    elif isinstance(value, list):
        for each in value:
            yield from _identifiers(each)


# The subject ----------------------------------------------------------------------------------------


def _subject(
    subject: SubjectFacts,
    achievement: Mapping[str, Any],
    results: list[dict[str, Any]],
    claimed: list[ClaimedEvidence],
    units: Units,
) -> dict[str, Any]:
    document: dict[str, Any] = {"id": subject.did or subject.urn, "type": ["AchievementSubject"]}
    if subject.email is not None:
        document["identifier"] = [
            {
                "type": "IdentityObject",
                "identityType": "emailAddress",
                "hashed": True,
                "identityHash": subject.email.identity_hash,
                "salt": subject.email.salt,
            }
        ]
    reports = [row.report for row in claimed]
    if reports:
        document |= {
            "activityStartDate": _timestamp(min(report.occurred_at for report in reports)),
            "activityEndDate": _timestamp(max(each.occurred_end or each.occurred_at for each in reports)),
        }
    if units.waived:
        document["narrative"] = _waived(units)
    if earned := _credits_earned(achievement, reports):
        document["creditsEarned"] = earned
    document["achievement"] = dict(achievement)
    return document | {"result": results} if results else document


def _credits_earned(achievement: Mapping[str, Any], reports: list[EvidenceReport]) -> float:
    """Return what the claimed rows are worth in credits, as far as the achievement has them to give."""
    earned = sum(report.credits or 0 for report in reports)
    available: float = achievement.get("creditsAvailable", 0)
    return min(earned, available)


def _waived(units: Units) -> str:
    """Return the one line about what was let off: there is no result with a status for it."""
    was = "was" if units.waived == 1 else "were"
    requirements = "requirement" if units.total == 1 else "requirements"
    return f"{units.waived} of {units.total} {requirements} {was} waived by the issuer."


def _results(
    completion: Completion, achievement: Mapping[str, Any], rows: Mapping[str, ClaimedEvidence]
) -> Iterator[dict[str, Any]]:
    """Yield a Result for each result description whose node is met, in the achievement's order."""
    url: str = achievement["id"]
    met = {result_id(url, node.key): node for node in completion.nodes if node.status == "met"}
    for description in achievement.get("resultDescription", ()):
        node = met.get(description["id"])
        if node is None:
            continue
        result = {"type": ["Result"], "resultDescription": description["id"]}
        if description["resultType"] == "Status":
            yield result | {"status": "Completed"}
        elif description["resultType"] in NUMBERS:
            yield result | {"value": _value(node, rows)}
        elif level := _highest_level(node, description, url, rows):
            yield result | {"achievedLevel": level}


def _value(node: NodeProgress, rows: Mapping[str, ClaimedEvidence]) -> str:
    """Return what an amount came to, or the best score of the rows that pay."""
    if node.amount is not None:
        return str(node.amount.have)
    counted = (rows[claim.evidence].report.score for claim in (*node.claimed, *node.observed))
    return decimal(max(score for score in counted if score is not None))


def _highest_level(
    node: NodeProgress, description: Mapping[str, Any], url: str, rows: Mapping[str, ClaimedEvidence]
) -> str | None:
    """Return the id of the highest level that a claimed row of the node reached."""
    assert node.result is not None
    assert node.result.rubric is not None
    rubric = node.result.rubric.partition("@")[0]
    reached = {
        level_id(url, node.key, level.criterion, level.level)
        for claim in node.claimed
        for level in rows[claim.evidence].levels
        if level.rubric.partition("@")[0] == rubric
    }
    from_the_top = reversed(description["rubricCriterionLevel"])
    return next((level["id"] for level in from_the_top if level["id"] in reached), None)


# The evidence ---------------------------------------------------------------------------------------


def _evidence(claimed: list[ClaimedEvidence], taken: set[str]) -> Iterator[dict[str, Any]]:
    """Yield an entry for each public row and one for all others together."""
    public = [row for row in claimed if row.report.visibility == "public"][:MAX_PUBLIC_EVIDENCE]
    for row in public:
        identifier = _address(row, taken)
        taken.add(identifier)
        entry = {
            "id": identifier,
            "type": ["Evidence"],
            "name": row.report.title,
            "genre": row.genre or row.report.kind,
        }
        if row.report.description is not None:
            entry["description"] = _shortened(row.report.description)  # the narrative would be Markdown
        yield entry
    shown = {row.id for row in public}
    others = [row for row in claimed if row.id not in shown]
    if others:
        yield _summary(others, further=bool(public))


def _address(row: ClaimedEvidence, taken: set[str]) -> str:
    """Return the row's own address, or a URN.

    An address that is an id in the credential already would make the entry say things about that node.
    """
    url = row.report.url
    if url is None or url in taken or WEB_ADDRESS.fullmatch(url) is None:
        return f"urn:uuid:{row.id}"
    return url


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1].rstrip()}…"


def _summary(rows: list[ClaimedEvidence], *, further: bool) -> dict[str, Any]:
    """Return one Evidence without an id that says how much the issuer keeps, and of what kinds."""
    kinds = Counter(row.report.kind for row in rows)
    counts = ", ".join(f"{kind.replace('_', ' ')} ({count})" for kind, count in kinds.items())
    pieces = "piece" if len(rows) == 1 else "pieces"
    return {
        "type": ["Evidence"],
        "name": f"{len(rows)} {'further ' if further else ''}{pieces} of evidence",
        "narrative": f"Accepted and kept by the issuer, not public: {counts}.",
    }
