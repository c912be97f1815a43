"""What a rule asks of forms, checked against the forms that are published."""

from collections.abc import Mapping

from app.domain.forms import EvidenceForm
from app.domain.payloads import Faults, nearest
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.language import BUILT_IN_VALUES, Leaf


def check_forms(
    definition: PassportDefinition, forms: Mapping[str, EvidenceForm] | None, faults: Faults
) -> None:
    """Add a fault for each form that is not published, and for each field that no form lets count by."""
    if forms is None:
        return
    for leaf in definition.leaves:
        place = f"{definition.places.get(leaf.key.partition('/')[0], '')}/{leaf.kind}"
        _check_known(leaf, place, forms, faults)
        _check_groupable(leaf, place, forms, faults)


def _check_known(leaf: Leaf, place: str, forms: Mapping[str, EvidenceForm], faults: Faults) -> None:
    for ref in leaf.form:
        if ref not in forms:
            hint = nearest(ref, tuple(forms)) if forms else "No form is published yet."
            faults.add(f"{place}/form", "unknown_reference", f"No published form is called {ref!r}.", hint)


def _check_groupable(leaf: Leaf, place: str, forms: Mapping[str, EvidenceForm], faults: Faults) -> None:
    if leaf.kind == "partnership":
        return
    asked = [forms[ref] for ref in leaf.form if ref in forms] or list(forms.values())
    groupable = {name for form in asked for name in form.groupable}
    for name, by in (("distinct", leaf.distinct), ("cap_per", leaf.cap_per)):
        if by is not None and by.by not in BUILT_IN_VALUES and by.by not in groupable:
            known = (*BUILT_IN_VALUES, *sorted(groupable))
            detail = f"{by.by!r} is not a groupable field of a published form."
            faults.add(f"{place}/{name}/by", "unknown_reference", detail, nearest(by.by, known))
