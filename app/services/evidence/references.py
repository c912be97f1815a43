"""What a report refers to: content, items, a form, an opportunity, the people it names."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor, plain_name
from app.domain.content import Alignment
from app.domain.evidence import EvidenceReport
from app.domain.payloads import Faults, nearest
from app.domain.rules.facts import Catalogue
from app.domain.vocabularies import EXPERIENCE_KIND, key_of
from app.errors import Fault, InvalidPayloadError
from app.models import Token
from app.services.passports import load_catalogue
from app.services.vocabularies import load_vocabularies


def resolve_references(
    session: Session, actor: Actor, learner_id: str, report: EvidenceReport
) -> EvidenceReport:
    """Return the report with its template's key, its form pinned and its opportunity's hub, if all exist.

    Raises `InvalidPayloadError` with every fault: what is unknown, a form that is not filled in as its
    schema asks, a learner who speaks up for themselves.
    """
    faults = Faults()
    if report.template is not None:
        words = load_vocabularies(session, actor.issuer_id)
        report = replace(report, template=key_of(words, EXPERIENCE_KIND, report.template))
    named = (report.content, report.form, report.opportunity, report.opportunity_hub)
    if any(named) or report.alignments:
        report = _resolve(report, load_catalogue(session, actor.issuer_id), faults)
    if report.verification is not None:
        detail = "What a credential is worth is found out here; send the credential alone."
        faults.add("/verification", "unknown_key", detail)
    if report.endorser is not None and _is_the_learner(session, actor, learner_id, report.endorser):
        detail = "Nobody endorses themselves: somebody else has to give their word."
        faults.add("/endorser", "wrong_value", detail)
    faults.raise_if_any(InvalidPayloadError, "The evidence refers to what is not there.")
    return report


def _resolve(report: EvidenceReport, catalogue: Catalogue, faults: Faults) -> EvidenceReport:
    if report.content is not None and report.content not in catalogue.content:
        _unknown("content", "content", report.content, catalogue.content, faults)
    faults.found += misaligned(report.alignments, catalogue)
    hub = None
    if report.opportunity is not None:
        opportunity = catalogue.opportunities.get(report.opportunity)
        if opportunity is None:
            _unknown("opportunity", "opportunity", report.opportunity, catalogue.opportunities, faults)
        else:
            hub = opportunity.hub
    if report.opportunity_hub not in {None, hub}:
        detail = "The hub is that of the opportunity; leave it out."
        faults.add("/opportunity_hub", "wrong_value", detail)
    if report.form is None:
        return replace(report, opportunity_hub=hub)
    forms = catalogue.forms or {}
    form = forms.get(report.form)
    if form is None:
        _unknown("form", "published form", report.form, forms, faults)
        return report
    form.check(report.data, "/data", faults)
    return replace(report, opportunity_hub=hub, form=form.ref)


def _unknown(name: str, what: str, key: str, known: Mapping[str, object], faults: Faults) -> None:
    hint = nearest(key, tuple(known)) if known else None
    faults.add(f"/{name}", "unknown_reference", f"There is no {what} {key!r}.", hint)


def _is_the_learner(session: Session, actor: Actor, learner_id: str, endorser: str) -> bool:
    """Tell whether `endorser` is a subject of the learner's own tokens, however it is spelled."""
    own = select(Token.subject).where(Token.issuer_id == actor.issuer_id, Token.learner_id == learner_id)
    return plain_name(endorser) in map(plain_name, session.scalars(own))


def misaligned(alignments: tuple[Alignment, ...], catalogue: Catalogue) -> list[Fault]:
    """Return a fault for each alignment to a framework or an item that is not published."""
    faults = []
    for index, each in enumerate(alignments):
        versions = [
            framework
            for framework in catalogue.frameworks.values()
            if each.framework in {framework.key, framework.ref}
        ]
        place = f"/alignments/{index}"
        if not versions:
            names = tuple({name for f in catalogue.frameworks.values() for name in (f.key, f.ref)})
            detail = f"There is no published framework {each.framework!r}."
            hint = nearest(each.framework, tuple(sorted(names)))
            faults.append(Fault(f"{place}/framework", "unknown_reference", detail, hint))
        elif all(framework.find(each.item) is None for framework in versions):
            codes = tuple(dict.fromkeys(item.code for framework in versions for item in framework.items))
            detail = f"{each.framework} has no item {each.item!r}."
            faults.append(Fault(f"{place}/item", "unknown_reference", detail, nearest(each.item, codes)))
    return faults
