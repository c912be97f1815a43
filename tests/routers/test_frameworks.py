from tests.clients import World
from tests.ledgers import FRAMEWORK

PATH = "/frameworks/participation-leadership/0.1"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


def test_a_framework_is_json_for_programs_and_a_page_for_people(world: World) -> None:
    document = world.client.get(PATH)
    assert document.headers["Content-Type"] == "application/json"
    assert [item["code"] for item in document.json()["items"]] == ["working-open", "personal-leadership"]
    assert document.json()["key"] == "participation-leadership"
    page = world.client.get(PATH, headers=BROWSER)
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'id="working-open"' in page.text
    assert "Participation Leadership Framework" in page.text


def test_a_published_framework_never_changes(world: World) -> None:
    first = world.client.get(PATH)
    assert first.headers["Cache-Control"] == "public, max-age=86400"
    changed = FRAMEWORK | {"title": "Changed", "version": "0.2"}
    world.admin.send("PUT", "/v1/frameworks/participation-leadership", 200, json=changed)
    again = world.client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert world.client.get("/frameworks/participation-leadership/0.2").status_code == 404
    world.admin.post("/v1/frameworks/participation-leadership/versions")
    second = world.client.get("/frameworks/participation-leadership/0.2")
    assert second.json()["title"] == "Changed"


def test_items_stand_below_their_parents(world: World) -> None:
    items = [
        {"code": "feedback", "label": "Giving feedback", "parent": "working-open"},
        {"code": "working-open", "label": "Working Open", "statement": "<b>In the open</b>"},
    ]
    world.admin.send("PUT", "/v1/frameworks/nested", 201, json=FRAMEWORK | {"items": items})
    world.admin.post("/v1/frameworks/nested/versions")
    page = world.client.get("/frameworks/nested/0.1", headers=BROWSER).text
    assert page.index('id="working-open"') < page.index('id="feedback"')
    assert "<b>In the open</b>" not in page


def test_an_unknown_framework_is_not_found(world: World) -> None:
    for path in ("/frameworks/none/0.1", "/frameworks/participation-leadership/9"):
        assert world.client.get(path).json()["code"] == "not_found"
        assert world.client.get(path, headers=BROWSER).headers["Content-Type"].startswith("text/html")


def test_the_deepest_framework_has_a_page(world: World) -> None:
    items = [{"code": "c0", "label": "Top"}]
    items += [{"code": f"c{n}", "label": "Item", "parent": f"c{n - 1}"} for n in range(1, 21)]
    world.admin.send("PUT", "/v1/frameworks/deep", 201, json=FRAMEWORK | {"items": items})
    world.admin.post("/v1/frameworks/deep/versions")
    assert 'id="c20"' in world.client.get("/frameworks/deep/0.1", headers=BROWSER).text
