"""From a document to a rule: every fault in one answer, each with its place.

A key that the language does not have is refused with the word that was probably meant. What could not be
read has a stand-in in the rule, so that the rest of it can be looked over in the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.payloads import CODE, REFERENCE, Faults, Payload, form, nearest
from app.domain.rules.language import (
    LEAF_KINDS,
    RESULT_KINDS,
    SECTIONS,
    AllOf,
    Coverage,
    Leaf,
    NOf,
    ResultRule,
    RuleNode,
    Section,
    required,
)
from app.domain.rules.parse_leaves import Common, parse_leaf

NODE_KEY = form(r"[a-z0-9][a-z0-9-]{0,62}", "a key: up to 63 of a-z, 0-9 and hyphens, such as give-back")

MAX_DEPTH = 12
MAX_CHILDREN = 100

_MADE_UP = "."
"""What no key begins with: the name of a node that has no key of its own does."""

_GROUPS = ("all_of", "any_of", "n_of", "coverage")
_LEAF_KIND = {str(kind): kind for kind in LEAF_KINDS}


@dataclass(slots=True)
class ParsedRule:
    """The rule, and the JSON Pointer of each node by key."""

    rule: RuleNode
    places: dict[str, str]


def parse_rule(body: Payload, faults: Faults, beside: Mapping[str, str] | None = None) -> ParsedRule:
    """Read the rule at `body`, of a document that has the nodes `beside` it already.

    What is wrong goes to `faults`, and then the rule is there to be looked over, and for nothing else: a node
    that could not be read asks for any evidence, and one without a key of its own is named by its pointer.
    """
    parser = _Parser(faults, dict(beside or {}))
    parsed = ParsedRule(parser.node(body, None, 1), parser.places)
    if parsed.rule.optional:
        faults.add(body.at("optional"), "wrong_value", "The root of the rule cannot be optional.")
    return parsed


def keys_of(places: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of the nodes that have one."""
    return tuple(key for key in places if not key.startswith(_MADE_UP))


class _Parser:
    """One walk over one document."""

    def __init__(self, faults: Faults, places: dict[str, str]) -> None:
        self.places = places
        self._faults = faults
        self._inside_optional = False

    # Nodes -----------------------------------------------------------------------------------------

    def node(self, body: Payload, section: Section | None, depth: int) -> RuleNode:
        """Return the node at `body`, or a stand-in after a fault."""
        if depth > MAX_DEPTH:
            self._faults.add(body.pointer, "too_deep", f"Rules nest at most {MAX_DEPTH} levels.")
            return Leaf(kind="evidence", key=self._name(body), section=section)
        common = self._common(body, section)
        kind = self._kind_of(body)
        if kind is None:
            return _stand_in(common)
        if common["optional"] and self._inside_optional:
            body.fault("optional", "wrong_value", "This stands inside an optional node already.")
            common["optional"] = False
        outer, self._inside_optional = self._inside_optional, self._inside_optional or common["optional"]
        node = self._node_of(kind, body, common, depth)
        self._inside_optional = outer
        body.finish()
        return node or _stand_in(common)

    def _name(self, body: Payload) -> str:
        """Return what a node without a key of its own is called."""
        name = body.pointer.replace("/", _MADE_UP) or _MADE_UP
        self.places[name] = body.pointer
        return name

    def _node_of(self, kind: str, body: Payload, common: Common, depth: int) -> RuleNode | None:
        if kind == "all_of":
            return self._all_of(body, common, depth)
        if kind == "any_of":
            return self._choice(body, "any_of", common, 1, depth)
        if kind == "n_of":
            return self._n_of(body, common, depth)
        if kind == "coverage":
            return self._coverage(body, common)
        return parse_leaf(body, _LEAF_KIND[kind], common)

    def _common(self, body: Payload, section: Section | None, *, keyed: bool = True) -> Common:
        key = body.text("key", pattern=NODE_KEY) if keyed else ""
        if key in self.places:
            body.fault("key", "duplicate_key", f"The key {key!r} stands twice in this passport.")
            key = ""
        if key:
            self.places[key] = body.pointer
        elif keyed:
            key = self._name(body)
        own = body.raw("section")
        word = None if own is None else body.check_word(body.at("section"), own, SECTIONS)
        return Common(
            key=key,
            title=body.optional_text("title"),
            hint=body.optional_text("hint", limit=2000),
            section=next((each for each in SECTIONS if each == word), section),
            result=self._result(body.payload("result")),
            optional=body.flag("optional") if keyed else False,
        )

    def _kind_of(self, body: Payload) -> str | None:
        kinds = [name for name in (*_GROUPS, *LEAF_KINDS) if name in body.members]
        if len(kinds) == 1:
            return kinds[0]
        if kinds:
            detail = f"A node has exactly one kind; this one has {' and '.join(kinds)}."
            self._faults.add(body.pointer, "two_kinds", detail)
        elif not body.faulty:
            self._no_kind(body)
        return None

    def _no_kind(self, body: Payload) -> None:
        allowed = (*_GROUPS, *LEAF_KINDS)
        common = ("key", "title", "hint", "section", "result", "optional")
        strange = [str(name) for name in body.members if name not in common]
        hint = nearest(strange[0] if strange else "", allowed)
        self._faults.add(body.pointer, "missing_kind", "This node does not say what it asks for.", hint)

    def _result(self, body: Payload | None) -> ResultRule | None:
        if body is None:
            return None
        word = body.one_of("type", RESULT_KINDS)
        kind = next(each for each in RESULT_KINDS if each == word)
        rubric = body.optional_text("rubric", pattern=REFERENCE)
        if kind == "RubricCriterionLevel" and not body.has("rubric") and not body.faulty:
            body.fault("rubric", "missing_key", "A result by levels names its rubric.")
        body.finish()
        return ResultRule(kind, rubric if kind == "RubricCriterionLevel" else None)

    # Groups ----------------------------------------------------------------------------------------

    def _children(self, body: Payload, name: str, common: Common, depth: int) -> tuple[RuleNode, ...]:
        bodies = body.payloads(name, limit=MAX_CHILDREN)
        if isinstance(body.members.get(name), list) and not bodies and not body.members[name]:
            detail = "This group is empty. A group of nothing would be met by nothing, so it is refused."
            body.fault(name, "empty_group", detail)
        elif body.members.get(name) is None and not body.faulty:
            body.fault(name, "missing_key", f"The key {name!r} needs a list of nodes.")
        return tuple(self.node(each, common["section"], depth + 1) for each in bodies)

    def _all_of(self, body: Payload, common: Common, depth: int) -> RuleNode | None:
        body.raw("all_of")
        children = self._children(body, "all_of", common, depth)
        if not children:
            return None
        if not required(children):
            body.fault("all_of", "empty_group", "All children are optional, so nothing would be required.")
            children = _all_required(children)
        return AllOf(children=children, **common)

    def _n_of(self, body: Payload, common: Common, depth: int) -> RuleNode | None:
        inner = body.payload("n_of")
        if inner is None:
            body.fault("n_of", "wrong_type", "This is null; it has to be a mapping of n and from.")
            return None
        n = inner.integer("n", 1, MAX_CHILDREN)
        if not inner.has("n") and not inner.faulty:
            inner.fault("n", "missing_key", "The key 'n' is missing.")
        node = self._choice(inner, "from", common, n, depth)
        inner.finish()
        return node

    def _choice(self, body: Payload, name: str, common: Common, n: int | None, depth: int) -> RuleNode | None:
        children = self._children(body, name, common, depth)
        if not children:
            return None
        n = n or 1
        if n > len(required(children)):
            detail = f"{n} of {len(required(children))} required children can never be met."
            body.fault("n" if name == "from" else name, "n_too_large", detail)
            n, children = 1, _all_required(children)
        return NOf(n=n, children=children, **common)

    def _coverage(self, body: Payload, common: Common) -> Coverage | None:
        inner = body.payload("coverage")
        if inner is None:
            body.fault("coverage", "wrong_type", "This is null; it has to be a mapping.")
            return None
        framework = inner.text("framework", pattern=REFERENCE)
        items = None if inner.raw("items") in (None, "all") else inner.texts("items", pattern=CODE)
        if items is not None and inner.members["items"] == []:
            inner.fault("items", "empty_group", "Coverage of no items would be met by nothing.")
        n = None if inner.raw("n") in (None, "all") else inner.integer("n", 1, MAX_CHILDREN)
        if items and n is not None and n > len(items):
            inner.fault("n", "n_too_large", f"{n} of {len(items)} items can never be met.")
        each = self._each(inner, common)
        inner.finish()
        return Coverage(framework=framework, items=items, n=n, each=each, **common)

    def _each(self, inner: Payload, common: Common) -> Leaf:
        body = inner.payload("each")
        if body is None:
            inner.fault("each", "missing_key", "The key 'each' says what is asked for each item.")
            return _stand_in(common)
        own = self._common(body, common["section"], keyed=False)
        kind = self._kind_of(body)
        if kind is None:
            return _stand_in(own)
        if kind in (*_GROUPS, "amount"):
            detail = "Coverage asks for one leaf per item, not for a group or an amount."
            body.fault(kind, "wrong_value", detail)
            return _stand_in(own)
        leaf = parse_leaf(body, _LEAF_KIND[kind], own, covering=True)
        body.finish()
        return leaf or _stand_in(own)


def _all_required(children: tuple[RuleNode, ...]) -> tuple[RuleNode, ...]:
    return tuple(replace(each, optional=False) for each in children)


def _stand_in(common: Common) -> Leaf:
    """Return what stands for a node that could not be read: it refers to nothing."""
    return Leaf(kind="evidence", **common)
