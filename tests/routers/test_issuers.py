"""Issuers over HTTP: a profile of one's own to change, and an identity that everybody can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.actors import Role
from app.signing.dids import assertion_keys
from tests.frames import Frame, open_frame

PAGE = {"Accept": "text/html,*/*;q=0.8"}
PROFILE = {"name": "New Name", "url": "https://new.example.org", "email": "badges@new.example.org"}


@pytest.fixture
def frame(database_url: str, tmp_path: Path) -> Iterator[Frame]:
    with open_frame(database_url, tmp_path) as frame:
        yield frame


def test_the_profile_is_read_and_replaced(frame: Frame) -> None:
    before = frame.send("GET", "/v1/issuers/community").json()
    assert before["name"] == "Community"
    frame.clock.move(days=1)
    changed = frame.send("PUT", "/v1/issuers/community", json=PROFILE).json()
    assert changed == frame.send("GET", "/v1/issuers/community").json()
    assert changed == before | PROFILE | {"updated_at": "2016-03-02T09:00:00Z"}
    emptied = frame.send("PUT", "/v1/issuers/community", json={"name": "N", "url": "https://n.org"}).json()
    assert emptied["email"] is None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "\t"),
        ("name", None),
        ("url", "community.example.org"),
        ("url", "javascript:alert(1)"),
        ("url", "https://x.example.org/a b"),
        ("email", "a@b"),
        ("image", "ftp://x.example.org/logo.png"),
        ("description", "x" * 20_001),
        ("did", "did:web:elsewhere.example.org"),
        ("key", "elsewhere"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_profile_that_breaks_a_rule_changes_nothing(frame: Frame, member: str, value: object) -> None:
    answer = frame.send("PUT", "/v1/issuers/community", json=PROFILE | {member: value})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{member}"]
    assert frame.send("GET", "/v1/issuers/community").json()["name"] == "Community"


def test_an_issuer_of_somebody_else_is_not_there(frame: Frame) -> None:
    for key in ("elsewhere", "COMMUNITY", "%C3%A9"):
        assert frame.send("GET", f"/v1/issuers/{key}").status_code == 404
        assert frame.send("PUT", f"/v1/issuers/{key}", json=PROFILE).status_code == 404


def test_only_those_who_may_change_it(frame: Frame) -> None:
    author = frame.token(Role.AUTHOR)
    assert frame.send("PUT", "/v1/issuers/community", token=author, json=PROFILE).status_code == 403
    assert frame.send("GET", "/v1/issuers/community", token=None).status_code == 401


def test_everybody_can_read_the_identity(frame: Frame) -> None:
    answer = frame.send("GET", "/issuers/community/did.json", token=None)
    document = answer.json()
    assert answer.headers["content-type"] == "application/did+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert document["id"] == "did:web:passports.example.org:issuers:community"
    assert len(assertion_keys(document)) == 2  # the same key as Multikey and as JSON Web Key
    known = {"If-None-Match": answer.headers["etag"]}
    assert frame.send("GET", "/issuers/community/did.json", token=None, headers=known).status_code == 304


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json", "application/did+json"])
def test_the_identity_comes_as_what_is_asked_for(frame: Frame, accept: str) -> None:
    answer = frame.send("GET", "/issuers/community/did.json", token=None, headers={"Accept": accept})
    assert answer.headers["content-type"] == accept


def test_the_public_profile_is_json_or_a_page(frame: Frame) -> None:
    profile = frame.send("GET", "/issuers/community", token=None)
    assert profile.headers["content-type"] == "application/json"
    document = frame.send("GET", "/issuers/community/did.json", token=None).json()
    assert profile.json()["id"] == document["id"]
    assert profile.json()["verificationMethod"] == document["verificationMethod"]
    page = frame.send("GET", "/issuers/community", token=None, headers=PAGE)
    assert page.headers["content-type"].startswith("text/html")
    assert document["id"] in page.text


def test_what_nobody_has_is_refused_with_what_there_is(frame: Frame) -> None:
    answer = frame.send("GET", "/issuers/community", token=None, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert "application/ld+json" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/issuers/nobody", "/issuers/nobody/did.json"])
def test_an_issuer_that_is_not_there_is_not_found(frame: Frame, path: str) -> None:
    assert frame.send("GET", path, token=None).json()["code"] == "not_found"
    assert "There is no issuer nobody" in frame.send("GET", path, token=None, headers=PAGE).text


def test_a_hostile_name_stays_text_on_the_page(frame: Frame) -> None:
    frame.send("PUT", "/v1/issuers/community", json=PROFILE | {"name": "<script>alert(1)</script>"})
    page = frame.send("GET", "/issuers/community", token=None, headers=PAGE).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
