"""POST /verify where fetching is switched on: what other hosts publish, and how often one may ask."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app.http_client import Limits
from app.signing import dids
from tests.clients import World
from tests.http_client.remote import NAME, Internet, patient, reply, small_internet
from tests.signing.badges import DID, SIGNER, badge, list_document, sign

HERE = f"https://{NAME}/credentials/7f"
MADE = sign(badge(validFrom="2016-01-01T00:00:00Z")).document


@pytest.fixture
def internet(world: World, tmp_path: Path) -> Iterator[Internet]:
    with small_internet(tmp_path) as internet:
        switch_on(world, internet, patient())
        yield internet


def switch_on(world: World, internet: Internet, limits: Limits) -> None:
    app = world.client.app
    assert isinstance(app, Starlette)
    app.state.site = replace(app.state.site, fetcher=internet.fetcher(limits))


def publish(internet: Internet) -> None:
    document = dids.did_document(DID, [SIGNER.public_key])
    lists = sign(list_document(validFrom="2016-01-01T00:00:00Z")).document
    internet.remote.scripts |= {
        "/credentials/7f": reply(MADE),
        "/issuers/acme/did.json": reply(json.dumps(document).encode()),
        "/status-lists/1": reply(lists),
    }


def test_the_address_of_a_credential_elsewhere_is_enough(world: World, internet: Internet) -> None:
    publish(internet)
    report = world.nobody.post("/verify", {"url": HERE}, 200)
    assert report["verdict"] == "verified", report["checks"]
    assert [document["url"] for document in report["documents"]] == [
        HERE,
        f"https://{NAME}/issuers/acme/did.json",
        f"https://{NAME}/status-lists/1",
    ]
    assert report["documents"][0]["sha256"] == hashlib.sha256(MADE).hexdigest()
    assert internet.remote.paths == ["/credentials/7f", "/issuers/acme/did.json", "/status-lists/1"]


def test_the_page_takes_the_address_too(world: World, internet: Internet) -> None:
    publish(internet)
    html = world.client.post("/verify", data={"url": HERE}, headers={"Accept": "text/html"})
    assert html.status_code == 200
    assert "Community Leadership Passport" in html.text


def test_what_cannot_be_fetched_is_an_unknown_check_and_no_failure(world: World, internet: Internet) -> None:
    answer = world.client.post("/verify", content=MADE, headers={"Content-Type": "application/vc"})
    checks = {check["id"]: check for check in answer.json()["checks"]}
    assert (answer.status_code, answer.json()["verdict"]) == (200, "undetermined")
    for name, code in (("issuer_key", "key_unresolved"), ("status", "status_unreachable")):
        assert (checks[name]["outcome"], checks[name]["code"]) == ("unknown", code)
        assert "status_refused" in checks[name]["detail"]
        assert checks[name]["remedy"].startswith("Ask the issuer")
    assert len(internet.remote.requests) == 2


def test_an_address_that_leads_nowhere_points_at_the_url(world: World, internet: Internet) -> None:
    problem = world.nobody.post("/verify", {"url": "https://intranet.example.org/"}, 422)
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [("/url", "host_not_public")]
    assert internet.dialled == []


def test_a_client_that_verifies_too_many_addresses_waits_a_minute(world: World, internet: Internet) -> None:
    switch_on(world, internet, patient(client_per_minute=4))
    world.nobody.post("/verify", {"url": f"https://{NAME}/1"}, 422)
    answer = world.client.post("/verify", json={"url": f"https://{NAME}/2"})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "60"


def test_a_credential_of_ours_needs_no_one_else(world: World, internet: Internet) -> None:
    problem = world.nobody.post("/verify", {"url": "https://passports.example.org/credentials/0"}, 404)
    assert problem["code"] == "not_found"
    assert internet.looked_up == []
