"""Signing keys over HTTP: rotated by administrators, read by everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.actors import Role
from app.signing.dids import assertion_keys, purpose_keys
from app.signing.keys import read_jwk
from tests.frames import Frame, open_frame

DID = "/issuers/community/did.json"


@pytest.fixture
def frame(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    with open_frame(database_url, tmp_path) as frame:
        yield frame


def make(frame: Frame, **body: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    answer = frame.send("POST", "/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/keys/{made['id']}"
    return made


def act(frame: Frame, key: dict[str, Any], name: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    answer = frame.send("POST", f"/v1/keys/{key['id']}:{name}", json=body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def test_a_rotation_from_the_first_call_to_the_last(frame: Frame) -> None:
    new = make(frame)
    assert (new["status"], new["algorithm"], new["backend"]) == ("published", "EdDSA", "local")
    early = frame.send("POST", f"/v1/keys/{new['id']}:activate")
    assert (early.status_code, early.json()["code"]) == (409, "key_too_new")
    frame.clock.move(minutes=10)
    active = act(frame, new, "activate")
    assert (active["status"], active["activated_at"]) == ("active", "2016-03-01T09:10:00Z")
    listed = frame.send("GET", "/v1/keys").json()
    assert [key["status"] for key in listed] == ["retiring", "active"]
    assert frame.send("GET", f"/v1/keys/{new['id']}").json() == listed[1]
    assert "handle" not in str(listed)


def test_each_algorithm_can_be_asked_for(frame: Frame) -> None:
    keys = [make(frame, algorithm=algorithm) for algorithm in ("ES256", "ES384", "RS256")]
    document = frame.send("GET", DID, token=None).json()
    kinds = [method["type"] for method in document["verificationMethod"]]
    assert kinds == ["Multikey", "JsonWebKey"] * 3 + ["JsonWebKey"]
    names = {method["publicKeyJwk"]["kid"] for method in document["verificationMethod"][1::2]}
    assert {key["kid"] for key in keys[:2]} <= names


def test_the_identity_says_what_each_key_is_good_for(frame: Frame) -> None:
    [first] = frame.send("GET", "/v1/keys").json()
    second, third = make(frame), make(frame)
    frame.clock.move(minutes=10)
    act(frame, second, "activate")
    act(frame, third, "compromise", at="2016-03-01T09:05:00Z")
    document = frame.send("GET", DID, token=None).json()
    assert {key.thumbprint for key in assertion_keys(document).values()} == {first["kid"], second["kid"]}
    authentic = purpose_keys(document, "authentication").values()
    assert {key.thumbprint for key in authentic} == {second["kid"]}
    methods = document["verificationMethod"]
    revoked = {method["id"]: method["revoked"] for method in methods if "revoked" in method}
    assert list(revoked.values()) == ["2016-03-01T09:05:00Z"] * 2
    assert f"{document['id']}#{third['kid']}" in revoked
    assert {m["revoked"] for m in document["verificationMethod"] if "revoked" in m} == {
        "2016-03-01T09:05:00Z"
    }


def test_a_public_key_can_be_had_alone(frame: Frame) -> None:
    key = make(frame, algorithm="ES256")
    path = f"/issuers/community/keys/{key['kid']}"
    answer = frame.send("GET", path, token=None)
    assert answer.headers["content-type"] == "application/jwk+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    jwk = answer.json()
    assert (jwk["kid"], jwk["alg"], jwk["use"]) == (key["kid"], "ES256", "sig")
    assert read_jwk(jwk).thumbprint == key["kid"]
    known = {"If-None-Match": answer.headers["etag"]}
    assert frame.send("GET", path, token=None, headers=known).status_code == 304
    act(frame, key, "compromise")
    assert frame.send("GET", path, token=None).json()["code"] == "not_found"
    assert frame.send("GET", path[:-1], token=None).status_code == 404
    assert frame.send("GET", path.replace("community", "nobody"), token=None).status_code == 404


def test_a_retiring_key_can_still_be_had(frame: Frame) -> None:
    [first] = frame.send("GET", "/v1/keys").json()
    new = make(frame)
    act(frame, new, "activate", justification="a drill")
    for key in (first, new):
        assert frame.send("GET", f"/issuers/community/keys/{key['kid']}", token=None).status_code == 200


def test_what_a_state_does_not_allow_is_a_conflict(frame: Frame) -> None:
    [only] = frame.send("GET", "/v1/keys").json()
    new = make(frame)
    assert act(frame, new, "publish")["status"] == "published"
    for key, name in ((only, "publish"), (only, "retire"), (new, "retire")):
        answer = frame.send("POST", f"/v1/keys/{key['id']}:{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
        assert answer.json()["hint"]
    ahead = frame.send("POST", f"/v1/keys/{new['id']}:compromise", json={"at": "2016-03-01T09:00:01Z"})
    assert (ahead.status_code, ahead.json()["errors"][0]["pointer"]) == (422, "/at")


def test_a_repeated_order_makes_one_key(frame: Frame) -> None:
    headers = {"Idempotency-Key": "one"}
    made = [frame.send("POST", "/v1/keys", json={}, headers=headers).json() for _ in range(2)]
    assert made[0] == made[1]
    assert len(frame.send("GET", "/v1/keys").json()) == 2


@pytest.mark.parametrize(
    "body", [{"algorithm": "ES512"}, {"algorithm": "none"}, {"algorithm": None}, {"alg": "x"}]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_other_algorithms_are_not_made(frame: Frame, body: dict[str, object]) -> None:
    answer = frame.send("POST", "/v1/keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")


def test_only_administrators_deal_with_keys(frame: Frame) -> None:
    author = frame.token(Role.AUTHOR)
    [only] = frame.send("GET", "/v1/keys").json()
    for method, path in (
        ("POST", "/v1/keys"),
        ("GET", "/v1/keys"),
        ("GET", f"/v1/keys/{only['id']}"),
        ("POST", f"/v1/keys/{only['id']}:compromise"),
    ):
        assert frame.send(method, path, token=author).json()["code"] == "insufficient_scope"
        assert frame.send(method, path, token=None).status_code == 401
    assert frame.send("GET", f"/v1/keys/{only['id']}").json() == only


def test_an_issuer_that_is_its_key_keeps_it(database_url: str, tmp_path: Path) -> None:
    with open_frame(database_url, tmp_path, "http://127.0.0.1:8000") as frame:
        answer = frame.send("POST", "/v1/keys", json={"algorithm": "ES256"})
        assert (answer.status_code, answer.json()["code"]) == (409, "key_is_identity")
        assert "did:key:z6Mk" in answer.json()["detail"]
        assert answer.json()["hint"]
