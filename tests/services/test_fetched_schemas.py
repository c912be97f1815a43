"""Schemas that credentials name come from a server on loopback, and are applied in a process with limits."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from app.database import read_transaction
from app.http_client import Limits
from app.sandbox import Sandbox
from app.services.sites import Site
from app.services.verification import verify_bytes
from app.signing.dids import did_key, multikey_id
from app.signing.verify import Check
from tests.http_client.remote import NAME, Internet, Script, redirect, reply, small_internet
from tests.ledgers import SITE
from tests.signing.badges import NOW, STRANGER, Document, eddsa_proof

URL = f"https://{NAME}/schemas/badge.json"
PATH = "/schemas/badge.json"
EVIL = "https://evil.example.org/x.json"
STRANGERS_DID = did_key(STRANGER.public_key)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with small_internet(tmp_path_factory.mktemp("certificates")) as server:
        yield server


@pytest.fixture
def internet(server: Internet) -> Internet:
    server.remote.requests.clear()
    server.remote.scripts = {}
    return Internet(server.remote, server.certificates)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with closing(Sandbox()) as sandbox:
        yield replace(SITE, sandbox=sandbox)


def naming(*types: str) -> bytes:
    """Return a plain credential of a stranger, signed, that names the schema by each of `types`."""
    document: Document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": STRANGERS_DID,
        "validFrom": "2016-01-01T00:00:00Z",
        "credentialSchema": [{"id": URL, "type": each} for each in types],
        "credentialSubject": {
            "id": "did:example:somebody",
            "name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
        },
    }
    method = multikey_id(STRANGERS_DID, STRANGER.public_key)
    return json.dumps({**document, "proof": eddsa_proof(document, STRANGER, method, NOW)}).encode()


def judge(engine: Engine, internet: Internet, site: Site, limits: Limits | None = None) -> Check:
    with internet.fetcher(limits).errand("192.0.2.1") as errand, read_transaction(engine) as session:
        report = verify_bytes(session, naming("JsonSchema"), site=site, now=NOW, errand=errand)[1]
    assert report.verdict == {"pass": "verified", "fail": "not_verified"}.get(
        report.checks[1].outcome, "undetermined"
    )
    return report.checks[1]


def serves(schema: object) -> Script:
    return reply(json.dumps(schema).encode(), {"Content-Type": "application/schema+json"})


def subject(schema: Document) -> Document:
    return {"properties": {"credentialSubject": {"properties": {"name": schema}}}}


def test_a_schema_is_fetched_and_applied(engine: Engine, internet: Internet, site: Site) -> None:
    internet.remote.scripts[PATH] = serves(subject({"type": "string"}))
    assert judge(engine, internet, site).code == "conforms"
    internet.remote.scripts[PATH] = serves(subject({"maxLength": 5}))
    broken = judge(engine, internet, site)
    assert broken.code == "schema_invalid"
    assert "/credentialSubject/name" in broken.detail
    assert internet.remote.paths == [PATH, PATH]


def test_what_a_schema_refers_to_is_fetched_too_and_nothing_beyond(
    engine: Engine, internet: Internet, site: Site
) -> None:
    internet.remote.scripts |= {
        PATH: serves(subject({"$ref": "parts.json#/$defs/name"})),
        "/schemas/parts.json": serves({"$defs": {"name": {"maxLength": 5}, "x": {"$ref": "more.json"}}}),
    }
    assert judge(engine, internet, site).code == "schema_invalid"
    assert internet.remote.paths == [PATH, "/schemas/parts.json"]
    internet.remote.scripts["/schemas/parts.json"] = serves({"$defs": {"name": {"$ref": "more.json"}}})
    assert "more.json" in judge(engine, internet, site).detail


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (reply(b"", status="404 Not Found"), "schema_unreachable", "status_refused"),
        (reply(b"{" + b" " * 10_000_000 + b"}"), "schema_unreachable", "too_large"),
        (reply(b"<html>", {"Content-Type": "text/html"}), "schema_unreachable", "media_type_refused"),
        (redirect("http://169.254.169.254/latest"), "schema_unreachable", "url_not_https"),
        (reply(b'{"a": 1, "a": 2}'), "schema_unreachable", "cannot be read"),
        (reply(b"[]"), "schema_unreachable", "no JSON object"),
        (reply(b'{"required": "id"}'), "schema_unusable", "/required"),
        (reply(b'{"$ref": "#"}'), "schema_too_costly", "without end"),
        (serves(subject({"pattern": "^(a+)+$"})), "schema_too_costly", "time or memory"),
        (serves({"$ref": EVIL}), "schema_unusable", EVIL),
    ],
)
def test_a_schema_that_is_not_to_be_had_or_used_leaves_it_open(
    engine: Engine, internet: Internet, site: Site, script: Script, code: str, words: str
) -> None:
    internet.remote.scripts[PATH] = script
    found = judge(engine, internet, site)
    assert (found.outcome, found.code) == ("unknown", code)
    assert words in found.detail
    assert found.remedy


def test_without_fetching_it_says_how_to_come_to_know(engine: Engine, site: Site) -> None:
    with read_transaction(engine) as session:
        report = verify_bytes(session, naming("JsonSchema"), site=site, now=NOW)[1]
    assert (report.checks[1].code, report.verdict) == ("schema_unreachable", "undetermined")
    assert "PASSPORTS_FETCH_REMOTE" in str(report.checks[1].remedy)
