"""Verifying what others have issued: their documents and lists come from a server of theirs on loopback."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.database import read_transaction
from app.errors import InvalidPayloadError, RateLimitedError
from app.http_client import Errand, Limits
from app.schemas.pages import VerificationForm
from app.services.sites import Site
from app.services.verification import describe_verification, load_by_url, verify_bytes
from app.signing import dids, vc_jwt
from app.signing.baking import bake_png
from app.signing.verify import Check, Report
from tests.http_client.remote import (
    NAME,
    Internet,
    Script,
    patient,
    redirect,
    reply,
    small_internet,
)
from tests.ledgers import SITE
from tests.signing.badges import (
    DID,
    LIST,
    LIST_URL,
    NOW,
    PNG,
    SIGNER,
    STRANGER,
    Document,
    badge,
    codes,
    eddsa_proof,
    list_bytes,
    list_document,
    sign,
    signed,
)

PROFILE_URL = f"https://{NAME}/issuers/acme"
STRANGERS_DID = "did:web:strangers.example.org"
DOCUMENT_PATH, LIST_PATH, STRANGERS_PATH = (
    "/issuers/acme/did.json",
    "/status-lists/1",
    "/.well-known/did.json",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with small_internet(tmp_path_factory.mktemp("certificates")) as server:
        yield server


@pytest.fixture
def internet(server: Internet) -> Internet:
    remote = server.remote
    remote.requests.clear()
    remote.scripts = {
        DOCUMENT_PATH: serves(dids.did_document(DID, [SIGNER.public_key])),
        LIST_PATH: reply(LIST, {"Content-Type": "application/vc"}),
        STRANGERS_PATH: serves(dids.did_document(STRANGERS_DID, [STRANGER.public_key])),
    }
    internet = Internet(remote, server.certificates)
    internet.names["strangers.example.org"] = internet.names[NAME]
    return internet


def serves(document: object) -> Script:
    return reply(json.dumps(document).encode())


def judge(
    engine: Engine, internet: Internet, data: bytes, *, site: Site = SITE, limits: Limits | None = None
) -> Report:
    with internet.fetcher(limits).errand("192.0.2.1") as errand, read_transaction(engine) as session:
        return verify_bytes(session, data, site=site, now=NOW, errand=errand)[1]


def check(report: Report, identifier: str) -> Check:
    return next(check for check in report.checks if check.id == identifier)


# Keys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["document", "jwt"])
def test_a_badge_of_another_host_is_verified_with_what_that_host_publishes(
    engine: Engine, internet: Internet, form: str
) -> None:
    secured = sign(badge())
    data = secured.document if form == "document" else secured.jwt.encode()
    report = judge(engine, internet, data)
    assert report.verdict == "verified"
    assert codes(report) | {"issuer_key": "key_bound", "status": "not_revoked"} == codes(report)
    assert codes(report)["issuer_trust"] == "issuer_not_known"
    assert internet.remote.paths == [DOCUMENT_PATH, LIST_PATH]


def test_an_issuer_that_is_trusted_by_name_is_known(engine: Engine, internet: Internet) -> None:
    report = judge(
        engine, internet, sign(badge()).document, site=replace(SITE, trusted_issuers=frozenset({DID}))
    )
    assert codes(report)["issuer_trust"] == "issuer_known"


def test_a_profile_at_the_issuer_s_own_address_publishes_its_keys(engine: Engine, internet: Internet) -> None:
    issuer = {"id": PROFILE_URL, "type": ["Profile"], "name": "Acme"}
    profile = issuer | dids.did_document(PROFILE_URL, [SIGNER.public_key])
    internet.remote.scripts |= {
        "/issuers/acme": serves(profile),
        LIST_PATH: reply(sign(list_document(issuer=PROFILE_URL), PROFILE_URL).document),
    }
    assert judge(engine, internet, sign(badge(issuer=issuer), PROFILE_URL).document).verdict == "verified"


def test_a_profile_that_does_not_list_the_key_for_assertions_binds_nothing(
    engine: Engine, internet: Internet
) -> None:
    issuer = {"id": PROFILE_URL, "type": ["Profile"], "name": "Acme"}
    profile = dids.did_document(PROFILE_URL, [SIGNER.public_key]) | {"assertionMethod": []}
    internet.remote.scripts["/issuers/acme"] = serves(profile)
    report = judge(engine, internet, sign(badge(issuer=issuer), PROFILE_URL).document)
    assert (report.verdict, codes(report)["issuer_key"]) == ("not_verified", "key_not_bound")


def test_a_stranger_s_key_under_the_issuer_s_name_is_found_out(engine: Engine, internet: Internet) -> None:
    """The stranger's own document is fetched, so that the forgery fails and is not merely undecided."""
    forged = sign(badge(), STRANGERS_DID, STRANGER).document
    report = judge(engine, internet, forged)
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_not_bound")
    assert report.verdict == "not_verified"
    assert internet.looked_up[:2] == [NAME, "strangers.example.org"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(status="404 Not Found"), "status_refused"),
        (redirect("/elsewhere"), "redirect_refused"),
        (reply(b"<html>", {"Content-Type": "text/html"}), "media_type_refused"),
        (reply(b'{"id": 1, "id": 2}'), "cannot be read"),
        (reply(b"[]"), "is no JSON object"),
        (serves(dids.did_document("did:web:evil.example", [SIGNER.public_key])), "has not the id"),
    ],
)
def test_a_document_that_cannot_be_had_leaves_the_key_unknown(
    engine: Engine, internet: Internet, answer: Script, reason: str
) -> None:
    internet.remote.scripts[DOCUMENT_PATH] = answer
    report = judge(engine, internet, sign(badge()).document)
    found = check(report, "issuer_key")
    assert (found.outcome, found.code, report.verdict) == ("unknown", "key_unresolved", "undetermined")
    assert reason in found.detail
    assert str(found.remedy).startswith("Ask the issuer")


@pytest.mark.parametrize(
    "did",
    [
        "did:web:127.0.0.1",
        "did:web:127.0.0.1%3A8443",
        "did:web:169.254.169.254:latest",
        "did:web:a%2F..%2Fb",
        "did:web:badges.example.org:..:etc",
        "did:web:badges.example.org%253A443",
        "did:web:badges.example.org%3A8443",
        "did:web:localhost%3A8443",
        "did:web:Badges.Example.org",
        "did:web:evil@badges.example.org",
        "did:web:badges.example.org?x",
        "did:web:",
        "https://badges.example.org:8443/issuers/acme",
        "https://127.0.0.1/issuers/acme",
        "http://badges.example.org/issuers/acme",
        "did:web:passports.example.org:issuers:nobody",
        "https://passports.example.org/issuers/nobody",
    ],
)
def test_an_odd_name_of_an_issuer_is_not_looked_up(engine: Engine, internet: Internet, did: str) -> None:
    document = badge(issuer={"id": did, "type": ["Profile"], "name": "Acme"})
    del document["credentialStatus"]
    data = json.dumps({**document, "proof": proof_of(did)}).encode()
    report = judge(engine, internet, data)
    assert (codes(report)["proof"], report.verdict) == ("proof_invalid", "not_verified")
    assert (internet.looked_up, internet.remote.requests) == ([], [])


def proof_of(did: str) -> Document:
    [proof] = signed(badge())["proof"]
    return {**proof, "verificationMethod": dids.multikey_id(did, SIGNER.public_key)}


# Status lists ---------------------------------------------------------------------------------------


def test_a_revocation_elsewhere_is_seen(engine: Engine, internet: Internet) -> None:
    internet.remote.scripts[LIST_PATH] = reply(list_bytes((70_000,)))
    report = judge(engine, internet, sign(badge()).document)
    assert (codes(report)["status"], report.verdict) == ("revoked", "not_verified")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(status="503 Broken"), "status_unreachable"),
        (reply(b"{}"), "status_list_invalid"),
        (reply(b"not a list", {"Content-Type": "application/vc+jwt"}), "status_list_invalid"),
    ],
)
def test_a_list_that_cannot_be_had_or_believed_leaves_the_status_unknown(
    engine: Engine, internet: Internet, answer: Script, code: str
) -> None:
    internet.remote.scripts[LIST_PATH] = answer
    report = judge(engine, internet, sign(badge()).document)
    found = check(report, "status")
    assert (found.code, found.outcome, report.verdict) == (code, "unknown", "undetermined")


def test_a_list_of_another_issuer_is_reported_and_its_keys_are_not_fetched(
    engine: Engine, internet: Internet
) -> None:
    others = sign(list_document(issuer=STRANGERS_DID), STRANGERS_DID, STRANGER).document
    internet.remote.scripts[LIST_PATH] = reply(others)
    report = judge(engine, internet, sign(badge()).document)
    assert "issuer is not the credential's" in check(report, "status").detail
    assert internet.remote.paths == [DOCUMENT_PATH, LIST_PATH]


def test_keys_that_only_the_list_names_are_the_last_step(engine: Engine, internet: Internet) -> None:
    """A list of the same issuer, signed with a key of somebody else: looked up, and not believed."""
    internet.remote.scripts[LIST_PATH] = reply(sign(list_document(), STRANGERS_DID, STRANGER).document)
    report = judge(engine, internet, sign(badge()).document)
    assert codes(report)["status"] == "status_list_invalid"
    assert internet.remote.paths == [DOCUMENT_PATH, LIST_PATH, STRANGERS_PATH]
    internet.remote.requests.clear()
    judge(engine, internet, sign(badge()).document, limits=patient(max_depth=1))
    assert internet.remote.paths == [DOCUMENT_PATH, LIST_PATH]


def test_a_list_under_our_own_address_is_not_fetched_from_ourselves(
    engine: Engine, internet: Internet
) -> None:
    url = f"{SITE.public_url}/status-lists/none"
    status = badge()["credentialStatus"] | {"id": f"{url}#1", "statusListCredential": url}
    report = judge(engine, internet, sign(badge(credentialStatus=status)).document)
    assert codes(report)["status"] == "status_unreachable"
    assert internet.looked_up == [NAME]


def test_eight_slow_lists_end_with_the_budget(engine: Engine, internet: Internet) -> None:
    entries = [
        badge()["credentialStatus"] | {"id": f"{LIST_URL}{n}#1", "statusListCredential": f"{LIST_URL}{n}"}
        for n in range(8)
    ]
    report = judge(
        engine,
        internet,
        json.dumps(badge(credentialStatus=entries)).encode(),
        limits=patient(errand_documents=3),
    )
    assert report.verdict == "not_verified"
    assert len(internet.remote.requests) == 3


def test_no_connection_to_the_database_is_held_while_others_are_asked(
    engine: Engine, internet: Internet
) -> None:
    held = []

    def script(connection: Any) -> None:  # noqa: ANN401 (a socket)
        held.append(engine.pool.checkedout())  # type: ignore[attr-defined]  # of the pool that is used
        reply(LIST)(connection)

    internet.remote.scripts[LIST_PATH] = script
    assert judge(engine, internet, sign(badge()).document).verdict == "verified"
    assert held == [0]


# Credentials by address -----------------------------------------------------------------------------


def load(engine: Engine, errand: Errand, url: str) -> bytes:
    with read_transaction(engine) as session:
        return load_by_url(session, url, site=SITE, errand=errand)


def test_a_credential_is_read_from_any_https_address(engine: Engine, internet: Internet) -> None:
    secured = sign(badge())
    internet.remote.scripts |= {
        "/a.json": reply(secured.document, {"Content-Type": "application/vc+ld+json"}),
        "/a.jwt": reply(secured.jwt.encode(), {"Content-Type": "text/plain"}),
        "/a.png": reply(bake_png(PNG, secured.document.decode()), {"Content-Type": "image/png"}),
    }
    for name in ("a.json", "a.jwt", "a.png"):
        with internet.fetcher().errand("192.0.2.1") as errand, read_transaction(engine) as session:
            form = VerificationForm(url=f" https://{NAME}/{name} ", field="url")
            page = describe_verification(session, form, None, site=SITE, now=NOW, errand=errand)
        assert page.report is not None
        assert page.report.verdict == "verified", name


def test_an_address_that_gives_nothing_is_a_fault_of_the_input(engine: Engine, internet: Internet) -> None:
    with internet.fetcher().errand("192.0.2.1") as errand:
        for url, code in {
            f"https://{NAME}/none": "status_refused",
            "https://intranet.example.org/": "host_not_public",
            f"http://{NAME}/": "url_not_https",
            "file:///etc/passwd": "url_not_https",
            "nonsense": "url_malformed",
            f"{SITE.public_url}/issuers/community": "address_elsewhere",
        }.items():
            with pytest.raises(InvalidPayloadError) as refusal:
                load(engine, errand, url)
            [fault] = refusal.value.faults
            assert (fault.pointer, fault.code) == ("/url", code)


def test_a_client_that_asks_too_often_is_told_so(engine: Engine, internet: Internet) -> None:
    fetcher = internet.fetcher(patient(client_per_minute=4))
    with fetcher.errand("192.0.2.1") as errand, pytest.raises(InvalidPayloadError):
        load(engine, errand, f"https://{NAME}/1")
    with fetcher.errand("192.0.2.1") as errand, pytest.raises(RateLimitedError, match="your address"):
        load(engine, errand, f"https://{NAME}/2")
    with fetcher.errand("192.0.2.1") as errand, read_transaction(engine) as session:
        _, report = verify_bytes(session, sign(badge()).document, site=SITE, now=NOW, errand=errand)
    assert report.verdict == "undetermined"
    assert check(report, "issuer_key").remedy == "Try again in a minute."


# Newer editions, unsigned lists, bare keys -----------------------------------------------------------


EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def extended(**members: object) -> bytes:
    """Return a signed badge with members that the extensions define."""
    plain = badge()
    document = plain | {"@context": [*plain["@context"], EXTENSIONS], **members}
    proof = eddsa_proof(document, SIGNER, dids.multikey_id(DID, SIGNER.public_key))
    return json.dumps(document | {"proof": [proof]}).encode()


def test_a_newer_edition_is_found_at_the_refresh_service(engine: Engine, internet: Internet) -> None:
    internet.remote.scripts["/refresh"] = serves(badge(validFrom="2016-03-04T13:00:00Z"))
    service = {"id": f"https://{NAME}/refresh", "type": "1EdTechCredentialRefresh"}
    report = judge(engine, internet, extended(refreshService=service))
    assert (report.verdict, codes(report)["refresh"]) == ("verified", "newer_edition")
    service = {"id": f"https://{NAME}/nothing", "type": "1EdTechCredentialRefresh"}
    report = judge(engine, internet, extended(refreshService=service))
    assert (report.verdict, codes(report)["refresh"]) == ("verified", "refresh_unreachable")


def test_a_revocation_list_of_1edtech_is_fetched(engine: Engine, internet: Internet) -> None:
    url = f"https://{NAME}/revocations"
    data = extended(credentialStatus={"id": url, "type": "1EdTechRevocationList"})
    for entries, verdict in (([], "verified"), ([{"id": badge()["id"]}], "not_verified")):
        internet.remote.scripts["/revocations"] = serves({"id": url, "revokedCredential": entries})
        assert judge(engine, internet, data).verdict == verdict


@pytest.mark.parametrize(
    ("members", "code"),
    [({}, "key_bound"), ({"verificationMethod": []}, "key_not_bound"), (None, "key_unresolved")],
)
def test_a_key_by_itself_under_the_issuers_origin_is_the_issuers_unless_its_profile_lists_keys(
    engine: Engine, internet: Internet, members: Document | None, code: str
) -> None:
    kid = f"https://{NAME}/keys/1"
    internet.remote.scripts["/keys/1"] = serves(SIGNER.public_key.jwk)
    if members is not None:
        internet.remote.scripts["/issuers/acme"] = serves({"id": PROFILE_URL, "type": ["Profile"], **members})
    document = badge(issuer={"id": PROFILE_URL, "type": ["Profile"], "name": "Acme"})
    report = judge(engine, internet, vc_jwt.create(document, SIGNER, kid).encode())
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", code)


def test_a_key_by_itself_at_another_host_binds_nobody(engine: Engine, internet: Internet) -> None:
    internet.remote.scripts["/keys/1"] = serves(SIGNER.public_key.jwk)
    internet.remote.scripts["/issuers/acme"] = serves({"id": PROFILE_URL, "type": ["Profile"]})
    document = badge(issuer={"id": PROFILE_URL, "type": ["Profile"], "name": "Acme"})
    token = vc_jwt.create(document, SIGNER, "https://strangers.example.org/keys/1")
    report = judge(engine, internet, token.encode())
    assert (codes(report)["proof"], codes(report)["issuer_key"]) == ("proof_valid", "key_not_bound")


def test_where_nothing_is_fetched_the_remedy_says_who_does(engine: Engine) -> None:
    with read_transaction(engine) as session:
        report = verify_bytes(session, sign(badge()).document, site=SITE, now=NOW)[1]
    for name in ("issuer_key", "status"):
        assert "PASSPORTS_FETCH_REMOTE=true" in (check(report, name).remedy or "")
    assert report.verdict == "undetermined"
