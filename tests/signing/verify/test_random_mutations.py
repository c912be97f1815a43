"""Twenty thousand changes of signed credentials: none is verified with the change unreported.

What a changed credential says is told here from its JSON alone (`said`), without JSON-LD: RDF signs neither
the order of values nor in which of several objects with one id a member stands, and nothing else may change.
"""

import copy
import json
import random
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import pytest

from app.errors import MalformedBodyError, UnreadableCredentialError
from app.signing import data_integrity
from app.signing.data_integrity import CREATED, ProofOptions
from app.signing.jsonld import interpreting
from app.signing.jsonld.interpreter import interpret
from app.signing.verify import Report, covered
from tests.signing.badges import CREATED as NOW
from tests.signing.badges import (
    LIST,
    LIST_URL,
    SIGNER,
    badge,
    codes,
    judge,
    profile,
    rich_badge,
    sign,
    signed,
)

Document = dict[str, Any]
Judge = Callable[[bytes], Report]

pytestmark = pytest.mark.untraced

ORDERED = frozenset({"allowedValue"})
NAMES = (
    "name",
    "nickname",
    "@context",
    "@id",
    "@type",
    "@graph",
    "type",
    "id",
    "evidence",
    "proof",
    "validUntil",
)
VALUES: tuple[Any, ...] = (
    *("x", "https://example.org/x", "https://www.w3.org/ns/credentials/v2", "", 0, 1.5, True, None),
    *(
        [],
        {},
        ["x"],
        [[]],
        {"id": "urn:x:1"},
        {"@value": "x"},
        {"type": ["Evidence"]},
        ["urn:x:1", "urn:x:2"],
    ),
)


# What a credential says -------------------------------------------------------------------------------


def said(document: object) -> object:
    """Return the statements of a credential: nodes with an id by it, all others by what they say."""
    nodes: dict[str, set[Hashable]] = {}

    def visit(value: Any, ordered: bool) -> Hashable:  # noqa: ANN401, FBT001 (any JSON)
        if isinstance(value, list):
            items = [visit(item, False) for item in value]
            return ("list", tuple(items)) if ordered else frozenset(items)
        if not isinstance(value, dict):
            return (isinstance(value, bool), value)
        if value.keys() == {"@value"}:  # JSON-LD for the value alone
            return visit(value["@value"], False)
        members: set[Hashable] = set()
        for name, member in value.items():
            plain = name if name == "@context" else name.lstrip("@")
            if plain != "id":
                several = member if isinstance(member, list) and plain not in ORDERED else [member]
                if name == "@language" and isinstance(member, str):  # BCP 47: the case of a tag says nothing
                    several = [member.lower()]
                members |= {(plain, visit(item, plain in ORDERED)) for item in several}
        identifier = value.get("id", value.get("@id"))
        if not isinstance(identifier, str):
            return frozenset(members)
        if members:
            nodes.setdefault(identifier, set()).update(members)
        return (False, identifier)

    top = visit(document, False)
    return top, {identifier: frozenset(members) for identifier, members in nodes.items()}


# Changes ----------------------------------------------------------------------------------------------


def places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 (any JSON)
    """Yield each object or array in `value` with each of its names or indexes."""
    if isinstance(value, dict | list):
        for name in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, name
            yield from places(value[name])


def changed_text(chance: random.Random, text: str) -> str:
    if not text or chance.random() < 0.2:
        return text + chance.choice(" 0xé")
    position = chance.randrange(len(text))
    return text[:position] + chance.choice(("", chr(ord(text[position]) ^ 1), "A")) + text[position + 1 :]


def retyped(chance: random.Random, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    ways: list[Any] = [str(value), [value], [value, value], {"id": value}, {"@value": value}, {"@id": value}]
    ways += [
        [],
        None,
        {"@set": [value]},
        {"@list": [value]},
        value[:1] if isinstance(value, list | str) else 1,
    ]
    return chance.choice(ways)


Place = tuple[Any, Any]
"""An object or array, and a name or an index in it."""


def _replace(chance: random.Random, at: Place, _other: Place) -> None:
    value = at[0][at[1]]
    at[0][at[1]] = changed_text(chance, value) if isinstance(value, str) else chance.choice(VALUES)


def _retype(chance: random.Random, at: Place, _other: Place) -> None:
    at[0][at[1]] = retyped(chance, at[0][at[1]])


def _drop(_chance: random.Random, at: Place, _other: Place) -> None:
    del at[0][at[1]]


def _add(chance: random.Random, at: Place, _other: Place) -> None:
    added = copy.deepcopy(chance.choice(VALUES))
    if isinstance(at[0], dict):
        at[0][chance.choice(NAMES)] = added
    else:
        at[0].insert(at[1], added)


def _swap(_chance: random.Random, at: Place, other: Place) -> None:
    mine, theirs = copy.deepcopy(at[0][at[1]]), copy.deepcopy(other[0][other[1]])
    at[0][at[1]] = theirs
    if other[1] in (other[0] if isinstance(other[0], dict) else range(len(other[0]))):
        other[0][other[1]] = mine


def _copy_or_move(chance: random.Random, at: Place, other: Place) -> None:
    value = copy.deepcopy(at[0][at[1]])
    if chance.random() < 0.5:
        del at[0][at[1]]
    if isinstance(other[0], dict):
        other[0][str(at[1])] = value
    else:
        other[0].insert(other[1], value)


def _rename(chance: random.Random, at: Place, _other: Place) -> None:
    owner, name = at
    if isinstance(owner, dict):
        names = (f"@{name}", name.lstrip("@"), name.upper(), f"{name}s", f"https://schema.org/{name}")
        owner[chance.choice(names)] = owner.pop(name)
    else:
        owner.append(copy.deepcopy(owner[name]))


CHANGES = (_replace, _retype, _drop, _add, _swap, _copy_or_move, _rename)


def change(chance: random.Random, document: Document) -> None:
    """Change one member of `document`: its value, its type, its place, its name, or whether it is there."""
    everywhere = list(places(document))
    chance.choice(CHANGES)(chance, chance.choice(everywhere), chance.choice(everywhere))


def changes_of(chance: random.Random, original: bytes) -> bytes:
    """Return `original` with a byte flipped, or as JSON with one member changed."""
    if chance.random() < 0.3 or not original.startswith(b"{"):
        data = bytearray(original)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    document = json.loads(original)
    change(chance, document)
    return json.dumps(document).encode()


# The credentials --------------------------------------------------------------------------------------


def proven(document: Document, suite: str) -> bytes:
    options = ProofOptions(profile().verification_method, NOW)
    with interpreting(interpret):
        proof = data_integrity.create_proof(document, SIGNER, CREATED[suite], options)
    return json.dumps({**document, "proof": proof}).encode()


def own_terms() -> Document:
    document = badge(name={"@value": "Pass", "@language": "en"}, own={"deep": ["a", "b"]})
    document["@context"].append({"own": "https://example.org/own", "deep": "https://example.org/deep"})
    return document


def judge_interpreted(data: bytes) -> Report:
    with interpreting(interpret):
        return judge(data)


BADGE = json.dumps(signed(badge())).encode()


def judge_list(data: bytes) -> Report:
    return judge(BADGE, status_lists={LIST_URL: data})


CASES: dict[str, tuple[bytes, Judge, int]] = {
    "a badge": (BADGE, judge, 6_000),
    "a badge with everything": (json.dumps(signed(rich_badge())).encode(), judge, 4_500),
    "a proof over JSON": (proven(badge(), "eddsa-jcs-2022"), judge, 3_000),
    "a JWT": (sign(badge()).jwt.encode(), judge, 4_500),
    "a status list": (LIST, judge_list, 2_000),
    "terms of its own": (proven(own_terms(), "eddsa-rdfc-2022"), judge_interpreted, 400),
}


def test_there_are_at_least_twenty_thousand_cases() -> None:
    assert sum(count for _, _, count in CASES.values()) >= 20_000


@pytest.mark.parametrize("case", CASES)
def test_no_change_is_verified_and_unreported(case: str) -> None:
    original, judge_it, count = CASES[case]
    before = judge_it(original)
    assert before.verified
    seed = random.getrandbits(32)
    print(f"{case}: {count} changes with the seed {seed}")  # noqa: T201 (shown when the test fails)
    chance = random.Random(seed)  # noqa: S311 (changes for a test)
    words = said(shown(of_itself(before, original, judge_it)))
    for number in range(count):
        changed = changes_of(chance, original)
        try:
            report = judge_it(changed)
        except (MalformedBodyError, UnreadableCredentialError):
            continue
        if not report.verified:
            continue
        report = of_itself(report, changed, judge_it)
        if says_of_other_proofs(report):
            continue
        now = said(shown(report))
        assert now == words, (seed, number, changed)


def says_of_other_proofs(report: Report) -> bool:
    """Tell whether the report says that something of another kind stands among the proofs."""
    return codes(report)["proof"] == "proof_valid_others_unread"


def of_itself(report: Report, changed: bytes, judge_it: Judge) -> Report:
    """Return the report on what was changed: of a status list, the one on the list and not on its badge."""
    return judge(changed) if judge_it is judge_list else report


def shown(report: Report) -> object:
    """Return what may be shown of a changed credential."""
    assert report.credential is not None
    return covered(report.credential, report.uncovered)
