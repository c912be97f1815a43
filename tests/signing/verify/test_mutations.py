"""Whatever is changed in a signed credential, it is never `verified` with other content."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import MalformedBodyError, UnreadableCredentialError
from app.signing import dids, issue
from app.signing.data_integrity import DisclosureKeys, ProofOptions
from app.signing.keys import CurveKey, P256Signer, Signer
from tests.signing.badges import (
    CREATED,
    SIGNER,
    Document,
    badge,
    judge,
    rich_badge,
    says_the_same,
    sign,
    signed,
)
from tests.signing.others import P256, P384

SIGNED = signed(rich_badge())
JWT = sign(rich_badge()).jwt
Path = tuple[str | int, ...]


def secured_by(signer: Signer, suite: str) -> Document:
    """Return a badge by the did:key of `signer`."""
    document, options = of_key(signer)
    return issue.secure(document, signer, suite, options)


def disclosed_by(signer: Signer) -> Document:
    """Return what is shown of such a badge."""
    document, options = of_key(signer)
    keys = DisclosureKeys(bytes(32), P256Signer.from_scalar(bytes(range(1, 33))))
    pointers = ["/issuer", "/validFrom", "/validUntil", "/credentialSubject"]
    return issue.derive(issue.secure_selectively(document, signer, options, pointers, keys), ["/name"])


def of_key(signer: Signer) -> tuple[Document, ProofOptions]:
    key = signer.public_key
    assert isinstance(key, CurveKey)
    did = dids.did_key(key)
    document = badge(issuer={"id": did, "type": ["Profile"], "name": "Acme"})
    del document["credentialStatus"]
    return document, ProofOptions(dids.multikey_id(did, key), CREATED)


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def put(path: Path, value: object, original: Document = SIGNED) -> Document:
    changed = copy.deepcopy(original)
    owner: Any = changed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    return changed


def neighbours(value: object) -> list[object]:
    if isinstance(value, str):
        middle = len(value) // 2
        other = "B" if value[middle : middle + 1] == "A" else "A"
        return [
            value[:middle] + other + value[middle + 1 :],
            value[:-1],
            value + "0",
            value + " ",
            value.swapcase() if value.swapcase() != value else value + "x",
            "",
        ]
    if isinstance(value, bool):
        return [not value, str(value)]
    assert isinstance(value, int | float)
    return [value + 1, -value, str(value)]


LEAVES = list(leaves(SIGNED))


@pytest.mark.parametrize(("path", "value"), LEAVES, ids=["/".join(map(str, path)) for path, _ in LEAVES])
def test_no_changed_value_is_verified(path: Path, value: object) -> None:
    assert judge(SIGNED).verified
    for other in neighbours(value):
        try:
            report = judge(put(path, other))
        except (MalformedBodyError, UnreadableCredentialError):
            continue
        assert not report.verified, (path, other)


@pytest.mark.parametrize(("path", "value"), LEAVES, ids=["/".join(map(str, path)) for path, _ in LEAVES])
def test_no_missing_value_is_verified(path: Path, value: object) -> None:
    changed = put(path, value)
    owner: Any = changed
    for step in path[:-1]:
        owner = owner[step]
    del owner[path[-1]]
    # An object that stands twice under one id loses nothing when one of the two is shortened.
    assert says_the_same(changed, SIGNED) or not judge(changed).verified, path


OTHERS = {
    "eddsa-jcs-2022": secured_by(SIGNER, "eddsa-jcs-2022"),
    "ecdsa-rdfc-2019": secured_by(P384, "ecdsa-rdfc-2019"),
    "ecdsa-jcs-2019": secured_by(P256, "ecdsa-jcs-2019"),
    "ecdsa-sd-2023": disclosed_by(P256),
}


@pytest.mark.parametrize("suite", OTHERS)
def test_no_changed_or_missing_value_is_verified_whatever_the_cryptosuite(suite: str) -> None:
    original = OTHERS[suite]
    assert judge(original, did_documents={}).verified
    for path, value in leaves(original):
        for other in (*neighbours(value), None, [], {}):
            changed = put(path, other, original)
            assert not judge(changed, did_documents={}).verified, (path, other)


def objects_of(value: object, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        yield path
        for name, member in value.items():
            yield from objects_of(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects_of(item, (*path, index))


@pytest.mark.parametrize("path", list(objects_of(SIGNED)), ids=lambda path: "/".join(map(str, path)) or "top")
@pytest.mark.parametrize(
    "name",
    ["extra", "name", "description", "@id", "@graph", "@included", "@context", "https://schema.org/name"],
)
def test_no_added_member_is_verified(path: Path, name: str) -> None:
    changed = copy.deepcopy(SIGNED)
    owner: Any = changed
    for step in path:
        owner = owner[step]
    before = owner.get(name)
    owner[name] = "https://example.org/added"
    assert before != owner[name]
    assert not judge(changed).verified


@given(data=st.data())
def test_a_changed_character_in_a_jwt_is_never_verified(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(JWT) - 1))
    character = data.draw(st.sampled_from("Aa0-_.=/+ \n\x00é"))
    changed = JWT[:position] + character + JWT[position + 1 :]
    if changed == JWT:
        return
    try:
        report = judge(changed)
    except (MalformedBodyError, UnreadableCredentialError):
        return
    assert not report.verified


def test_a_jwt_with_re_encoded_claims_is_not_verified() -> None:
    header, payload, signature = JWT.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    again = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert not judge(f"{header}.{again}.{signature}").verified


def test_what_rdf_does_not_sign_says_the_same() -> None:
    turned: Document = json.loads(json.dumps(SIGNED))
    turned["type"].reverse()
    turned["credentialSubject"]["result"].reverse()
    turned = dict(reversed(turned.items()))
    assert says_the_same(turned, SIGNED)
    assert judge(turned).verified
