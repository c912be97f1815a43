"""The names that published contexts give: other contexts may not hide what they stand for.

Whoever handles a signed document can add a context, and with it give a statement another name: the end of
validity would still be signed and no longer be seen. What has a published name goes by it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.signing.jsonld import compiler, nquads, vendored
from app.signing.jsonld.refusals import Refusal


def check_name(name: str, iri: str) -> bool:
    """Return whether nothing but the document says that `name` means `iri`.

    Raises `Refusal` when a published context has another name for it.
    """
    names, vocabularies = _published()
    known = names.get(iri)
    if known is None:
        known = frozenset(iri.removeprefix(each) for each in vocabularies if iri.startswith(each))
    if known and name not in known:
        raise Refusal(
            "renamed_term",
            f"{name[:120]!r} is another name for {min(known)!r}, which readers look for.",
            "Use the name that the published context gives it.",
        )
    return not known


def check_whole_iri(value: str, expanded: str | None) -> None:
    """Check that an id is written as the IRI that it is: everybody reads it as it stands."""
    nquads.iri(value)
    if expanded != value:
        raise Refusal(
            "compact_iri",
            f"{value[:120]!r} is an abbreviation, which other readers may spell out differently.",
            "Write the whole IRI.",
        )


def check_context(value: Any) -> None:  # noqa: ANN401 (any JSON)
    """Refuse a context that would move relative references, at any depth."""
    if isinstance(value, dict):
        if value.get("@base") is not None:
            raise Refusal("unsupported_context", "A context may not set @base.", "Write whole IRIs.")
        for member in value.values():
            check_context(member)
    elif isinstance(value, list):
        for item in value:
            check_context(item)


@cache
def _published() -> tuple[Mapping[str, frozenset[str]], tuple[str, ...]]:
    """Return the names of each IRI in the published contexts, and the vocabularies of those with @vocab."""
    names: dict[str, set[str]] = {}
    for local in vendored.LOCAL_CONTEXTS.values():
        for name, term in compiler.meanings(local):
            names.setdefault(term.iri, set()).add(name)
    vocabularies = tuple(context["@vocab"] for context in vendored.INTERPRETED_CONTEXTS.values())
    return {iri: frozenset(known) for iri, known in names.items()}, vocabularies
