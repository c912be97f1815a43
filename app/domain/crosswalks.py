"""Crosswalks: what the items of one framework version are to those of another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.frameworks import Framework, unknown_item
from app.domain.payloads import Faults, Payload
from app.domain.rules.catalogue_documents import read_link
from app.domain.rules.facts import ItemLink
from app.domain.rules.row_documents import MAX_ROWS
from app.errors import Fault, InvalidPayloadError


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """A list of links between items."""

    key: str
    title: str
    links: tuple[ItemLink, ...]

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_crosswalk` takes it back unchanged."""
        return {
            "key": self.key,
            "title": self.title,
            "links": [
                {"from": "/".join(each.source), "to": "/".join(each.target), "relation": each.relation}
                for each in self.links
            ],
        }

    def missing(self, frameworks: Mapping[str, Framework]) -> list[Fault]:
        """Return a fault for each end of a link that is no item of a published framework version."""
        return [
            fault
            for number, link in enumerate(self.links)
            for name, end in (("from", link.source), ("to", link.target))
            for fault in unknown_item(frameworks, *end, f"/links/{number}/{name}")
        ]


def read_crosswalk(document: Mapping[str, Any], *, key: str | None = None) -> Crosswalk:
    """Return the crosswalk of `document`. Raises `InvalidPayloadError` with every fault."""
    faults = Faults()
    body = Payload(document, "", faults)
    found = Crosswalk(
        body.key_of("key", known=key),
        body.text("title", limit=200),
        tuple(read_link(each) for each in body.payloads("links", limit=MAX_ROWS)),
    )
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The crosswalk breaks a rule.")
    return found
