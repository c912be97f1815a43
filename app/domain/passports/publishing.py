"""From a draft to a published version: linted, expanded and frozen, and read back as it was frozen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.passports.normal import normalise
from app.domain.passports.reading import SERIES, Examined, examine_passport, read_passport
from app.domain.passports.series import examine_series, read_series
from app.domain.rules.definition import OmittedSection, PassportDefinition
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import SECTIONS
from app.domain.rules.lint import MISSING_SECTION, NO_ROUTE, ROUTES, lint
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
    if _is_series(document, kind):
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
        rest = lint_rest(document, error.faults, catalogue, key=key, kind=kind)
        return replace(rest, faults=(*error.faults, *rest.faults))


def lint_rest(
    document: Mapping[str, Any],
    faults: Sequence[Fault],
    catalogue: Catalogue,
    *,
    key: str | None = None,
    kind: str | None = None,
) -> LintFindings:
    """Return what else is wrong with a document that has these `faults`: what does not follow from them.

    Looked over is what could be read of it; where that is in doubt, nothing is said.
    """
    try:
        definition, _ = _examine(document, key=key, kind=kind)
    except InvalidPayloadError:
        return LintFindings(None, ())
    if definition is None:
        return LintFindings(None, ())
    places = [fault.pointer for fault in faults]
    unsaid = () if any(place.endswith("/section") for place in places) else _unsaid_sections(document)
    omitted = tuple(OmittedSection(each, "it may be there") for each in SECTIONS if each not in unsaid)
    found = _findings(
        replace(definition, omitted_sections=(*definition.omitted_sections, *omitted)), catalogue
    )

    def kept(findings: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(each for each in findings if not _follows(each, places))

    return LintFindings(None, kept(found.faults), kept(found.warnings))


def _unsaid_sections(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the sections that are named nowhere in the rule, and are not left out with a reason."""
    return frozenset(SECTIONS) - frozenset(_texts_in(document.get("rule")))


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(each)
    elif isinstance(value, str):
        yield value


def _follows(finding: Fault, places: Iterable[str]) -> bool:
    """Tell whether a finding may be there only because of what is wrong at `places`."""
    about = finding.pointer.removesuffix("/result")  # it is compared with what its node asks for
    if finding.code == "too_many_combinations":
        return True  # what stands for a node competes for all that there is
    if finding.code in ("too_many_leaves", "many_leaves"):
        return False
    if finding.code == "unsatisfiable":
        about = about.rpartition("/")[0]
    abouts = (about, "/owner") if finding.code in ROUTES else (about,)
    return any(_touch(place, each) for place in places for each in abouts)


def _touch(pointer: str, other: str) -> bool:
    """Tell whether one of two pointers leads to the other, or into it."""
    one, two = f"{pointer}/", f"{other}/"
    return one.startswith(two) or two.startswith(one)


def _examine(document: Mapping[str, Any], *, key: str | None, kind: str | None) -> Examined:
    examine = examine_series if _is_series(document, kind) else examine_passport
    return examine(document, key=key)


def _is_series(document: Mapping[str, Any], kind: str | None) -> bool:
    return (kind or document.get("kind")) in ("series", SERIES)


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
