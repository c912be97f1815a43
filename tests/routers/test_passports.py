from pathlib import Path

from tests.clients import World
from tests.ledgers import PASSPORT

EXAMPLE = Path(__file__).parents[2] / "examples" / "community-leadership" / "passport.yaml"


def test_a_version_says_what_is_public_of_it(world: World) -> None:
    version = world.admin.get("/v1/passports/small/versions/1.0.0")
    assert (version["public_key"], version["published_by"]) == ("small", "author")
    assert [(warning["pointer"], warning["code"]) for warning in version["lint"]] == [
        ("/rule/all_of/0", "no_online_route")
    ]
    assert version["document"]["rule"]["all_of"][1]["experience"]["min_level"]["rubric"] == (
        "project-outcomes@1.0.0"
    )
    page = world.client.get("/achievements/small/1.0.0", headers={"Accept": "application/json"})
    assert page.json()["humanCode"] == "small"


def test_two_issuers_publish_the_same_key_at_two_addresses(world: World) -> None:
    stranger = world.another_issuer()
    theirs = stranger.get("/v1/passports/small/versions/1.0.0")
    assert theirs["public_key"] == "small.elsewhere"
    issuers = [
        world.client.get(f"/achievements/{name}/1.0.0", headers={"Accept": "text/html"}).text
        for name in ("small", "small.elsewhere")
    ]
    assert "/issuers/community" in issuers[0]
    assert "/issuers/elsewhere" in issuers[1]


def test_the_same_version_is_published_once_whatever_happens_in_between(world: World) -> None:
    first = world.admin.get("/v1/passports/small/versions/1.0.0")
    world.admin.send("PUT", "/v1/passports/small", 200, json=PASSPORT | {"version": "1.1.0"})
    world.admin.post("/v1/passports/small/versions")
    world.admin.send("PUT", "/v1/passports/small", 200, json=PASSPORT)
    assert world.admin.post("/v1/passports/small/versions", expect=200) == first


def test_the_draft_of_the_example_is_given_back_as_it_was_sent(world: World) -> None:
    headers = {"Content-Type": "application/yaml"}
    path = "/v1/passports/community-leadership"
    sent = world.admin.send("PUT", path, 201, content=EXAMPLE.read_bytes(), headers=headers)
    assert sent["document"]["version"] in EXAMPLE.read_text()
    again = world.admin.send("PUT", path, 200, json=sent["document"])
    assert again == sent
