"""From a draft to a published version: linted, expanded and frozen, and read back as it was frozen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.passports.normal import normalise
from app.domain.passports.reading import SERIES, read_passport
from app.domain.passports.series import read_series
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue
from app.domain.rules.lint import MISSING_SECTION, NO_ROUTE, lint
from app.errors import AlreadyExistsError, Fault, InvalidPayloadError, LintFailedError


@dataclass(frozen=True, slots=True)
class LintReport:
    """What publishing made of a draft.

    `document` is the normal form to store: `load_published` takes it back. `digest` is the SHA-256 of
    what the rule decides; versions that differ in words only have the same.
    """

    definition: PassportDefinition
    document: dict[str, Any]
    digest: str
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a version is published for: to take enrolments, and to replace versions that learners are on.

    An old version of a restored export does neither: nobody can begin it, and nobody waits for it.
    """

    is_open: bool = True
    replaces: bool = True


ANY_DAY = Occasion()


@dataclass(frozen=True, slots=True)
class LintFindings:
    """What lint says: faults keep a passport from being published, and so does a missing section.

    `definition` is expanded when there are no faults, and absent when the document is no passport.
    """

    definition: PassportDefinition | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...] = ()

    @property
    def blocking(self) -> tuple[Fault, ...]:
        """What stands in the way of publishing."""
        return (*self.faults, *(each for each in self.warnings if each.code == MISSING_SECTION))


def read_definition(
    document: Mapping[str, Any], *, key: str | None = None, kind: str | None = None
) -> PassportDefinition:
    """Return the passport or the series of `document`: what it says itself, unless it has to be of a `kind`.

    Raises `InvalidPayloadError` with every fault.
    """
    if (kind or document.get("kind")) in ("series", SERIES):
        return read_series(document, key=key)
    return read_passport(document, key=key)


def taken_key(kind: str, key: str) -> Fault:
    """Return what is wrong with a key that a passport has and a series wants, or the other way round.

    `kind` is what has it. They share the addresses of achievements, so they share their keys.
    """
    hint = "Passports and series share their keys: choose another one."
    return Fault("/key", AlreadyExistsError.code, f"There is a {kind} {key} already.", hint)


def rule_digest(definition: PassportDefinition) -> str:
    """Return the SHA-256 of what the rule decides, in hexadecimal; compare published definitions only."""
    return definition.rule_digest


def publish(definition: PassportDefinition, catalogue: Catalogue, occasion: Occasion = ANY_DAY) -> LintReport:
    """Return what to store for a draft that may be published.

    Raises `LintFailedError` with every finding: references to what is not published, a missing section,
    requirements that nobody could meet, too many combinations. That nothing approved fits a requirement
    today is a warning where nobody can begin.
    """
    found = _findings(definition, catalogue)
    if not occasion.is_open:
        late = tuple(each for each in found.faults if each.code == NO_ROUTE)
        faults = tuple(each for each in found.faults if each.code != NO_ROUTE)
        found = replace(found, faults=faults, warnings=(*late, *found.warnings))
    if found.blocking:
        noun = "passport" if definition.series is None else "series"
        detail = f"The {noun} cannot be published as it stands."
        beside = tuple(each for each in found.warnings if each not in found.blocking)
        raise LintFailedError(detail, faults=found.blocking, warnings=beside)
    expanded = found.definition
    assert expanded is not None  # a definition was given
    return LintReport(expanded, normalise(expanded), expanded.rule_digest, found.warnings)


def lint_document(
    document: Mapping[str, Any], catalogue: Catalogue, *, key: str | None = None, kind: str | None = None
) -> LintFindings:
    """Return everything that is wrong with a document, and what is worth a second look."""
    try:
        return _findings(read_definition(document, key=key, kind=kind), catalogue)
    except InvalidPayloadError as error:
        return LintFindings(None, error.faults)


def _findings(definition: PassportDefinition, catalogue: Catalogue) -> LintFindings:
    found = lint(definition, catalogue)
    return LintFindings(found.definition, tuple(found.faults.found), tuple(found.warnings.found))


def prerequisites_of(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the passports that a stored passport or series asks for, in its rule or its gate."""
    asked = (document.get("rule"), document.get("requires"), document.get("members"))
    return frozenset(key for part in asked for key in _passports_in(part))


def renewed_by(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the passports that the renewal of a stored passport asks for."""
    return frozenset(_passports_in(document.get("renewal")))


def _passports_in(value: object) -> Iterator[str]:
    """Yield the key of each leaf, or member, that asks for a passport."""
    if isinstance(value, Mapping):
        asked = value.get("passport")
        if isinstance(asked, str):
            yield asked
        for each in value.values():
            yield from _passports_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _passports_in(each)


def load_published(document: Mapping[str, Any], catalogue: Catalogue) -> PassportDefinition:
    """Return the expanded definition of a stored normal form.

    Raises `LintFailedError` when what it pins is not in the catalogue.
    """
    return expand(read_definition(document), catalogue)
