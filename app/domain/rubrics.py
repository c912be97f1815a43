"""Rubrics: criteria with levels from low to high, by which reviewers judge. A version never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.digests import digest_of
from app.domain.payloads import KEY, VERSION, Faults, Payload
from app.errors import InvalidPayloadError

MAX_LEVELS = 20


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a criterion."""

    key: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged; `levels` go from low to high."""

    key: str
    title: str
    levels: tuple[Level, ...]

    def from_level(self, key: str) -> tuple[str, ...]:
        """Return the key of this level and of all above it, or nothing when there is no such level."""
        keys = tuple(level.key for level in self.levels)
        return keys[keys.index(key) :] if key in keys else ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """One version of a rubric."""

    key: str
    version: str
    title: str
    description: str | None
    criteria: tuple[Criterion, ...]

    @property
    def ref(self) -> str:
        """The name under which this version is pinned: `key@version`."""
        return f"{self.key}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest_of(self.to_document())

    def find(self, criterion: str) -> Criterion | None:
        """Return the criterion with this key, if there is one."""
        return next((each for each in self.criteria if each.key == criterion), None)

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_rubric` takes it back unchanged."""
        return {
            "key": self.key,
            "version": self.version,
            "title": self.title,
            "description": self.description,
            "criteria": [
                {
                    "key": criterion.key,
                    "title": criterion.title,
                    "levels": [
                        {"key": level.key, "title": level.title, "description": level.description}
                        for level in criterion.levels
                    ],
                }
                for criterion in self.criteria
            ],
        }


def read_rubric(document: Mapping[str, Any], *, key: str | None = None) -> Rubric:
    """Return the rubric of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault: duplicate criteria and levels among them.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    rubric_key = body.key_of("key", known=key)
    version = body.text("version", pattern=VERSION)
    title = body.text("title", limit=200)
    description = body.optional_text("description", limit=5000)
    bodies = body.payloads("criteria", limit=50)
    if not bodies:
        faults.add("/criteria", "empty_group", "A rubric needs at least one criterion.")
    criteria = tuple(_read_criterion(criterion, faults) for criterion in bodies)
    body.finish(optional=("kind",))
    _refuse_duplicates(bodies, [criterion.key for criterion in criteria], faults)
    faults.raise_if_any(InvalidPayloadError, "The rubric breaks a rule.")
    return Rubric(rubric_key, version, title, description, criteria)


def _read_criterion(body: Payload, faults: Faults) -> Criterion:
    bodies = body.payloads("levels", limit=MAX_LEVELS)
    if not bodies:
        faults.add(body.at("levels"), "empty_group", "A criterion needs at least one level.")
    levels = tuple(_read_level(level) for level in bodies)
    _refuse_duplicates(bodies, [level.key for level in levels], faults)
    criterion = Criterion(body.text("key", pattern=KEY), body.text("title", limit=200), levels)
    body.finish()
    return criterion


def _read_level(body: Payload) -> Level:
    level = Level(
        key=body.text("key", pattern=KEY),
        title=body.text("title", limit=200),
        description=body.optional_text("description", limit=2000),
    )
    body.finish()
    return level


def _refuse_duplicates(bodies: list[Payload], keys: list[str], faults: Faults) -> None:
    for index, (body, key) in enumerate(zip(bodies, keys, strict=True)):
        if key in keys[:index]:
            faults.add(body.at("key"), "duplicate_key", f"The key {key!r} stands twice.")
