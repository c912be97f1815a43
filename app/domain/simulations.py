"""What-if: the progress answer for a passport, rows and exceptions that nobody stored. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.passports import lint_document
from app.domain.payloads import Faults, Payload
from app.domain.rules.catalogue_documents import CATALOGUE_PARTS, read_catalogue
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.exceptions import RuleException, read_exception
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Coverage, walk
from app.domain.rules.lint import NO_ROUTE
from app.domain.rules.progress import Evaluation
from app.domain.rules.row_documents import read_rows
from app.errors import InvalidPayloadError, LintFailedError

MAX_EXCEPTIONS = 200


def simulate(
    document: Mapping[str, Any],
    key: str,
    draft: Mapping[str, Any] | None,
    catalogue: Catalogue,
    *,
    kind: str = "passport",
) -> Evaluation:
    """Return the answer for `{passport?, evidence, exceptions, as_of, renews?, catalogue?}`.

    The passport, or the series, stands under its `kind`. `draft` and `catalogue` stand in for what the
    document leaves out. With `renews` it is the passport's renewal that judges. The same document gives the
    same answer, and the order of its rows plays no part. Raises `InvalidPayloadError` with the faults of the
    document, and `LintFailedError` with those of a rule that lint refuses.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    inner = body.payload("catalogue")
    known = catalogue if inner is None else read_catalogue(inner)
    written = body.raw(kind)
    if written is None and draft is None:
        body.fault(kind, "missing_key", f"There is no draft of {key!r}; send the {kind}.")
    faults.raise_if_any(InvalidPayloadError, "The simulation breaks a rule.")
    found = lint_document(written if written is not None else draft or {}, known, key=key, kind=kind)
    faulty = [each for each in found.faults if inner is None or each.code != NO_ROUTE]
    if found.definition is None or faulty:
        raise LintFailedError(f"The rule of this {kind} cannot be evaluated.", faults=faulty)
    rows = read_rows(body, _framework(found.definition), known.opportunities)
    as_of = body.instant("as_of", required=True)
    read = [
        read_exception(each, number, since=as_of)
        for number, each in enumerate(body.payloads("exceptions", limit=MAX_EXCEPTIONS))
    ]
    exceptions = [each for each in read if each is not None]
    _check_unique(exceptions, body)
    judging = _judging(found.definition, body)
    _refuse_parts(body)
    body.finish()
    faults.raise_if_any(InvalidPayloadError, "The simulation breaks a rule.")
    assert as_of is not None  # it is required
    return evaluate(judging, rows, known, as_of=as_of, exceptions=exceptions, enrolling=True)


def _refuse_parts(body: Payload) -> None:
    """Say where they belong of the parts of a catalogue that stand beside it."""
    for name in CATALOGUE_PARTS:
        if body.raw(name) is not None:
            detail = f"The key {name!r} is not known here."
            body.fault(name, "unknown_key", detail, "It belongs into catalogue.")


def _judging(definition: PassportDefinition, body: Payload) -> PassportDefinition:
    """Return the definition with the rule that the document asks for."""
    renews = body.flag("renews")
    if renews and definition.renewal is None:
        detail = f"{definition.key!r} has no renewal: whoever renews it has to meet the whole rule."
        body.fault("renews", "no_renewal", detail, "Leave this out, or write a renewal.")
    return definition.judging(renews=renews)


def _check_unique(exceptions: list[RuleException], body: Payload) -> None:
    seen: set[str] = set()
    for each in exceptions:
        if each.id in seen:
            body.fault("exceptions", "duplicate_key", f"Exception {each.id!r} is given twice.")
        seen.add(each.id)


def _framework(definition: PassportDefinition) -> str | None:
    """Return the framework that items without one belong to: the passport's, or that of its coverage."""
    return next(_frameworks(definition), None)


def _frameworks(definition: PassportDefinition) -> Iterator[str]:
    if definition.framework is not None:
        yield definition.framework.partition("@")[0]
    for node, _ in walk(definition.rule):
        if isinstance(node, Coverage):
            yield node.framework.partition("@")[0]
