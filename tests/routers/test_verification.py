import json
from typing import Any

import pytest
from sqlalchemy import update

from app.database import transaction
from app.models import Learner
from app.schemas.verification import VerificationRead
from app.signing.dids import did_key
from tests.awards import Statements, certify, state_of
from tests.clients import Json, World
from tests.signing.badges import STRANGER, badge, sign
from tests.signing.hostile import HOSTILE, READABLE

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CHECKS = [
    "parse",
    "conformance",
    "proof",
    "issuer_key",
    "validity",
    "status",
    "refresh",
    "recipient",
    "endorsements",
    "issuer_trust",
]


@pytest.fixture
def credential(world: World) -> Json:
    with transaction(world.engine) as session:
        session.execute(update(Learner).values(email="amina@example.org"))
    return certify(world)


def verify(world: World, expect: int = 200, **content: Any) -> Json:  # noqa: ANN401 (httpx's arguments)
    return world.nobody.send("POST", "/verify", expect, **content)


def send(world: World, data: bytes, media_type: str, expect: int = 200) -> Json:
    return verify(world, expect, content=data, headers={"Content-Type": media_type})


def form(world: World, **fields: Any) -> Any:  # noqa: ANN401 (httpx's arguments and answer)
    """Send the form of the page as a browser does; return the answer."""
    files = {"file": fields.pop("file", ("", b"", "application/octet-stream"))}
    return world.client.post("/verify", data=fields, files=files, headers=BROWSER)


def forms_of(world: World, credential: Json) -> dict[str, bytes]:
    path = f"/credentials/{credential['id']}"
    return {suffix: world.client.get(f"{path}.{suffix}").content for suffix in ("json", "jwt", "png", "svg")}


def test_a_credential_is_verified_however_it_is_sent(world: World, credential: Json) -> None:
    forms = forms_of(world, credential)
    reports = [
        verify(world, json={"url": credential["url"]}),
        verify(world, json={"credential": json.loads(forms["json"])}),
        verify(world, json={"credential": forms["jwt"].decode()}),
        verify(world, json={"url": credential["url"], "recipient": "amina@example.org"}),
        send(world, forms["json"], "application/json"),
        send(world, forms["json"], "application/vc+ld+json"),
        send(world, forms["jwt"], "application/vc+jwt"),
        send(world, forms["jwt"], "text/plain"),
        send(world, forms["png"], "image/png"),
        send(world, forms["svg"], "image/svg+xml"),
        send(world, forms["png"], "application/octet-stream"),
        verify(world, data={"credential": forms["json"].decode()}),
        verify(world, data={"url": credential["url"]}),
        verify(world, files={"file": ("badge.svg", forms["svg"], "image/svg+xml")}),
    ]
    assert {report["verdict"] for report in reports} == {"verified"}
    assert {report["form"] for report in reports} == {"data_integrity", "vc_jwt"}
    assert {report["credential"]["id"] for report in reports} == {credential["url"]}


def test_a_report_has_a_stable_shape(world: World, credential: Json) -> None:
    report = verify(world, json={"url": credential["url"]})
    assert report.keys() == VerificationRead.model_fields.keys()
    assert [check["id"] for check in report["checks"]] == CHECKS
    assert [check["number"] for check in report["checks"]] == list(range(1, 11))
    for check in report["checks"]:
        assert check.keys() == {
            *("number", "id", "title", "outcome", "code", "detail", "remedy", "clause"),
        }
    assert (report["verified"], report["verdict"]) == (True, "verified")
    assert report["issuer"] == "did:web:passports.example.org:issuers:community"


def test_verifying_costs_four_statements(world: World, credential: Json) -> None:
    with Statements(state_of(world).engine) as statements:
        verify(world, json={"url": credential["url"]})
    assert len(statements.sent) == 4, statements.sent


def test_programs_in_browsers_may_ask(world: World) -> None:
    answer = world.client.post("/verify", json={"url": "x"}, headers={"Origin": "https://a.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_recipient_is_compared(world: World, credential: Json) -> None:
    report = verify(world, json={"url": credential["url"], "recipient": "ben@example.org"})
    assert (report["verdict"], report["checks"][7]["code"]) == ("not_verified", "recipient_differs")


def test_a_credential_of_a_stranger_is_verified_and_trust_left_to_the_reader(world: World) -> None:
    did = did_key(STRANGER.public_key)
    document = badge(
        issuer={"id": did, "type": ["Profile"], "name": "Acme"}, validFrom="2016-01-01T00:00:00Z"
    )
    report = send(world, sign(document, did, STRANGER).document, "application/vc")
    assert (report["verdict"], report["checks"][5]["code"]) == ("undetermined", "status_unreachable")
    del document["credentialStatus"]
    report = send(world, sign(document, did, STRANGER).document, "application/vc")
    assert report["verified"]
    assert report["checks"][9]["outcome"] == "unknown"


def test_a_request_that_names_nothing_or_two_things_is_refused(world: World) -> None:
    bodies: list[Json] = [{}, {"credential": "x", "url": "y"}, {"credential": None}, {"url": 5}, [], "x"]
    for body in (*bodies, {"uri": "x"}):
        assert verify(world, 422, json=body)["code"] == "invalid_payload"
    assert verify(world, 422, json={"credential": ""})["errors"][0]["pointer"] == "/credential"
    [several] = verify(world, 422, json={"credential": [{}, {}]})["errors"]
    assert (several["pointer"], several["code"]) == ("/credential", "credential_type")
    assert verify(world, 422, data={"recipient": "a@example.org"})["code"] == "invalid_payload"
    assert send(world, b"x", "application/pdf", 415)["code"] == "unsupported_media_type"
    assert send(world, b"", "image/png", 422)["code"] == "invalid_payload"


def test_nothing_is_fetched_from_elsewhere(world: World) -> None:
    problem = verify(world, 422, json={"url": "https://badges.example.org/credentials/7f"})
    [error] = problem["errors"]
    assert (error["pointer"], error["code"]) == ("/url", "address_elsewhere")
    assert "upload it, or paste" in error["hint"]
    assert verify(world, 422, json={"url": "http://["})["errors"][0]["code"] == "address_elsewhere"


# Hostile input ---------------------------------------------------------------------------------------


def test_hostile_input_is_refused_or_found_wanting(world: World) -> None:
    for name, data in HOSTILE.items():
        for media_type in ("application/octet-stream", "application/json"):
            answer = world.client.post("/verify", content=data, headers={"Content-Type": media_type})
            if name in READABLE:
                assert answer.json()["verdict"] == "not_verified", name
            else:
                assert answer.json()["code"] in {"malformed_body", "unreadable_credential"}, name


def test_more_than_ten_megabytes_are_not_read(world: World) -> None:
    problem = send(world, b"x" * (10 * 1024 * 1024 + 1), "image/png", 413)
    assert problem["code"] == "body_too_large"
    page = form(world, file=("big.png", b"x" * (10 * 1024 * 1024 + 1), "image/png"))
    assert (page.status_code, page.headers["Content-Type"]) == (413, "text/html; charset=utf-8")


def test_text_is_read_up_to_about_a_megabyte(world: World) -> None:
    for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert send(world, b"x" * 1_200_000, media_type, 413)["code"] == "body_too_large"


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "punycode", "undefined", '"utf-7"', "raw_unicode_escape"]
)
def test_a_form_is_read_as_utf_8_only(world: World, charset: str) -> None:
    field = b'--B\r\nContent-Disposition: form-data; name="credential"\r\n\r\n\\ud800\r\n--B--\r\n'
    problem = send(world, field, f"multipart/form-data; boundary=B; charset={charset}", 415)
    assert problem["code"] == "unsupported_media_type"
    plain = "multipart/form-data; boundary=B; charset=UTF-8"
    assert world.client.post("/verify", content=field, headers={"Content-Type": plain}).status_code == 422


# The page --------------------------------------------------------------------------------------------


def test_the_page_shows_the_report(world: World, credential: Json) -> None:
    forms = forms_of(world, credential)
    empty = world.client.get("/verify", headers=BROWSER)
    assert (empty.status_code, 'name="file"' in empty.text) == (200, True)
    pages = [
        form(world, credential=forms["json"].decode()),
        form(world, file=("badge.png", forms["png"], "image/png")),
        form(world, url=credential["url"], recipient="amina@example.org"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert "Small Passport" in page.text
        assert "is unchanged since it was signed" in page.text
    assert "an SVG picture" in form(world, file=("b.svg", forms["svg"], "image/svg+xml")).text


def test_a_link_may_fill_in_the_address_and_nothing_is_looked_up_yet(world: World) -> None:
    with Statements(state_of(world).engine) as statements:
        page = world.client.get(
            "/verify", params={"url": 'https://badges.example.org/1?a="b"'}, headers=BROWSER
        )
    assert page.status_code == 200
    assert 'value="https://badges.example.org/1?a=&#34;b&#34;"' in page.text
    assert "tone-" not in page.text
    assert statements.sent == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"file": ("notes.png", b"not a picture", "image/png")}, "file"),
        ({"file": ("notes.json", b"{", "application/json"), "credential": "kept"}, "file"),
        ({"credential": "{not json"}, "credential"),
        ({"url": "https://badges.example.org/1"}, "url"),
        ({"url": "https://passports.example.org/credentials/0"}, "url"),
        ({"url": "https://passports.example.org/credentials/\x00"}, "url"),
        ({}, "credential"),
    ],
)
def test_what_cannot_be_read_is_marked_and_the_form_kept(
    world: World, fields: dict[str, Any], wrong: str
) -> None:
    page = form(world, recipient="amina@example.org", **fields)
    assert page.status_code == 422
    marked = [name for name in ("file", "url", "credential") if f"{name}-help problem" in page.text]
    assert marked == [wrong]
    assert page.text.count('aria-invalid="true"') == 1
    assert 'value="amina@example.org"' in page.text
    for name in ("credential", "url"):
        assert fields.get(name, "").replace("\x00", "\ufffd") in page.text


@pytest.mark.parametrize("filled", [("file", "credential"), ("file", "url"), ("credential", "url")])
def test_a_form_with_two_fields_filled_in_says_so(world: World, filled: tuple[str, str]) -> None:
    document = sign(badge()).document
    given = {"credential": document.decode(), "url": "https://badges.example.org/credentials/7f"}
    fields = {name: value for name, value in given.items() if name in filled}
    files = {"file": ("badge.json", document)} if "file" in filled else None
    page = world.client.post("/verify", data=fields, files=files, headers=BROWSER)
    assert page.status_code == 422
    assert "There are two things to verify" in page.text
    assert "leave the other out" in page.text
