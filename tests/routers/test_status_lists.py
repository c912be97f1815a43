import json
from datetime import timedelta

from app.signing import status_list
from tests.awards import Statements, certify, set_clock, state_of, work_of
from tests.clients import Json, World
from tests.ledgers import NOW


def entry_of(world: World, credential: Json) -> tuple[str, int]:
    """Return the path of the credential's list and its index there."""
    document = world.client.get(f"/credentials/{credential['id']}.json").json()
    status = document["credentialStatus"]
    url = status["statusListCredential"]
    return url.removeprefix("https://passports.example.org"), int(status["statusListIndex"])


def test_a_list_is_served_as_it_was_signed(world: World) -> None:
    path, _ = entry_of(world, certify(world))
    with Statements(state_of(world).engine) as statements:
        first = world.client.get(path)
    assert len(statements.sent) == 1
    assert first.headers["Content-Type"] == "application/vc+ld+json"
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.json()["id"] == f"https://passports.example.org{path}"
    set_clock(world, NOW + timedelta(hours=5))
    again = world.client.get(path)
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
    known = world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    other = world.client.get(path, headers={"Accept": "application/vc"})
    assert (other.headers["Content-Type"], other.content) == ("application/vc", first.content)


def test_a_revocation_changes_one_bit(world: World) -> None:
    credential = certify(world)
    path, index = entry_of(world, credential)
    before = world.client.get(path)
    later = NOW + timedelta(seconds=3)
    set_clock(world, later)
    world.admin.post(f"/v1/credentials/{credential['id']}/revoke", {"reason": "Mistake."}, expect=200)
    assert world.client.get(path).content == before.content  # nothing is signed before the worker does
    work_of(world, later)
    after = world.client.get(path)
    assert after.headers["ETag"] != before.headers["ETag"]
    bits = status_list.decode(json.loads(after.content)["credentialSubject"]["encodedList"])
    assert status_list.bit(bits, index)
    assert sum(byte.bit_count() for byte in bits) == 1


def test_an_unknown_list_is_not_found(world: World) -> None:
    for name in ("0" * 32, "x"):
        assert world.client.get(f"/status-lists/{name}").json()["code"] == "not_found"
    assert world.client.get("/status-lists/x", headers={"Accept": "image/png"}).status_code == 404
