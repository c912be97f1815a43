"""What rows are judged by, from a document: the catalogue of an evaluation of what nobody has stored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.content import ApprovalInterval, ContentItem, read_approval, read_content
from app.domain.frameworks import read_framework
from app.domain.hubs import read_hub
from app.domain.opportunities import read_opportunity
from app.domain.payloads import Payload
from app.domain.rubrics import read_rubric
from app.domain.rules.facts import Catalogue, ItemLink
from app.domain.rules.language import CROSSWALK_RELATIONS
from app.domain.rules.row_documents import MAX_ROWS, coordinates
from app.domain.rules.terms import spelled
from app.domain.vocabularies import read_vocabulary
from app.errors import InvalidPayloadError

CATALOGUE_PARTS = (
    *("frameworks", "rubrics", "content", "crosswalk", "trusted", "vocabularies", "hubs"),
    *("forms", "organisations", "opportunities"),
)
"""The members of a catalogue."""


def read_catalogue(body: Payload) -> Catalogue:
    """Return the catalogue of a document: all that rules, rows and next steps refer to.

    Raises `InvalidPayloadError` with every fault of the first thing that breaks a rule.
    """
    frameworks = [_inner(_named(each, "title"), read_framework) for each in body.payloads("frameworks")]
    rubrics = [_inner(_named(each, "title"), read_rubric) for each in body.payloads("rubrics")]
    content = [_content(each) for each in body.payloads("content", limit=MAX_ROWS)]
    links = tuple(read_link(each) for each in body.payloads("crosswalk", limit=MAX_ROWS))
    trusted = body.payload("trusted")
    lists = {} if trusted is None else {str(name): trusted.texts(str(name)) for name in trusted.members}
    opportunities = [
        _inner(_named(each, "title"), read_opportunity)
        for each in body.payloads("opportunities", limit=MAX_ROWS)
    ]
    vocabularies = [_inner(each, read_vocabulary) for each in body.payloads("vocabularies")]
    hubs = [_inner(_named(each, "name"), read_hub) for each in body.payloads("hubs", limit=MAX_ROWS)]
    body.finish(optional=("forms", "organisations", "passports"))
    return spelled(
        Catalogue(
            {each.ref: each for each in frameworks},
            {name: each for each in rubrics for name in (each.ref, each.key)},
            {each.key: each for each in content},
            links,
            {name: frozenset(issuers) for name, issuers in lists.items()},
            opportunities={each.key: each for each in opportunities},
            vocabularies={each.key: each for each in vocabularies},
            hubs={each.key: each for each in hubs},
        )
    )


def _inner(body: Payload, reader: Any) -> Any:  # noqa: ANN401 (one reader for each kind)
    """Return what `reader` makes of the document; its faults get the place that they have here."""
    try:
        return reader(body.members)
    except InvalidPayloadError as error:
        moved = tuple(replace(each, pointer=body.pointer + each.pointer) for each in error.faults)
        raise InvalidPayloadError(error.detail, faults=moved) from error


def _named(body: Payload, word: str) -> Payload:
    """Return the body with a name wherever it has a key alone: nothing is decided by names."""
    return Payload(_with_names(body.members, word), body.pointer, body.faults)


def _with_names(members: Mapping[Any, Any], word: str) -> dict[Any, Any]:
    named = {"label": members["code"]} if "code" in members else {word: members.get("key")}
    parts = {
        name: [_with_names(each, word) if isinstance(each, Mapping) else each for each in members[name]]
        for name in ("items", "criteria", "levels")
        if isinstance(members.get(name), list)
    }
    return named | dict(members) | parts


def _content(body: Payload) -> ContentItem:
    document = {name: value for name, value in body.members.items() if name != "approvals"}
    item: ContentItem = _inner(_named(Payload(document, body.pointer, body.faults), "title"), read_content)
    approvals = [_approval(each) for each in body.payloads("approvals")]
    return item.with_approvals(each for each in approvals if each is not None)


def _approval(body: Payload) -> ApprovalInterval | None:
    """Return an approval, of the network or of a hub; None for one that was recalled."""
    beside = ("scope", "recall", "approver", "approved_by", "conditions")
    interval: ApprovalInterval = _inner(
        Payload(
            {name: value for name, value in body.members.items() if name not in beside},
            body.pointer,
            body.faults,
        ),
        read_approval,
    )
    scope = body.one_of("scope", ("network", "hub"), default="network" if interval.hub is None else "hub")
    if (scope == "hub") != (interval.hub is not None):
        body.fault("hub", "wrong_value", "An approval of a hub names it, and one of the network names none.")
    return None if body.flag("recall") else interval


def read_link(body: Payload) -> ItemLink:
    """Return the link `{from, to, relation}`, its ends written `key@version/CODE`."""
    relation = body.one_of("relation", CROSSWALK_RELATIONS, default="exact")
    link = ItemLink(coordinates(body, "from", ""), coordinates(body, "to", ""), relation)
    body.finish()
    return link
