"""Passports and series that lead back to themselves, as prerequisites or by what their renewals ask for."""

from collections.abc import Iterable, Mapping

from app.domain.payloads import Faults
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Leaf, RuleNode, walk

_NOBODY: frozenset[str] = frozenset()


def check_cycles(
    definition: PassportDefinition, catalogue: Catalogue, faults: Faults, warnings: Faults
) -> None:
    """Add a fault for what is its own prerequisite, and for a renewal that asks for its own passport.

    What a renewal asks for is no prerequisite: it can be earned while the credential before is in force.
    Where that leads back all the same, people who let everything expire may find no way in again: a warning.
    """
    key, ahead = definition.key, catalogue.prerequisites
    asked = _passports((definition.rule, *definition.gate_leaves))
    if back := _way_back(key, asked, ahead):
        what = "passport" if definition.series is None else "series"
        detail = f"The {what} {key!r} requires itself: {' → '.join((key, *back))}."
        faults.add(definition.places.get(asked[back[0]].key, ""), "cycle", detail)
        return
    renewed_by = {} if definition.renewal is None else _passports([definition.renewal])
    if (own := renewed_by.pop(key, None)) is not None:
        detail = f"Whoever renews {key!r} has no credential of it that is still in force."
        hint = "Leave this out: a renewal begins with the credential that has expired."
        faults.add(definition.places.get(own.key, "/renewal"), "unsatisfiable", detail, hint)
    either = {
        each: ahead.get(each, _NOBODY) | catalogue.renewals.get(each, _NOBODY)
        for each in {*ahead, *catalogue.renewals}
    }
    both = {**asked, **renewed_by}
    way = _way_back(key, both, either)
    if way:
        shown = " → ".join((key, *way))
        detail = (
            f"Renewals lead back to where they began: {shown}. Whoever lets these expire may get none back."
        )
        hint = "Give one of the renewals another way, such as an any_of."
        warnings.add(definition.places.get(both[way[0]].key, ""), "circular_renewal", detail, hint)


def _passports(roots: Iterable[RuleNode]) -> dict[str, Leaf]:
    """Return the first leaf that asks for each passport or series."""
    leaves = (node for root in roots for node, _ in walk(root) if isinstance(node, Leaf))
    asked: dict[str, Leaf] = {}
    for leaf in leaves:
        if leaf.passport is not None:
            asked.setdefault(leaf.passport, leaf)
    return asked


def _way_back(key: str, asked: Iterable[str], ahead: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the shortest way from what is `asked` to `key`, which ends it; empty if there is none."""
    ways: dict[str, tuple[str, ...]] = {each: (each,) for each in sorted(asked)}
    new = ways
    while new and key not in ways:
        new = {
            following: (*way, following)
            for last, way in new.items()
            for following in sorted(ahead.get(last, ()))
            if following not in ways
        }
        ways = ways | new
    return ways.get(key, ())
