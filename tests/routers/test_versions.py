"""The life of published versions over HTTP."""

from datetime import timedelta

from app.domain.instants import format_instant
from tests.clients import World
from tests.ledgers import NOW

VERSION = "/v1/passports/small/versions/1.0.0"


def test_a_version_is_deprecated_then_retired(world: World) -> None:
    assert world.admin.get(VERSION)["status"] == "published"
    assert world.admin.post(f"{VERSION}:deprecate", expect=200)["status"] == "deprecated"
    last_day = format_instant(NOW + timedelta(days=30))
    retired = world.admin.post(f"{VERSION}:retire", {"retires_at": last_day}, expect=200)
    assert (retired["status"], retired["retires_at"]) == ("retired", last_day)
    assert world.admin.get(VERSION) == retired
    world.admin.refused("POST", f"{VERSION}:deprecate", 409, "wrong_state")


def test_a_version_in_use_is_not_deleted(world: World) -> None:
    world.admin.refused("DELETE", VERSION, 409, "wrong_state")
    world.admin.refused("DELETE", "/v1/passports/small/versions/9.9.9", 404, "not_found")


def test_an_integration_does_not_decide_about_versions(world: World) -> None:
    world.lms.refused("POST", f"{VERSION}:deprecate", 403, "insufficient_scope")


def test_a_version_says_whether_it_can_still_be_met(world: World) -> None:
    path = "/v1/passports/small/versions/1.0.0/findings"
    kept = world.admin.get(path)
    assert all(each["severity"] == "warning" for each in kept["findings"])
    assert world.reviewer.get(path) == kept
    world.admin.refused("GET", path.replace("1.0.0", "9.9.9"), 404, "not_found")


def test_the_versions_of_a_series_live_like_those_of_a_passport_under_their_own_address(
    world: World,
) -> None:
    world.admin.send(
        "PUT", "/v1/series/both", 201, json={"title": "Both", "members": [{"passport": "small"}]}
    )
    world.admin.post("/v1/series/both/versions", expect=201)
    path = "/v1/series/both/versions/1.0.0"
    assert world.admin.get(f"{path}/findings")["findings"] == []
    assert world.admin.get(f"{path}/sweeps") == []
    assert world.admin.post(f"{path}:deprecate", expect=200)["status"] == "deprecated"
    last_day = {"retires_at": format_instant(NOW + timedelta(days=30))}
    assert world.admin.post(f"{path}:retire", last_day, expect=200)["status"] == "retired"
    for elsewhere in (path.replace("series", "passports"), VERSION.replace("passports", "series")):
        for method, action in (("GET", ""), ("GET", "/findings"), ("GET", "/sweeps"), ("DELETE", "")):
            world.admin.refused(method, elsewhere + action, 404, "not_found")
        world.admin.refused("POST", f"{elsewhere}:deprecate", 404, "not_found")
    world.admin.send("DELETE", path, 204)
    world.admin.refused("GET", path, 404, "not_found")
