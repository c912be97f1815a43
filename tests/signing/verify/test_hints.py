"""What the text of a credential spares a verification never hides what is in it, however it is spelt."""

import json
from typing import Any

import pytest

from app.signing import jws
from app.signing.verify import Report, read, verify
from app.signing.verify.presented import endorsements_in
from tests.signing.badges import (
    DID,
    SIGNER,
    Document,
    badge,
    codes,
    eddsa_proof,
    gathered,
    profile,
    signed,
)

ID = badge()["id"]


def spelt(text: str, string: str) -> list[str]:
    """Return `text` with the last `string` in it spelt in all ways of JSON."""
    before, _, behind = text.rpartition(string)
    first = f"\\u{ord(string[0]):04x}{string[1:]}"
    return [text] + [f"{before}{each}{behind}" for each in (first, string.replace("/", "\\/"))]


def judged(data: str) -> Report:
    return verify(read(data.encode()), gathered())


def as_jwt(document: Document, **claims: Any) -> str:  # noqa: ANN401 (any JSON)
    header = {"kid": profile().jwt_key_id, "typ": "JWT"}
    payload = {**document, "iss": DID, "jti": ID, "sub": document["credentialSubject"]["id"]} | claims
    return jws.encode(header, json.dumps(payload, ensure_ascii=False).encode(), SIGNER)


HIDDEN = badge(evidence=[{"type": ["Evidence"], "validUntil": "2016-01-01T00:00:00Z", "id": ID}])


@pytest.mark.parametrize("text", spelt(json.dumps(HIDDEN), ID))
def test_an_object_that_speaks_under_the_id_of_the_credential_is_found(text: str) -> None:
    assert json.loads(text) == HIDDEN
    assert codes(judged(text))["conformance"] == "not_conformant"


@pytest.mark.parametrize("claims", [{}, {"jti": None}, {"jti": "urn:x:other"}])
def test_it_is_found_in_a_jwt_too(claims: Document) -> None:
    assert codes(judged(as_jwt(HIDDEN, **claims)))["conformance"] == "not_conformant"


@pytest.mark.parametrize("name", ["endorsement", "endorsementJwt"])
def test_an_endorsement_is_found(name: str) -> None:
    for text in spelt(json.dumps(badge(**{name: ["a"]})), name):
        assert json.loads(text)[name] == ["a"]
        assert endorsements_in(read(text.encode())) == ["a"]


def test_of_a_plain_badge_the_text_tells_that_nothing_is_to_be_looked_for() -> None:
    for data in (json.dumps(signed(badge()), ensure_ascii=False), as_jwt(badge())):
        presented = read(data.encode())
        assert (presented.repeats_id, presented.endorses) == (False, False)


@pytest.mark.parametrize("again", [1, 2])
def test_what_an_achievement_leaves_open_is_found_each_time_it_comes(again: int) -> None:
    document = badge(id=f"{ID}{again}")
    achievement = document["credentialSubject"]["achievement"]
    achievement["tag"] = []
    document["proof"] = eddsa_proof(document, SIGNER, profile().verification_method)
    assert [(each.pointer, each.code) for each in judged(json.dumps(document)).uncovered] == [
        ("/credentialSubject/achievement/tag", "empty_array")
    ]
