"""Hubs: thematic parts of an organisation, each below one other or none, and who holds which role in them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.payloads import KEY, Faults, Payload, nearest
from app.errors import Fault, InvalidPayloadError


@dataclass(frozen=True, slots=True)
class Hub:
    """One hub; what is decided for a hub holds for all below it."""

    key: str
    name: str
    theme: str | None = None
    parent: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_hub` takes it back unchanged."""
        return {"key": self.key, "name": self.name, "theme": self.theme, "parent": self.parent}

    def misplaced(self, hubs: Mapping[str, "Hub"]) -> list[Fault]:
        """Return a fault if the hub, put among `hubs`, is below one that is not there, or below itself."""
        if self.parent is None:
            return []
        placed = {**hubs, self.key: self}
        if self.parent not in placed:
            hint = nearest(self.parent, tuple(hubs)) if hubs else "Make it first."
            return [Fault("/parent", "unknown_reference", f"There is no hub {self.parent!r}.", hint)]
        if self.key in lineage(self.parent, placed):
            detail = f"The hub {self.key!r} would be below itself."
            return [Fault("/parent", "cycle", detail, "Leave the parent out of one of the hubs.")]
        return []


def read_hub(document: Mapping[str, Any], *, key: str | None = None) -> Hub:
    """Return the hub of `document`. Raises `InvalidPayloadError` with every fault."""
    faults = Faults()
    body = Payload(document, "", faults)
    hub = Hub(
        key=body.key_of("key", known=key),
        name=body.text("name", limit=200),
        theme=body.optional_text("theme", limit=2000),
        parent=body.optional_text("parent", pattern=KEY),
    )
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The hub breaks a rule.")
    return hub


def lineage(key: str | None, hubs: Mapping[str, Hub]) -> tuple[str, ...]:
    """Return a hub and all above it, the nearest first; one that is not known stands alone."""
    found: dict[str, None] = {}
    while key is not None and key not in found:
        found[key] = None
        known = hubs.get(key)
        key = None if known is None else known.parent
    return tuple(found)


def unknown_hub(key: str | None, hubs: Mapping[str, Hub], pointer: str) -> list[Fault]:
    """Return a fault if a hub is named that is not there; where there are none, any name will do."""
    if key is None or not hubs or key in hubs:
        return []
    return [Fault(pointer, "unknown_reference", f"There is no hub {key!r}.", nearest(key, tuple(hubs)))]


def descendants(key: str, hubs: Mapping[str, Hub]) -> Iterator[str]:
    """Yield the hubs below one, at any depth, in the order of their keys."""
    return (other for other in sorted(hubs) if other != key and key in lineage(other, hubs))


@dataclass(frozen=True, slots=True)
class Position:
    """A role that somebody holds, in a hub or, without one, everywhere."""

    role: str
    hub: str | None = None


def holds(positions: Iterable[Position], role: str, hub: str | None, hubs: Mapping[str, Hub]) -> bool:
    """Tell whether one of the positions is the role, in the hub or in one above it.

    Without a `hub` the role is asked for, wherever it is held.
    """
    above = lineage(hub, hubs)
    return any(
        each.role == role and (hub is None or each.hub is None or each.hub in above) for each in positions
    )
