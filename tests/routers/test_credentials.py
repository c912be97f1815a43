import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest
from sqlalchemy import Engine, update

from app.database import transaction
from app.models import Learner
from app.signing.baking import unbake
from tests.awards import Statements, certify, prepare_only, set_clock, state_of, work_of
from tests.clients import Json, World, open_world
from tests.ledgers import NOW

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
REASON = {"reason": "Awarded to the wrong person."}


@pytest.fixture
def credential(world: World) -> Json:
    with transaction(world.engine) as session:
        session.execute(update(Learner).values(email="amina@example.org"))
    return certify(world)


def fetch(world: World, path: str, accept: str | None = None, **headers: str) -> Any:  # noqa: ANN401 (httpx's)
    return world.client.get(path, headers=({"Accept": accept} if accept else {}) | headers)


# With a token ----------------------------------------------------------------------------------------


def test_issuing_is_safe_to_repeat_and_says_where_it_is(world: World, credential: Json) -> None:
    answer = world.client.post(
        f"{world.enrolment}/credentials", headers={"Authorization": f"Bearer {world.lms.token}"}
    )
    assert (answer.status_code, answer.json()) == (200, credential)
    assert answer.headers["Location"] == f"/v1/credentials/{credential['id']}"
    assert world.amina.get(f"/v1/credentials/{credential['id']}") == credential
    assert world.amina.get("/v1/credentials") == [credential]
    assert credential == credential | {
        "status": "issued",
        "url": f"https://passports.example.org/credentials/{credential['id']}",
        "learner": world.ledger.learner.id,
        "enrolment": world.ledger.enrolment.id,
        "achievement": "small/1.0.0",
        "valid_from": "2016-03-01T09:00:00Z",
        "valid_until": None,
        "revoked_at": None,
    }
    assert world.amina.get(world.enrolment)["status"] == "certified"
    assert (
        world.admin.get(f"/v1/evaluations/{credential['evaluation']}")["enrolment"] == credential["enrolment"]
    )


def test_what_is_not_complete_is_not_issued(world: World) -> None:
    problem = world.admin.refused("POST", f"{world.enrolment}/credentials", 409, "not_complete")
    assert problem["detail"].startswith("0 of 2 units are met.")
    assert world.enrolment in problem["hint"]


def test_learners_and_strangers_issue_and_revoke_nothing(world: World, credential: Json) -> None:
    path = f"/v1/credentials/{credential['id']}"
    world.amina.refused("POST", f"{world.enrolment}/credentials", 403, "insufficient_scope")
    world.amina.refused("POST", f"{path}/revoke", 403, "insufficient_scope", json=REASON)
    ben, stranger = world.strangers()
    ben.refused("GET", path, 404, "not_found")
    assert ben.get("/v1/credentials") == []
    stranger.refused("GET", path, 404, "not_found")
    stranger.refused("POST", f"{path}/revoke", 404, "not_found", json=REASON)
    stranger.refused("POST", f"{world.enrolment}/credentials", 404, "not_found")


def test_revoking_is_final_and_safe_to_repeat(world: World, credential: Json) -> None:
    path = f"/v1/credentials/{credential['id']}/revoke"
    revoked = world.admin.post(path, REASON, expect=200)
    assert (revoked["status"], revoked["revocation_reason"]) == ("revoked", REASON["reason"])
    assert world.admin.post(path, REASON, expect=200) == revoked
    world.admin.refused("POST", path, 409, "wrong_state", json={"reason": "Something else."})
    for body in ({}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "x", "why": "y"}):
        world.admin.refused("POST", path, 422, "invalid_payload", json=body)


def test_suspending_is_undone_by_reinstating(engine: Engine, database_url: str, tmp_path: Path) -> None:
    issue = {"mode": "auto", "suspendable": True}
    with open_world(engine, database_url, tmp_path, issue=issue) as world:
        credential = certify(world)
        path = f"/v1/credentials/{credential['id']}"
        why = {"reason": "We look again."}
        world.amina.refused("POST", f"{path}/suspend", 403, "insufficient_scope", json=why)
        suspended = world.admin.post(f"{path}/suspend", why, expect=200)
        assert suspended == credential | {
            "status": "suspended",
            "suspended_at": "2016-03-01T09:00:00Z",
            "suspension_reason": "We look again.",
        }
        assert world.admin.post(f"{path}/suspend", why, expect=200) == suspended
        assert world.admin.get("/v1/credentials?status=suspended") == [suspended]
        later = NOW + timedelta(seconds=2)
        set_clock(world, later)
        work_of(world, later)
        page = fetch(world, f"/credentials/{credential['id']}", BROWSER).text
        assert "Suspended" in page
        assert "We look again." in page
        assert world.admin.post(f"{path}/reinstate", why, expect=200) == credential


def test_what_cannot_be_suspended_says_how_it_could_have_been(world: World, credential: Json) -> None:
    path = f"/v1/credentials/{credential['id']}/suspend"
    problem = world.admin.refused("POST", path, 409, "wrong_state", json=REASON)
    assert "suspendable" in problem["hint"]


def test_all_credentials_of_an_achievement_are_revoked_in_one_call(world: World, credential: Json) -> None:
    path, expected = (
        "/v1/achievements/small/1.0.0/revoke",
        {
            "achievement": "small/1.0.0",
            "dry_run": True,
            "count": 1,
            "credentials": [credential["id"]],
            "revoked_before": 0,
        },
    )
    world.amina.refused("POST", path, 403, "insufficient_scope", json=REASON)
    assert world.admin.post(path, REASON | {"dry_run": True}, expect=200) == expected
    assert world.admin.get("/v1/credentials?status=issued&achievement=small/1.0.0") == [credential]
    assert world.admin.post(path, REASON, expect=200) == expected | {"dry_run": False}
    [revoked] = world.admin.get("/v1/credentials?status=revoked")
    assert revoked["revocation_reason"] == REASON["reason"]
    world.admin.refused("POST", "/v1/achievements/small/9.9.9/revoke", 404, "not_found", json=REASON)
    bodies: list[Json] = [{}, {"reason": ""}, {"reason": " "}, REASON | {"all": True}]
    unclear: list[Json] = [REASON | {"dry_run": value} for value in ("perhaps", "false", 0)]
    for body in (*bodies, *unclear):
        world.admin.refused("POST", path, 422, "invalid_payload", json=body)


def test_a_correction_changes_the_bytes_and_their_etag_and_keeps_the_old_ones(
    world: World, credential: Json
) -> None:
    path, public = f"/v1/credentials/{credential['id']}", f"/credentials/{credential['id']}.json"
    before = fetch(world, public)
    why = {"reason": "Her address has changed."}
    assert world.admin.post(f"{path}/correct", why, expect=200) == credential
    assert world.amina.get(f"{path}/corrections") == []
    with transaction(world.engine) as session:
        session.execute(update(Learner).values(email="amina@elsewhere.example"))
    set_clock(world, NOW + timedelta(days=1))
    world.amina.refused("POST", f"{path}/correct", 403, "insufficient_scope", json=why)
    corrected = world.admin.post(f"{path}/correct", why, expect=200)
    assert corrected == credential | {"valid_from": "2016-03-02T09:00:00Z"}
    after = fetch(world, public, **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (after.json()["id"], after.json()["awardedDate"]) == (
        credential["url"],
        before.json()["validFrom"],
    )
    [made] = world.amina.get(f"{path}/corrections")
    assert (made["number"], made["reason"]) == (1, "Her address has changed.")
    assert made["replaced_document"] == before.json()
    for body in ({}, {"reason": ""}, why | {"version": 1}, why | {"text": "x"}, why | {"version": "9.9.9"}):
        world.admin.refused("POST", f"{path}/correct", 422, "invalid_payload", json=body)


def test_a_list_can_be_of_one_learner(world: World, credential: Json) -> None:
    learner = world.ledger.learner.id
    assert world.admin.get(f"/v1/credentials?learner={learner}") == [credential]
    assert world.admin.get("/v1/credentials?learner=0190f3a2") == []
    world.admin.refused("GET", "/v1/credentials?learner=%20", 422, "invalid_payload")
    world.admin.refused("GET", "/v1/credentials/no_id", 422, "invalid_payload")


# For everybody ---------------------------------------------------------------------------------------


def test_accept_chooses_the_representation(world: World, credential: Json) -> None:
    path = f"/credentials/{credential['id']}"
    document = fetch(world, f"{path}.json").content
    token = fetch(world, f"{path}.jwt").content
    wanted = {
        None: ("application/vc+ld+json", document),
        "*/*": ("application/vc+ld+json", document),
        "application/json": ("application/json", document),
        "application/vc": ("application/vc", document),
        "application/ld+json": ("application/ld+json", document),
        "application/vc+jwt": ("application/vc+jwt", token),
        "application/jwt, application/json;q=0.5": ("application/jwt", token),
        "text/plain": ("text/plain; charset=utf-8", token),
    }
    for accept, (media_type, body) in wanted.items():
        answer = fetch(world, path, accept)
        assert (answer.headers["Content-Type"], answer.content) == (media_type, body), accept
        assert "Accept" in answer.headers["Vary"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Robots-Tag"] == "noindex"
    page = fetch(world, path, BROWSER)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Verified" in page.text
    refused = fetch(world, path, "image/webp")
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")


def test_each_suffix_gives_its_form(world: World, credential: Json) -> None:
    path = f"/credentials/{credential['id']}"
    document = fetch(world, f"{path}.json")
    assert document.headers["Content-Type"] == "application/vc+ld+json"
    assert document.json()["id"] == credential["url"]
    assert fetch(world, f"{path}.jwt").text.count(".") == 2
    png, svg = fetch(world, f"{path}.png"), fetch(world, f"{path}.svg")
    assert (png.headers["Content-Type"], svg.headers["Content-Type"]) == ("image/png", "image/svg+xml")
    assert unbake(png.content).encode() == document.content
    assert json.loads(unbake(svg.content)) == document.json()
    assert "sandbox" in svg.headers["Content-Security-Policy"]


def test_who_has_the_bytes_is_not_sent_them_again(world: World, credential: Json) -> None:
    for suffix in ("", ".json", ".jwt", ".png", ".svg"):
        path = f"/credentials/{credential['id']}{suffix}"
        first = fetch(world, path)
        assert first.headers["Cache-Control"] == "public, max-age=300"
        again = fetch(world, path, **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert fetch(world, path, **{"If-None-Match": '"other"'}).status_code == 200


def test_head_says_what_get_would(world: World, credential: Json) -> None:
    for suffix in ("", ".json", ".jwt", ".png", ".svg"):
        path = f"/credentials/{credential['id']}{suffix}"
        head, got = world.client.head(path), fetch(world, path)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
            assert head.headers[name] == got.headers[name]
    assert world.client.head("/credentials/none").status_code == 404


def test_what_nobody_issued_is_not_found_in_any_form(world: World) -> None:
    prepared = prepare_only(world)
    for name in ("0" * 32, "x", prepared):
        for suffix in ("", ".json", ".jwt", ".png", ".svg"):
            answer = fetch(world, f"/credentials/{name}{suffix}", "*/*")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        page = fetch(world, f"/credentials/{name}", BROWSER)
        assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        problem = world.nobody.refused(
            "POST",
            "/verify",
            404,
            "not_found",
            json={"url": f"https://passports.example.org/credentials/{name}"},
        )
        assert problem["status"] == 404
    world.admin.refused("GET", f"/v1/credentials/{prepared}", 404, "not_found")
    assert world.admin.get("/v1/credentials") == []


def test_a_json_credential_costs_one_statement(world: World, credential: Json) -> None:
    for path in (f"/credentials/{credential['id']}", f"/credentials/{credential['id']}.json"):
        with Statements(state_of(world).engine) as statements:
            assert fetch(world, path).status_code == 200
        assert len(statements.sent) == 1, statements.sent


def test_a_revocation_shows_on_the_page_in_the_report_and_in_the_list(world: World, credential: Json) -> None:
    path = f"/credentials/{credential['id']}"
    document = fetch(world, f"{path}.json")
    assert world.nobody.post("/verify", {"url": credential["url"]}, expect=200)["verified"]
    later = NOW + timedelta(seconds=3)
    set_clock(world, later)
    world.admin.post(f"/v1{path}/revoke", REASON, expect=200)
    work_of(world, later)
    report = world.nobody.post("/verify", {"url": credential["url"]}, expect=200)
    assert (report["verdict"], report["checks"][5]["code"]) == ("not_verified", "revoked")
    page = fetch(world, path, BROWSER).text
    assert "Revoked" in page
    assert REASON["reason"] in page
    assert fetch(world, f"{path}.json").content == document.content


# Addresses in a credential ---------------------------------------------------------------------------


def addresses(value: object) -> Iterator[str]:
    """Yield all addresses of this service in a document."""
    if isinstance(value, dict):
        for member in value.values():
            yield from addresses(member)
    elif isinstance(value, list):
        for member in value:
            yield from addresses(member)
    elif isinstance(value, str) and value.startswith("https://passports.example.org/"):
        yield value


def test_every_address_in_a_credential_leads_somewhere(world: World, credential: Json) -> None:
    document = fetch(world, f"/credentials/{credential['id']}.json").json()
    found = {urldefrag(address)[0] for address in addresses(document)}
    found.add("https://passports.example.org/issuers/community/did.json")  # behind the did:web
    paths = sorted(address.removeprefix("https://passports.example.org") for address in found)
    shapes = [re.sub(r"[0-9a-f]{32}", "…", path) for path in paths]
    assert shapes == [
        "/achievements/small/1.0.0",
        "/achievements/small/1.0.0/criteria",
        "/achievements/small/1.0.0/image.png",
        "/credentials/…",
        "/issuers/community/did.json",
        "/status-lists/…",
    ]
    for path in paths:
        assert fetch(world, path).status_code == 200, path
        if not path.endswith(("image.png", "did.json")) and "status-lists" not in path:
            assert fetch(world, path, BROWSER).headers["Content-Type"].startswith("text/html")
