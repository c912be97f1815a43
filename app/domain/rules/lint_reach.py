"""Requirements that nobody could ever meet, and those that leave people a single way."""

from app.domain.payloads import Faults, nearest
from app.domain.rules.definition import PassportDefinition, Series
from app.domain.rules.facts import Catalogue
from app.domain.rules.language import Leaf
from app.domain.rules.predicates import content_fits

_LISTED = ("template", "event")
"""The values that a leaf names all itself."""

_MINUTES_A_MONTH = 31 * 24 * 60


def check_reach(
    definition: PassportDefinition, catalogue: Catalogue, faults: Faults, warnings: Faults
) -> None:
    """Add what cannot be reached to `faults`, and what is needlessly narrow to `warnings`."""
    if definition.series is not None:
        _check_members(definition, definition.series, catalogue, faults, warnings)
    for leaf in definition.leaves:
        place = definition.places.get(leaf.key.partition("/")[0], "")
        _check_values(leaf, place, faults)
        _check_window(leaf, place, catalogue, faults)
        if leaf.kind == "choice" and len(leaf.evidence) == 1:
            detail = f"{leaf.key!r} is to be chosen, and there is only one way: {leaf.evidence[0]}."
            warnings.add(place, "one_route", detail)
        for issuer in leaf.issuers:
            sort, _, name = issuer.partition(":")
            if sort == "trusted" and name not in catalogue.trusted:
                detail = f"There is no list of trusted issuers {name!r} yet."
                warnings.add(f"{place}/{leaf.kind}/issuers", "unknown_reference", detail)


def _check_members(
    definition: PassportDefinition, series: Series, catalogue: Catalogue, faults: Faults, warnings: Faults
) -> None:
    """Add each member that nobody can earn yet: a fault, unless the series can do without it."""
    missing = [
        member
        for member in series.members
        if not any(
            member.version is None or member.version.holds(version)
            for version in catalogue.versions.get(member.passport, ())
        )
    ]
    enough = len(series.members) - len(missing) >= series.n
    for member in missing:
        published = catalogue.versions.get(member.passport, ())
        wanted = f"{member.passport} {member.version.text}" if member.version else member.passport
        detail = f"No published passport is {wanted!r}."
        others = tuple(key for key in catalogue.versions if key != definition.key)
        known = nearest(member.passport, others) if others else None
        hint = f"Published: {', '.join(published)}." if published else known
        found = warnings if enough and not member.required else faults
        found.add(f"{definition.places[member.passport]}/passport", "unknown_reference", detail, hint)


def _check_values(leaf: Leaf, place: str, faults: Faults) -> None:
    distinct, cap = leaf.values, leaf.cap_per
    for by in _LISTED:
        known = len(getattr(leaf, by))
        if not known:
            continue
        if distinct is not None and distinct.by == by and distinct.at_least > known:
            detail = f"{leaf.key!r} asks for {distinct.at_least} different values and names {known}."
            faults.add(f"{place}/{leaf.kind}/distinct", "unsatisfiable", detail)
        wanted = leaf.count if leaf.amount is None else leaf.amount.at_least
        if cap is not None and cap.by == by and cap.max * known < wanted:
            detail = f"{leaf.key!r} asks for {wanted}, and at most {cap.max * known} can count."
            faults.add(f"{place}/{leaf.kind}/cap_per", "unsatisfiable", detail)


def _check_window(leaf: Leaf, place: str, catalogue: Catalogue, faults: Faults) -> None:
    if leaf.within is None:
        return
    window = leaf.within.months * _MINUTES_A_MONTH + leaf.within.minutes
    shortest = leaf.min_minutes or 0
    if leaf.kind == "content":
        routes = [item.effort_minutes or 0 for item in catalogue.content.values() if content_fits(leaf, item)]
        shortest = min(routes, default=0)
    if shortest > window:
        detail = f"{leaf.key!r} takes at least {shortest} minutes, and only the last {window} count."
        faults.add(f"{place}/{leaf.kind}/within", "unsatisfiable", detail)
