import json

from app.signing.baking import PNG_SIGNATURE
from tests.clients import World
from tests.ledgers import PASSPORT

PATH = "/achievements/small/1.0.0"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


def test_an_achievement_is_json_for_programs_and_a_page_for_people(world: World) -> None:
    document = world.client.get(PATH)
    assert document.headers["Content-Type"] == "application/json"
    assert document.headers["Access-Control-Allow-Origin"] == "*"
    assert document.json()["id"] == f"https://passports.example.org{PATH}"
    linked = world.client.get(PATH, headers={"Accept": "application/ld+json"})
    assert (linked.headers["Content-Type"], linked.json()) == ("application/ld+json", document.json())
    page = world.client.get(PATH, headers=BROWSER)
    assert page.headers["Content-Type"].startswith("text/html")
    for words in ("Small Passport", "Run a project", "/issuers/community", f"{PATH}/image.svg"):
        assert words in page.text


def test_the_page_says_when_nobody_begins_with_a_version_any_more(world: World) -> None:
    assert "Nobody begins" not in world.client.get(PATH, headers=BROWSER).text
    world.admin.post("/v1/passports/small/versions/1.0.0:deprecate", expect=200)
    assert "Nobody begins with this one any more" in world.client.get(PATH, headers=BROWSER).text


def test_the_criteria_have_an_address(world: World) -> None:
    criteria = world.client.get(PATH).json()["criteria"]
    path = criteria["id"].removeprefix("https://passports.example.org")
    assert "Take the session" in world.client.get(path, headers=BROWSER).text
    assert world.client.get(path).json()["criteria"] == criteria


def test_the_picture_is_svg_and_png(world: World) -> None:
    svg, png = world.client.get(f"{PATH}/image.svg"), world.client.get(f"{PATH}/image.png")
    assert (svg.headers["Content-Type"], png.headers["Content-Type"]) == ("image/svg+xml", "image/png")
    assert svg.content.startswith(b"<svg")
    assert png.content.startswith(PNG_SIGNATURE)
    assert "sandbox" in svg.headers["Content-Security-Policy"]
    assert world.client.get(PATH).json()["image"]["id"].endswith(f"{PATH}/image.png")


def test_what_never_changes_may_be_kept_and_is_not_sent_twice(world: World) -> None:
    for path in (PATH, f"{PATH}/criteria", f"{PATH}/image.svg", f"{PATH}/image.png"):
        first = world.client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=86400"
        again = world.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_milestone_has_an_achievement_of_its_own(world: World) -> None:
    milestones = [{"node": "project", "title": "Ran a Project"}]
    changed = PASSPORT | {"version": "2.0.0", "milestones": milestones}
    world.admin.send("PUT", "/v1/passports/small", 200, json=changed)
    world.admin.post("/v1/passports/small/versions")
    path = "/achievements/small~project/2.0.0"
    document = world.client.get(path).json()
    assert document["id"] == f"https://passports.example.org{path}"
    page = world.client.get(path, headers=BROWSER).text
    assert "Ran a Project" in page
    assert "Other versions" not in page
    assert world.client.get(f"{path}/image.png").content.startswith(PNG_SIGNATURE)
    assert "Ran a Project" in world.client.get(f"{path}/image.svg").text
    assert world.client.get(path.replace("2.0.0", "1.0.0")).status_code == 404
    assert world.client.get(path.replace("project", "session")).status_code == 404


def test_the_page_leads_to_the_other_versions_by_their_own_addresses(world: World) -> None:
    stranger = world.another_issuer()
    changed = PASSPORT | {"version": "2.0.0", "title": "Second Passport"}
    stranger.send("PUT", "/v1/passports/small", 200, json=changed)
    stranger.post("/v1/passports/small/versions")
    page = world.client.get("/achievements/small.elsewhere/1.0.0", headers=BROWSER).text
    assert 'href="/achievements/small.elsewhere/2.0.0"' in page
    assert 'href="/achievements/small/' not in page
    assert 'href="/achievements/small.elsewhere/1.0.0"' not in page
    alone = world.client.get(PATH, headers=BROWSER).text
    assert ("Other versions" in page, "Other versions" in alone) == (True, False)


def test_what_is_not_published_is_not_found(world: World) -> None:
    world.admin.send("PUT", "/v1/passports/small", 200, json=PASSPORT | {"version": "2.0.0"})
    for path in ("/achievements/small/2.0.0", "/achievements/none/1.0.0", "/achievements/small/x"):
        for rest in ("", "/criteria", "/image.svg", "/image.png"):
            problem = world.client.get(path + rest)
            assert (problem.status_code, problem.json()["code"]) == (404, "not_found")
        page = world.client.get(path, headers=BROWSER)
        assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_the_document_is_the_one_in_the_version(world: World) -> None:
    served = json.loads(world.client.get(PATH).content)
    contexts = served.pop("@context")
    assert contexts[0] == "https://www.w3.org/ns/credentials/v2"
    assert served["version"] == "1.0.0"
    assert served["humanCode"] == "small"
