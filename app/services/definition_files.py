"""Definitions in files: looked over without a database, as a plan over a tenant that has nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app import strict_yaml
from app.domain.bundles import Bundle, Finding, Severity, read_bundle
from app.domain.bundles.kinds import EARNED
from app.domain.bundles.planning import TenantState, plan_bundle
from app.domain.passports import publish
from app.domain.payloads import Faults, Payload
from app.domain.rules.catalogue_documents import read_catalogue
from app.domain.rules.facts import Catalogue
from app.domain.rules.lint import ROUTES
from app.errors import InvalidPayloadError

_LOOKED_UP = frozenset({"unknown_reference", *ROUTES})
_NOTHING = TenantState({}, {})


def read_known(text: str) -> Catalogue:
    """Return the catalogue in a file; raises `MalformedBodyError` and `InvalidPayloadError`."""
    body = Payload(strict_yaml.loads(text).value, "", Faults())
    known = read_catalogue(body)
    body.faults.raise_if_any(InvalidPayloadError, "The catalogue breaks a rule.")
    return known


def lint_files(files: Mapping[str, str], known: Catalogue | None = None) -> tuple[Finding, ...]:
    """Return what is found in `files`, by name the text of each, which see each other.

    What else they refer to is looked up in what is `known`. Without it, a service may have it: that it is not
    among the files is a warning, and nothing is said of it where passports and series stand alone. A document
    that does not say its kind gets a warning, because put at an address it needs none.
    """
    bundle = read_bundle(files)
    found = plan_bundle(bundle, _NOTHING, known or Catalogue({}, {}, {}), publish).findings
    if known is None:
        found = tuple(_offline(bundle, found))
    return tuple(_softened(each) if _is_kindless(each) else each for each in found)


def _offline(bundle: Bundle, findings: Iterable[Finding]) -> Iterator[Finding]:
    kinds = {each.kind for each in bundle.entries} | {each.kind for each in bundle.unread}
    alone = kinds.issubset(EARNED)
    for each in findings:
        if each.code not in _LOOKED_UP or each in bundle.findings:
            yield each
        elif not alone:
            yield _softened(each)


def _is_kindless(finding: Finding) -> bool:
    return finding.code == "missing_kind" and not finding.pointer


def _softened(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING)
