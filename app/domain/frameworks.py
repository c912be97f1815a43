"""Competency frameworks: the items that content is aligned to and coverage is asked for.

A framework gets replaced under live learners, so a published version never changes and is named
`key@version` wherever it is pinned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.digests import digest_of
from app.domain.payloads import CODE, VERSION, Faults, Payload, nearest
from app.errors import Fault, InvalidPayloadError

ITEM_KINDS = ("block", "skill", "knowledge", "attitude", "practice")
MAX_ITEMS = 1000
MAX_DEPTH = 20
"""Levels of items below another item: pages nest as deep as the framework does."""


@dataclass(frozen=True, slots=True)
class FrameworkItem:
    """One item; `code` is its identity, `aliases` are other spellings seen in the wild."""

    code: str
    kind: str
    label: str
    statement: str | None = None
    parent: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of a framework; `family` is worked out: each code with all codes below it."""

    key: str
    version: str
    title: str
    description: str | None
    items: tuple[FrameworkItem, ...]
    family: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", _families(self.items))

    @property
    def ref(self) -> str:
        """The name under which this version is pinned: `key@version`."""
        return f"{self.key}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest_of(self.to_document())

    def find(self, code: str) -> FrameworkItem | None:
        """Return the item with this code, if there is one."""
        return next((item for item in self.items if item.code == code), None)

    def blocks(self) -> tuple[str, ...]:
        """Return the codes of the building blocks, in order: what `items: all` means."""
        return tuple(item.code for item in self.items if item.kind == "block")

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_framework` takes it back unchanged."""
        return {
            "key": self.key,
            "version": self.version,
            "title": self.title,
            "description": self.description,
            "items": [
                {
                    "code": item.code,
                    "kind": item.kind,
                    "label": item.label,
                    "statement": item.statement,
                    "parent": item.parent,
                    "aliases": list(item.aliases),
                }
                for item in self.items
            ],
        }


def unknown_item(frameworks: Mapping[str, Framework], ref: str, code: str, pointer: str) -> list[Fault]:
    """Return a fault when no published framework version has the item, with what may be meant."""
    known = frameworks.get(ref)
    if known is None:
        detail = f"There is no published framework {ref!r}."
        hint = nearest(ref, tuple(frameworks)) if frameworks else None
    elif known.find(code) is None:
        detail = f"{ref} has no item {code!r}."
        hint = nearest(code, tuple(item.code for item in known.items))
    else:
        return []
    return [Fault(pointer, "unknown_reference", detail, hint)]


def read_framework(document: Mapping[str, Any], *, key: str | None = None) -> Framework:
    """Return the framework of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault: duplicate codes, unknown parents and cycles among them.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    framework_key = body.key_of("key", known=key)
    version = body.text("version", pattern=VERSION)
    title = body.text("title", limit=200)
    description = body.optional_text("description", limit=5000)
    bodies = body.payloads("items", limit=MAX_ITEMS)
    if not bodies:
        faults.add("/items", "empty_group", "A framework needs at least one item.")
    items = tuple(_read_item(item) for item in bodies)
    body.finish(optional=("kind",))
    _check_tree(items, bodies, faults)
    faults.raise_if_any(InvalidPayloadError, "The framework breaks a rule.")
    return Framework(framework_key, version, title, description, items)


def _read_item(body: Payload) -> FrameworkItem:
    item = FrameworkItem(
        code=body.text("code", pattern=CODE),
        kind=body.one_of("kind", ITEM_KINDS, default="block"),
        label=body.text("label", limit=200),
        statement=body.optional_text("statement", limit=2000),
        parent=body.optional_text("parent", pattern=CODE),
        aliases=body.texts("aliases"),
    )
    body.finish()
    return item


def _check_tree(items: tuple[FrameworkItem, ...], bodies: list[Payload], faults: Faults) -> None:
    codes: set[str] = set()
    parents = {item.code: item.parent for item in items}
    for item, body in zip(items, bodies, strict=True):
        if item.code in codes:
            faults.add(body.at("code"), "duplicate_key", f"The code {item.code!r} stands twice.")
        codes.add(item.code)
        if item.parent is not None and item.parent not in parents:
            faults.add(body.at("parent"), "unknown_reference", f"No item has the code {item.parent!r}.")
            continue
        above = _ancestors(item.code, parents)
        if item.code in above:
            faults.add(body.at("parent"), "cycle", f"{item.code!r} is its own ancestor.")
        elif len(above) > MAX_DEPTH:
            faults.add(body.at("parent"), "too_deep", f"Items nest at most {MAX_DEPTH} levels below a block.")


def _ancestors(code: str, parents: Mapping[str, str | None]) -> dict[str, None]:
    """Return the codes above an item, the nearest first; in a cycle, the item's own among them."""
    found: dict[str, None] = {}
    above = parents.get(code)
    while above is not None and above not in found:
        found[above] = None
        above = parents.get(above)
    return found


def _families(items: tuple[FrameworkItem, ...]) -> dict[str, tuple[str, ...]]:
    parents = {item.code: item.parent for item in items}
    families: dict[str, list[str]] = {item.code: [item.code] for item in items}
    for item in items:
        above = item.parent
        while above is not None:
            families[above].append(item.code)
            above = parents[above]
    return {code: tuple(below) for code, below in families.items()}
