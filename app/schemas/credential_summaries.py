"""What a page may show of a credential: known fields of Open Badges 3.0, read without trusting any.

The document may come from a stranger, so a member of the wrong type counts as absent and nothing here
raises. Members that the standard does not know are not read at all, because a proof may not cover them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import unquote, urlsplit

_MOST = 10**9
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class LinkedName:
    """A name and, where there is one, the address behind it."""

    name: str
    url: str | None = None


class HolderKind(StrEnum):
    """How a credential says whose it is."""

    DID = "did"
    HASHED_EMAIL = "hashed_email"
    HASHED = "hashed"
    UNHASHED = "unhashed"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Holder:
    """One way in which the holder is identified; `did` only for `HolderKind.DID`, never an e-mail."""

    kind: HolderKind
    did: str | None = None
    salted: bool = False


@dataclass(frozen=True, slots=True)
class IssuerSummary:
    """Who the credential says it is from: `id` is what a key is bound to, `name` anyone can write."""

    id: str
    name: str
    host: str | None
    url: str | None

    @classmethod
    def read(cls, value: object) -> Self:
        """Read an issuer given as a URI or as a Profile."""
        profile = _mapping(value)
        issuer_id = value if isinstance(value, str) else _text(profile.get("id"))
        return cls(
            id=issuer_id,
            name=_text(profile.get("name")),
            host=issuer_host(issuer_id),
            url=web_address(_text(profile.get("url"))),
        )


@dataclass(frozen=True, slots=True)
class AlignmentSummary:
    """A framework item that the achievement points to."""

    name: str
    framework: str
    code: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """One result: `is_block` when it stands for a building block, `earned` None when nothing is recorded."""

    label: str
    words: str
    needed: str
    earned: bool | None
    is_block: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class EvidenceSummary:
    """One piece of evidence, public when it has an id; `url` is where it can be opened, if anywhere."""

    is_public: bool
    name: str
    genre: str
    narrative: str
    description: str
    url: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class AchievementSummary:
    """What was earned, as the issuer defined it; `criteria` is Markdown, `language` a BCP 47 tag."""

    id: str
    name: str
    kind: str
    version: str
    description: str
    criteria: str
    criteria_url: str | None
    alignments: tuple[AlignmentSummary, ...]
    language: str | None = None
    credits: str = ""

    @classmethod
    def read(cls, value: object) -> Self:
        """Read an Achievement object."""
        achievement = _mapping(value)
        criteria = _mapping(achievement.get("criteria"))
        return cls(
            id=_text(achievement.get("id")),
            name=_text(achievement.get("name")),
            kind=_text(achievement.get("achievementType")).removeprefix("ext:"),
            version=_text(achievement.get("version")),
            description=_text(achievement.get("description")),
            criteria=_text(criteria.get("narrative")),
            criteria_url=web_address(_text(criteria.get("id"))),
            alignments=tuple(
                AlignmentSummary(
                    name=_text(item.get("targetName")),
                    framework=_text(item.get("targetFramework")),
                    code=_text(item.get("targetCode")),
                    url=web_address(_text(item.get("targetUrl"))),
                )
                for item in _mappings(achievement.get("alignment"))
            ),
            language=_language(_text(achievement.get("inLanguage"))),
            credits=_number(achievement.get("creditsAvailable")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSummary:
    """The readable side of an AchievementCredential; dates are the document's own strings."""

    id: str
    name: str
    issuer: IssuerSummary
    achievement: AchievementSummary
    holders: tuple[Holder, ...]
    awarded: str
    valid_from: str
    valid_until: str
    results: tuple[ResultSummary, ...]
    evidence: tuple[EvidenceSummary, ...]
    credits: str = ""

    @property
    def blocks(self) -> tuple[ResultSummary, ...]:
        """The results that stand for building blocks of a framework."""
        return tuple(result for result in self.results if result.is_block)

    @property
    def other_results(self) -> tuple[ResultSummary, ...]:
        """The results that are not building blocks: levels, amounts, projects."""
        return tuple(result for result in self.results if not result.is_block)

    @property
    def public_evidence(self) -> tuple[EvidenceSummary, ...]:
        """The evidence that the learner made public."""
        return tuple(entry for entry in self.evidence if entry.is_public)

    @property
    def private_evidence(self) -> tuple[EvidenceSummary, ...]:
        """What the credential says about evidence that the issuer keeps private."""
        return tuple(entry for entry in self.evidence if not entry.is_public)

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Self:
        """Read any JSON object; whatever is missing or of the wrong type is shown as absent."""
        subject = _mapping(document.get("credentialSubject"))
        achievement = AchievementSummary.read(subject.get("achievement"))
        valid_from = _text(document.get("validFrom")) or _text(document.get("issuanceDate"))
        return cls(
            id=_text(document.get("id")),
            name=_text(document.get("name")) or achievement.name,
            issuer=IssuerSummary.read(document.get("issuer")),
            achievement=achievement,
            holders=_holders(subject),
            awarded=_text(document.get("awardedDate")) or valid_from,
            valid_from=valid_from,
            valid_until=_text(document.get("validUntil")) or _text(document.get("expirationDate")),
            results=tuple(_results(subject, achievement)),
            evidence=tuple(_evidence(item) for item in _mappings(document.get("evidence"))),
            credits=_number(subject.get("creditsEarned")),
        )


def web_address(url: str) -> str | None:
    """Return `url` when a page may link to it, else None.

    Links are https; http only to this machine, for trying things out. No user name, no port tricks
    and no host that is not plain ASCII, so that the host shown is the host reached.
    """
    if not url.isascii() or not url.isprintable() or any(c in url for c in ' \\"<>`'):
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or "@" in parts.netloc:
        return None
    return url if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK) else None


def issuer_host(issuer_id: str) -> str | None:
    """Return the host that stands behind an issuer's id: of a did:web or a web address, else None."""
    if not issuer_id.startswith("did:web:"):
        return urlsplit(issuer_id).netloc if web_address(issuer_id) else None
    host = unquote(issuer_id.split(":")[2])
    url = f"https://{host}"
    return host if web_address(url) and urlsplit(url).netloc == host else None


def _language(tag: str) -> str | None:
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}", tag) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> str:
    """Return a number as people write it; one that nobody could mean counts as absent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.12g}" if 0 <= value <= _MOST else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects of an array, or the one object that stands without its array."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item


def _holders(subject: Mapping[str, object]) -> tuple[Holder, ...]:
    found: list[Holder] = []
    if subject_id := _text(subject.get("id")):
        # Anything but a DID may be a mailto: or a profile page that names a person: not shown.
        is_did = subject_id.startswith("did:")
        found.append(Holder(HolderKind.DID, did=subject_id) if is_did else Holder(HolderKind.UNHASHED))
    for identity in _mappings(subject.get("identifier")):
        if identity.get("hashed") is not True:
            found.append(Holder(HolderKind.UNHASHED))
            continue
        is_email = identity.get("identityType") == "emailAddress"
        kind = HolderKind.HASHED_EMAIL if is_email else HolderKind.HASHED
        found.append(Holder(kind, salted=bool(_text(identity.get("salt")))))
    return tuple(found) or (Holder(HolderKind.NOBODY),)


def _results(subject: Mapping[str, object], summary: AchievementSummary) -> Iterator[ResultSummary]:
    """Yield one row for each result description of the achievement, in the issuer's order."""
    achievement = _mapping(subject.get("achievement"))
    recorded = {_text(r.get("resultDescription")): r for r in _mappings(subject.get("result"))}
    blocks = {alignment.name: alignment.url for alignment in summary.alignments if alignment.name}
    for description in _mappings(achievement.get("resultDescription")):
        label = _text(description.get("name"))
        result = recorded.get(_text(description.get("id")), {})
        aligned = [_text(item.get("targetName")) for item in _mappings(description.get("alignment"))]
        block = next((name for name in (*aligned, label) if name in blocks), None)
        words, needed, earned = _outcome(description, result)
        yield ResultSummary(
            label=label,
            words=words,
            needed=needed,
            earned=earned,
            is_block=block is not None,
            url=blocks[block] if block is not None else None,
        )


def _outcome(description: Mapping[str, object], result: Mapping[str, object]) -> tuple[str, str, bool | None]:
    """Return the words for a result, what was needed, and whether it is earned (None: not for us to say)."""
    levels = {
        _text(level.get("id")): _text(level.get("name"))
        for level in _mappings(description.get("rubricCriterionLevel"))
    }
    required, achieved = _text(description.get("requiredLevel")), _text(result.get("achievedLevel"))
    if achieved in levels:
        order = list(levels)  # the standard lists levels from low to high
        reached = required not in levels or order.index(achieved) >= order.index(required)
        return levels[achieved], levels.get(required, ""), reached
    least = _text(description.get("requiredValue")) or _text(description.get("valueMin"))
    if value := _text(result.get("value")):
        return value, least, None if least else True
    if status := _text(result.get("status")):
        return status, "", status == "Completed"
    return "Not recorded", levels.get(required, "") or least, None


def _evidence(item: Mapping[str, object]) -> EvidenceSummary:
    identifier = _text(item.get("id"))
    url = web_address(identifier)
    return EvidenceSummary(
        is_public=bool(identifier),
        name=_text(item.get("name")),
        genre=_text(item.get("genre")),
        narrative=_text(item.get("narrative")),
        description=_text(item.get("description")),
        url=url,
        host=urlsplit(url).netloc if url else None,
    )
